"""
Requests to DynamoDB, at a fraction of what a botocore client spends on each.

Most of a client's time goes into validating parameters and shaping answers by the service's model, which a backfill,
whose requests are all of its own making, can do without. What a client is there for is kept: its endpoint, its
credentials and their renewal, its TLS settings and timeouts, and its error classes.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Callable
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.httpsession import get_cert_path

from .connection import Address, Answer, Connection
from .json_text import dumps, loads
from .signing import Signer

_LONGEST_READ: Final = 20.0
_CRC: Final = b"\r\nx-amz-crc32:"


class Wire(Protocol):
    """Something that requests can be sent on; threads may share it."""

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """
        The answer to *operation*, such as ``Scan``. Binary is base64 text in both directions. Nothing is retried.

        Raises:
            ClientError: The service refused.
            HTTPClientError, ConnectionError: Botocore's: it could not be reached, or did not answer.
        """
        ...

    def close(self) -> None: ...


class HttpWire:
    """
    A wire of its own connections, as many as there are calls at one time; they are kept alive.

    Args:
        endpoint_url: Of the service.
        credentials: Botocore's.
        verify: As botocore's: whether to verify TLS, or the path of a CA bundle.
        exceptions: A client's, for the classes of its errors; without it, all are `ClientError`.
        before_send: Called before every request; what it raises stops it.
    """

    def __init__(
        self,
        endpoint_url: str,
        credentials: Any,
        *,
        region: str,
        service: str = "dynamodb",
        verify: bool | str = True,
        connect_timeout: float = 5.0,
        read_timeout: float = _LONGEST_READ,
        exceptions: Any = None,
        before_send: Callable[[], None] | None = None,
    ) -> None:
        url = urlsplit(endpoint_url)
        secure = url.scheme == "https"
        self._address = Address(
            url=endpoint_url,
            host=url.hostname or "",
            port=url.port or (443 if secure else 80),
            context=_tls(verify=verify) if secure else None,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
        )
        host = url.netloc.rpartition("@")[2]
        if url.port == (443 if secure else 80):
            host = host.rpartition(":")[0]
        self._signer = Signer(credentials, region=region, host=host, path=url.path, service=service)
        self._exceptions = exceptions
        self._before_send = before_send
        self._idle: list[Connection] = []

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        body = dumps(request)
        if self._before_send is not None:
            self._before_send()
        answer = self._exchange(self._signer.head(operation, body) + body)
        _check(answer, self._address.url)
        if answer.status == 200:
            content: dict[str, Any] = loads(answer.body)
            return content
        raise self._error(operation, answer)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _exchange(self, request: bytes) -> Answer:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = Connection(self._address)
            used = connection.used
            try:
                answer = connection.exchange(request)
            except ConnectionClosedError:
                # Servers close connections that were idle; every request of ours may be sent twice.
                if used:
                    continue
                raise
            if connection.open:
                self._idle.append(connection)
            return answer

    def _error(self, operation: str, answer: Answer) -> ClientError:
        try:
            content = loads(answer.body)
        except ValueError:
            content = {}
        if not isinstance(content, dict):
            content = {}
        code = str(content.pop("__type", answer.status)).rpartition("#")[2].partition(":")[0]
        message = content.pop("message", None) or content.pop("Message", None) or ""
        response: Any = {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": answer.status, "RetryAttempts": 0},
            **content,
        }
        kind = ClientError if self._exceptions is None else self._exceptions.from_code(code)
        error: ClientError = kind(response, operation)
        return error


def _tls(*, verify: bool | str) -> ssl.SSLContext:
    # A path or True; the stubs know only the latter.
    path: Any = get_cert_path(verify)  # type: ignore[arg-type]
    context = ssl.create_default_context(cafile=path or None)
    if not path:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _check(answer: Answer, url: str) -> None:
    """
    Raises:
        ConnectionClosedError: The answer was damaged on its way: DynamoDB sends a checksum with it.
    """
    start = answer.head.lower().find(_CRC)
    if start >= 0:
        told = answer.head[start + len(_CRC) :].partition(b"\r\n")[0].strip()
        if told.isdigit() and int(told) != zlib.crc32(answer.body):
            raise ConnectionClosedError(endpoint_url=url, error="the answer's checksum is wrong")
