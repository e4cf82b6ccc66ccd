"""A client of DynamoDB with which nothing can be written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Final

from .error_text import safe_repr
from .errors import MigrationsError

# What an operation that only reads is called. What is not here is refused, as is what the service learns to do later.
_READS: Final = re.compile(
    r"query|scan|batch_get_item|transact_get_items|(?:describe|list)_\w+|get_(?:item|resource_policy)"
)
# PartiQL reads or writes by what its statements say: the operation, and where they stand in its request.
_STATEMENTS: Final[dict[str, Callable[[Mapping[str, Any]], list[Any]]]] = {
    "execute_statement": lambda request: [request],
    "batch_execute_statement": lambda request: list(request.get("Statements") or ()),
    "execute_transaction": lambda request: list(request.get("TransactStatements") or ()),
}
_SELECT: Final = re.compile(r"\s*select\b", re.IGNORECASE)
# Of what botocore tells of a client: all but what has hooks in it, by which what is sent could be changed.
_TOLD: Final = ("config", "endpoint_url", "method_to_api_mapping", "partition", "region_name", "service_model")


class WriteRefused(MigrationsError):
    """A check called what would write. Nothing was sent."""


class ReadOnlyClient:
    """
    The client that *connect* returns, of which what reads can be called and nothing else.

    What would write raises `WriteRefused`. So does everything once `end` was called, so that code that was given up
    comes to an end. What code makes as a client of its own is not seen here.

    Args:
        advice: What to do instead, at the end of a refusal.
        who: Whose code has it, and *rule*: why that may only read, in words.

    Attributes:
        refused: The first refusal, which the code may have caught; None: it called only what reads.
    """

    def __init__(
        self, connect: Callable[[], Any], *, advice: str, who: str = "check", rule: str = "a check only reads"
    ) -> None:
        self.refused: WriteRefused | None = None
        self._connect = connect
        self._advice = advice
        self._who, self._rule = who, rule
        self._over = ""

    def end(self, why: str) -> None:
        """Send nothing more, as the code *why*, in words."""
        self._over = why

    @property
    def meta(self) -> SimpleNamespace:
        """What is told of the client."""
        meta = self._connect().meta
        return SimpleNamespace(**{name: getattr(meta, name) for name in _TOLD if hasattr(meta, name)})

    @property
    def exceptions(self) -> Any:
        return self._connect().exceptions

    def can_paginate(self, operation_name: str) -> bool:
        return bool(self._connect().can_paginate(operation_name))

    def get_paginator(self, operation_name: str) -> SimpleNamespace:
        """A paginator of an operation that reads."""
        if not _READS.fullmatch(operation_name):
            raise self._refuse(f'get_paginator("{operation_name}")')
        paginator = self._connect().get_paginator(operation_name)
        return SimpleNamespace(paginate=self._watched("paginate", paginator.paginate))

    def get_waiter(self, waiter_name: str) -> SimpleNamespace:
        """A waiter: all there are describe something again and again."""
        return SimpleNamespace(wait=self._watched("wait", self._connect().get_waiter(waiter_name).wait))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__} has no {name}")
        # Asked for at once: a name that the client does not know is its own AttributeError.
        return self._watched(name, getattr(self._connect(), name))

    def _watched(self, name: str, send: Callable[..., Any]) -> Callable[..., Any]:
        """*send* without what it is bound to, and only where that reads."""

        def call(*args: Any, **request: Any) -> Any:
            if self._over:
                raise WriteRefused(f"{self._who} called {name} after {self._over}.", next_step=self._advice)
            if (what := writing(name, request)) is not None:
                raise self._refuse(what)
            return send(*args, **request)

        return call

    def _refuse(self, what: str) -> WriteRefused:
        error = WriteRefused(f"{self._who} called {what}, and {self._rule}.", next_step=self._advice)
        self.refused = self.refused or error
        return error


def writing(name: str, request: Mapping[str, Any]) -> str | None:
    """What of the operation *name*, as a client calls it, may write, in words; None: it reads."""
    if name in _STATEMENTS:
        for statement in _STATEMENTS[name](request):
            text = statement.get("Statement") if isinstance(statement, dict) else None
            if not (isinstance(text, str) and _SELECT.match(text)):
                return f"{name} with {safe_repr(text, 60)}"
        return None
    return None if _READS.fullmatch(name) or name in ("paginate", "wait") else name
