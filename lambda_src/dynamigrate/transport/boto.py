"""Requests through a boto3 client, and when that is what has to be done."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, Final

from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from . import Request, Transport
from .connection_pool import ConnectionPool
from .dynamodb_json import HttpTransport
from .hooks import is_dispensable
from .json_text import loads
from .late_grants import PatientTransport

_LONGEST_WAIT: Final = 20.0
# Whose hooks make no difference: the SDK's own, and Powertools' words in the User-Agent.
_HARMLESS: Final = ("botocore.", "boto3.", "aws_lambda_powertools.shared.user_agent")
# What may change a request or answer it instead of the service.
_HOOKS: Final = (
    "provide-client-params",
    "before-parameter-build",
    "before-call",
    "request-created",
    "before-sign",
    "before-send",
)
# What a backfill asks of a table.
_OPERATIONS: Final = (
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "DescribeTable",
    "GetItem",
    "Query",
    "Scan",
    "TransactWriteItems",
    "UpdateItem",
)
_CAPITALS: Final = re.compile(r"(?<!^)(?=[A-Z])")


class BotoTransport:
    """Requests on a client of the SDK: slower, and with whatever hooks and proxies the client has."""

    def __init__(self, client: Any, before_send: Callable[[], None] | None = None) -> None:
        self._client = client
        self._before_send = before_send

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        if self._before_send is not None:
            self._before_send()
        method = getattr(self._client, _CAPITALS.sub("_", operation).lower())
        arguments = loads(request) if isinstance(request, bytes) else request
        answer: dict[str, Any] = _to_text(method(**_to_bytes(arguments)))
        answer.pop("ResponseMetadata", None)
        return answer

    def close(self) -> None:
        """The client is its owner's."""


def open_transport(client: Any, before_send: Callable[[], None] | None = None) -> Transport:
    """
    The fastest transport that does as *client* does.

    It has the client's endpoint, credentials, TLS settings and error classes. Some of these are private to botocore: a
    client gives its credentials to nobody, and making a session anew would find others than those it was made with. So
    a client where anything is not as expected, is used itself: one with hooks of somebody's own (a stub, moto), with a
    proxy, with another signature than Version 4, or that is none of botocore's, such as DAX's.
    """
    try:
        endpoint = client.meta.endpoint_url
        config = client.meta.config
        signer = client._request_signer
        session = client._endpoint.http_session
        plain = (
            type(client).__module__.startswith("botocore.")
            and config.signature_version == "v4"
            and not config.proxies
            and not config.client_cert
            and not get_environ_proxies(endpoint)
            and signer._credentials is not None
            and not _hooked(client)
        )
        if not plain:
            return BotoTransport(client, before_send)
        pool = ConnectionPool(
            endpoint,
            signer._credentials,
            region=signer.region_name,
            service=signer.signing_name,
            verify=get_cert_path(session._verify) or False,
            connect_timeout=min(config.connect_timeout or _LONGEST_WAIT, _LONGEST_WAIT),
            read_timeout=min(config.read_timeout or _LONGEST_WAIT, _LONGEST_WAIT),
            before_send=before_send,
        )
        transport = HttpTransport(pool, exceptions=client.exceptions)
        grants = getattr(client, "late_grants", None)
        return transport if grants is None else PatientTransport(transport, grants, client.watch)
    except AttributeError:
        return BotoTransport(client, before_send)


def transport_name(transport: Transport) -> str:
    """
    What carries the requests on *transport*, by its class's name: whoever reads it asks which one was fit for the
    client.
    """
    return type(transport.transport if isinstance(transport, PatientTransport) else transport).__name__


def _hooked(client: Any) -> bool:
    """Whether anybody listens to what *client* sends who may do something about it."""
    emitter = client.meta.events
    handlers = getattr(emitter, "_emitter", emitter)._handlers
    for event in [f"{hook}.dynamodb.{operation}" for hook in _HOOKS for operation in _OPERATIONS]:
        for handler in handlers.prefix_search(event):
            home = str(getattr(handler, "__module__", ""))
            # Moto's is in every client once it is imported, and does nothing until it mocks.
            idle = getattr(handler, "enabled", True) is False
            known = home.startswith(_HARMLESS) and home != "botocore.stub"
            if not (known or idle or is_dispensable(handler)):
                return True
    return False


def _to_bytes(value: Any) -> Any:
    """Base64 text in attribute values as the bytes that the SDK wants."""
    return _binaries(value, b64decode)


def _to_text(value: Any) -> Any:
    return _binaries(value, lambda data: b64encode(data).decode("ascii"))


def _binaries(value: Any, convert: Callable[[Any], Any]) -> Any:
    if isinstance(value, list):
        return [_binaries(one, convert) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        # An attribute may be named B, too: then there is a value in it, which is a dict.
        if isinstance(value.get("B"), str | bytes):
            return {"B": convert(value["B"])}
        if isinstance(value.get("BS"), list):
            return {"BS": [convert(one) for one in value["BS"]]}
    return {name: _binaries(one, convert) for name, one in value.items()}
