"""Requests over connections of our own."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, ConnectionClosedError

from . import Request
from .connection import Address, Answer, Connection
from .json_text import dumps, loads
from .signing import Signer

_LONGEST_READ: Final = 20.0
_CRC: Final = b"\r\nx-amz-crc32:"


class HttpWire:
    """
    A wire of its own connections, as many as there are calls at one time; they are kept alive.

    Args:
        endpoint_url: Of the service.
        credentials: Botocore's.
        verify: The path of a CA bundle; True: the system's; False: TLS is not verified.
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

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        body = request if isinstance(request, bytes) else dumps(request)
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
    context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
    if not verify:
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
