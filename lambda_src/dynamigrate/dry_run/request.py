"""A request that a client is about to send, and what it gets for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

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


def arguments_of(prepared: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a request in DynamoDB's JSON has; nothing where it is none, so that it is taken to write."""
    body = prepared.get("body") or b"{}"
    try:
        found = json.loads(body)
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def signed(request: Any) -> str:
    """What a message that is signed for AWS is about, as far as it says so; empty: it is not signed."""
    return addressee(request) if _headers(request).get("authorization", "").startswith(_SIGNED) else ""


def addressee(request: Any) -> str:
    """The operation that a message names, or else where it goes: a path or a query may have a key in it."""
    host = urlsplit(str(request.url)).netloc.rpartition("@")[2]
    return _headers(request).get("x-amz-target") or f"{request.method} {host}"


def _headers(request: Any) -> dict[str, str]:
    return {_text(name).lower(): _text(value) for name, value in dict(request.headers).items()}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
