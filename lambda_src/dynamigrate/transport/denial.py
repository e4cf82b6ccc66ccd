"""A request that IAM refused: what was refused, and about what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from botocore.exceptions import ClientError

_CODES: Final = frozenset({"AccessDenied", "AccessDeniedException"})
# They read: User: arn:... is not authorized to perform: dynamodb:PutItem on resource: arn:...:table/orders because no
# identity-based policy allows the dynamodb:PutItem action. Emulators leave the resource out.
_ACTION: Final = re.compile(r"perform: ([\w-]+:\w+)")
_RESOURCE: Final = re.compile(r"on resource: (arn:\S+?)[.,]?(?:\s|$)")
_TABLE: Final = re.compile(r":table/([\w.-]+)")
_MISSING_POLICY: Final = re.compile(r"because no ([\w -]+?) policy allows|because no (permissions boundary) allows")
_STATEMENT_TABLE: Final = re.compile(r'(?:FROM|INTO|UPDATE)\s+"([^"]+)"', re.IGNORECASE)


def is_denied(error: ClientError) -> bool:
    """Whether IAM refused the request."""
    return error.response.get("Error", {}).get("Code") in _CODES


def denied_action(message: str) -> str | None:
    """The action that IAM refused, by its *message*; None: it does not say."""
    found = _ACTION.search(message)
    return found[1] if found else None


def denied_resource(message: str) -> str | None:
    """The ARN of what it was refused on."""
    found = _RESOURCE.search(message)
    return found[1] if found else None


def denied_table(message: str) -> str | None:
    """The table that *message*, or an ARN, is about."""
    found = _TABLE.search(message)
    return found[1] if found else None


@dataclass(frozen=True)
class Denial:
    """
    Attributes:
        action: Such as ``dynamodb:PutItem``.
        tables: What the service says that it is about; where it does not say so, all that the request names.
        message: The service's own.
        for_good: A policy forbids it, or another kind of policy than the role's own does not allow it: no grant to the
            role that is still on its way will change that.
    """

    action: str
    tables: tuple[str, ...]
    message: str
    for_good: bool

    @classmethod
    def read(cls, error: BaseException, service: str, operation: str, request: Any) -> Self | None:
        """The denial that *error* is; None: it is something else."""
        found = error.response.get("Error", {}) if isinstance(error, ClientError) else {}
        if found.get("Code") not in _CODES:
            return None
        message = str(found.get("Message") or "")
        missing, table = _MISSING_POLICY.search(message), denied_table(denied_resource(message) or "")
        return cls(
            action=denied_action(message) or f"{service}:{operation}",
            tables=(table,) if table else tuple(dict.fromkeys(tables_of(request))),
            message=message,
            for_good="explicit deny" in message or bool(missing and missing[1] != "identity-based"),
        )


def tables_of(request: Any) -> Iterator[str]:
    """The tables that a request to DynamoDB names, by name or ARN."""
    if isinstance(request, bytes):
        request = json.loads(request)
    if not isinstance(request, Mapping):
        return
    if isinstance(name := request.get("TableName"), str):
        yield name.rpartition("table/")[2]
    if isinstance(statement := request.get("Statement"), str):
        yield from _STATEMENT_TABLE.findall(statement)
    for name in ("TransactItems", "TransactStatements", "Statements"):
        for one in request.get(name) or ():
            yield from tables_of(one)
            if isinstance(one, Mapping):
                for part in one.values():
                    yield from tables_of(part)
    for name in request.get("RequestItems") or ():
        yield str(name).rpartition("table/")[2]
