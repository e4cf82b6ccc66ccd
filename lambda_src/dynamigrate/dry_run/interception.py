"""
Every request that code sends through botocore, taken before it leaves, whatever client it was made with.

It is taken where all clients meet, after their own hooks have seen it and before it is signed: those of boto3's sessions and
resources, made at import or a year ago, by whatever thread. Below that, what is sent past the clients over botocore's own
connections is held back too. Which code it is goes by the thread: the one that the block began in, and every thread that one
of its own has started.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from weakref import WeakKeyDictionary

from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session

from ..errors import MigrationsError
from ..read_only import WriteRefused
from .operations import only_reads

# What the clients get: the HTTP response and what was parsed of it.
Answer = tuple[Any, dict[str, Any]]
_SIGNED: Final = "AWS4-"


@dataclass(frozen=True)
class Request:
    """
    One request that a client is about to send.

    Attributes:
        service: As botocore calls it; ``operation`` as the service's model does.
        arguments: Of a request to DynamoDB, as they are sent: binary is text in base64. Of others nothing is known.
        model: The operation's.
        prepared: What botocore would make a message of.
        region: Where it would go.
        transmit: Sends a request for an operation of that model, prepared so.
    """

    service: str
    operation: str
    arguments: Mapping[str, Any]
    model: Any
    prepared: dict[str, Any]
    region: str
    transmit: Callable[[Any, dict[str, Any]], Answer]

    @property
    def only_reads(self) -> bool:
        return only_reads(self.service, self.operation, self.arguments)

    def send(self, operation: str = "", arguments: Mapping[str, Any] | None = None) -> Answer:
        """The service's answer to it; or to another *operation* of DynamoDB, sent the same way."""
        if arguments is None:
            return self.transmit(self.model, self.prepared)
        operation = operation or self.operation
        target = self.prepared["headers"]["X-Amz-Target"]
        prepared = {
            **self.prepared,
            "headers": {**self.prepared["headers"], "X-Amz-Target": f"{target.rpartition('.')[0]}.{operation}"},
            "body": json.dumps(arguments).encode(),
            "context": dict(self.prepared.get("context") or {}),
        }
        return self.transmit(self.model.service_model.operation_model(operation), prepared)


class Interception:
    """
    While the block runs, requests of its threads get their answers from *answer*, and none is sent unless that does it.

    Other threads of the process go on reading. What they would write is refused, and *stranger* is told of it: nobody can
    tell that it is not done for the code in the block.

    After the block all is as it was. A thread that the block's code has left behind is still refused everything: it would
    write in earnest what was only to be rehearsed.

    Raises:
        MigrationsError: Another one is at work in this process, or botocore is none that can be watched.
    """

    def __init__(
        self,
        answer: Callable[[Request], Answer],
        *,
        stranger: Callable[[str, str], None] = lambda _service, _operation: None,
        past: Callable[[str], BaseException],
    ) -> None:
        """
        Args:
            past: Is told of a signed message that went past the clients; returns what to raise instead of sending it.
        """
        self.answer = answer
        self.stranger = stranger
        self.past = past
        self.over = False

    def __enter__(self) -> Self:
        _patches.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.over = True
        _patches.end()

    def own(self, thread: threading.Thread) -> None:
        """*thread*, which has not begun, works for the block's code."""
        _patches.owners[thread] = self


class _Patches:
    """What is replaced in botocore and in threading, at most once at a time."""

    def __init__(self) -> None:
        self.owners: WeakKeyDictionary[threading.Thread, Interception] = WeakKeyDictionary()
        self.active: Interception | None = None
        self._originals: dict[tuple[type, str], Any] = {}
        self._one_at_a_time = threading.Lock()
        self._sending = threading.local()

    def begin(self, interception: Interception) -> None:
        with self._one_at_a_time:
            if self.active is not None:
                raise MigrationsError(
                    "Another dry run is under way in this process, and one takes the requests of all clients.",
                    next_step="Wait until it is done, or run this one in a process of its own.",
                )
            self._install()
            self.active = interception

    def end(self) -> None:
        with self._one_at_a_time:
            self.active = None
            if not any(thread.is_alive() for thread in list(self.owners)):
                self._put_back()

    @property
    def is_sending(self) -> bool:
        """Whether this thread sends something that was let through."""
        return getattr(self._sending, "on", False)

    @contextmanager
    def letting_through(self) -> Iterator[None]:
        before, self._sending.on = self.is_sending, True
        try:
            yield
        finally:
            self._sending.on = before

    def _install(self) -> None:
        if self._originals:
            return
        wanted = {
            (BaseClient, "_make_request"): _make_request,
            (URLLib3Session, "send"): _send,
            (threading.Thread, "start"): _start,
        }
        for (owner, name), _ in wanted.items():
            if not callable(getattr(owner, name, None)):
                raise MigrationsError(
                    f"This botocore can't be watched: its {owner.__name__} has no {name}. Nothing was run.",
                    next_step="Plan without a dry run, or use another version of boto3.",
                )
        for (owner, name), replace in wanted.items():
            original = getattr(owner, name)
            self._originals[owner, name] = original
            setattr(owner, name, replace(original))

    def _put_back(self) -> None:
        for (owner, name), original in self._originals.items():
            # Somebody may have wrapped it since: then ours stays within, where it lets everything through.
            if getattr(getattr(owner, name), "of_a_dry_run", False):
                setattr(owner, name, original)
        self._originals.clear()


_patches: Final = _Patches()


def _make_request(original: Callable[..., Answer]) -> Callable[..., Answer]:
    def make_request(self: Any, operation_model: Any, request_dict: dict[str, Any], request_context: Any) -> Answer:
        owner = _patches.owners.get(threading.current_thread())
        if (owner is None and _patches.active is None) or _patches.is_sending:
            return original(self, operation_model, request_dict, request_context)

        def transmit(model: Any, prepared: dict[str, Any]) -> Answer:
            with _patches.letting_through():
                return original(self, model, prepared, request_context)

        service = operation_model.service_model.service_name
        request = Request(
            service=service,
            operation=operation_model.name,
            arguments=_arguments(request_dict) if service == "dynamodb" else {},
            model=operation_model,
            prepared=request_dict,
            region=str(self.meta.region_name),
            transmit=transmit,
        )
        if owner is None:
            return _of_a_stranger(request)
        return owner.answer(request)

    make_request.of_a_dry_run = True  # type: ignore[attr-defined]
    return make_request


def _of_a_stranger(request: Request) -> Answer:
    active = _patches.active
    if active is None or request.only_reads:
        return request.send()
    active.stranger(request.service, request.operation)
    raise WriteRefused(
        f"{request.operation} of {request.service} was refused: a dry run is under way in this process.",
        next_step="Run dry runs in a process of their own.",
    )


def _send(original: Callable[..., Any]) -> Callable[..., Any]:
    def send(self: Any, request: Any) -> Any:
        owner = _patches.owners.get(threading.current_thread())
        if owner is not None and not _patches.is_sending and (what := _signed(request)):
            raise owner.past(what)
        return original(self, request)

    send.of_a_dry_run = True  # type: ignore[attr-defined]
    return send


def _start(original: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    def start(self: threading.Thread) -> None:
        owner = _patches.owners.get(threading.current_thread())
        if owner is not None:
            _patches.owners[self] = owner
        original(self)

    start.of_a_dry_run = True  # type: ignore[attr-defined]
    return start


def _arguments(prepared: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a request in DynamoDB's JSON has; nothing where it is none, so that it is taken to write."""
    body = prepared.get("body") or b"{}"
    try:
        found = json.loads(body)
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _signed(request: Any) -> str:
    """What a message that is signed for AWS is about, as far as it says so; empty: it is not signed."""
    headers = {_text(name).lower(): _text(value) for name, value in dict(request.headers).items()}
    if not headers.get("authorization", "").startswith(_SIGNED):
        return ""
    return headers.get("x-amz-target") or f"{request.method} {str(request.url).partition('?')[0]}"


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
