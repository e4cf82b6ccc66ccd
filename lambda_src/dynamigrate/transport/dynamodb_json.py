"""Requests to DynamoDB over connections of our own."""

from __future__ import annotations

import zlib
from typing import Any, Final

from botocore.exceptions import ClientError, ConnectionClosedError

from . import Request
from .connection import Answer
from .connection_pool import ConnectionPool
from .json_text import dumps, loads

_CONTENT_TYPE: Final = "application/x-amz-json-1.0"
_TARGET: Final = "DynamoDB_20120810"
_CRC: Final = b"\r\nx-amz-crc32:"


class HttpTransport:
    """
    A transport on a *pool*. Nothing is retried, but for a connection that the server had closed while it was idle.

    Args:
        exceptions: A client's, for the classes of its errors; without it, all are `ClientError`.
    """

    def __init__(self, pool: ConnectionPool, *, exceptions: Any = None) -> None:
        self._pool = pool
        self._exceptions = exceptions

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        body = request if isinstance(request, bytes) else dumps(request)
        answer, again = self._pool.post(body, _CONTENT_TYPE, f"{_TARGET}.{operation}")
        _check(answer, self._pool.address.url)
        if answer.status == 200:
            content: dict[str, Any] = loads(answer.body)
            return content
        raise self._error(operation, answer, again)

    def close(self) -> None:
        self._pool.close()

    def _error(self, operation: str, answer: Answer, again: int) -> ClientError:
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
            "ResponseMetadata": {"HTTPStatusCode": answer.status, "RetryAttempts": again},
            **content,
        }
        kind = ClientError if self._exceptions is None else self._exceptions.from_code(code)
        error: ClientError = kind(response, operation)
        return error


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
