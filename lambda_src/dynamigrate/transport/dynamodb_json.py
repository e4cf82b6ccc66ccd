"""Requests to DynamoDB over connections of our own."""

from __future__ import annotations

import zlib
from typing import Any, Final

from botocore.exceptions import ClientError, ConnectionClosedError

from . import Request
from .connection_pool import ConnectionPool
from .json_text import dumps, loads
from .page import read_page
from .response import Response

_CONTENT_TYPE: Final = "application/x-amz-json-1.0"
_TARGET: Final = "DynamoDB_20120810"
_CRC: Final = b"\r\nx-amz-crc32:"
# Where all writes of a batch are made, and cost the same, the next batch is answered in the same words, with two entries for
# each write, which need not be parsed again.
_ALIKE: Final = frozenset({"BatchExecuteStatement", "BatchWriteItem"})
# A longer one may have items that were not written, up to megabytes.
_LONGEST_ALIKE: Final = 16_384


class HttpTransport:
    """
    A transport on a *pool*. Nothing is retried, but for a connection that the server had closed while it was idle.

    Args:
        exceptions: A client's, for the classes of its errors; without it, all are `ClientError`.
    """

    def __init__(self, pool: ConnectionPool, *, exceptions: Any = None) -> None:
        self._pool = pool
        self._exceptions = exceptions
        # The last answer to a batch, and what it says; at first one that says nothing. Replaced as a whole, so threads may share
        # it.
        self._last: tuple[bytes, dict[str, Any]] = (b"{}", {})

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        body = request if isinstance(request, bytes) else dumps(request)
        response, again = self._pool.post(body, _CONTENT_TYPE, f"{_TARGET}.{operation}")
        sure = _check(response, self._pool.endpoint.url)
        # What is parsed later has to be what the service sent: then there is no request any more that could be sent again.
        if sure and operation == "Scan" and response.status == 200 and (page := read_page(response.body)):
            return page
        last = self._last
        if response.status == 200 and operation in _ALIKE and response.body == last[0]:
            return last[1]
        content = _content(response)
        if response.status != 200:
            raise self._error(operation, response.status, content or {}, again)
        if content is None:
            raise ConnectionClosedError(endpoint_url=self._pool.endpoint.url, error="the answer is no JSON object")
        if operation in _ALIKE and len(response.body) <= _LONGEST_ALIKE:
            self._last = (response.body, content)
        return content

    def close(self) -> None:
        self._pool.close()

    def _error(self, operation: str, status: int, content: dict[str, Any], again: int) -> ClientError:
        code = str(content.pop("__type", status)).rpartition("#")[2].partition(":")[0]
        message = content.pop("message", None) or content.pop("Message", None) or ""
        reasons = content.pop("CancellationReasons", None)
        if isinstance(reasons, list) and all(isinstance(one, dict) for one in reasons):
            content["CancellationReasons"] = reasons
        response: Any = {
            # What the service says beside these: the item that a condition met, say.
            **content,
            "Error": {"Code": code, "Message": str(message)},
            "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": again},
        }
        kind = ClientError if self._exceptions is None else self._exceptions.from_code(code)
        error: ClientError = kind(response, operation)
        return error


def _content(response: Response) -> dict[str, Any] | None:
    """The object that the answer is; None: it is none."""
    try:
        content = loads(response.body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _check(response: Response, url: str) -> bool:
    """
    Whether the answer came as it was sent, by the checksum that DynamoDB sends with it; False: there is none.

    Raises:
        ConnectionClosedError: It was damaged on its way.
    """
    start = response.head.lower().find(_CRC)
    if start >= 0:
        told = response.head[start + len(_CRC) :].partition(b"\r\n")[0].strip()
        if told.isdigit():
            if int(told) != zlib.crc32(response.body):
                raise ConnectionClosedError(endpoint_url=url, error="the answer's checksum is wrong")
            return True
    return False
