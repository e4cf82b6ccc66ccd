"""
An answer in HTTP/1.1, read strictly (RFC 9112).

Whatever could be read in two ways is refused: two readers that disagree about where an answer ends give one request's
answer to another. Everything has a limit, so that no server can fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_STATUS: Final = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n]*)?(?=\r|$)", re.ASCII)
# A header's line; one that begins with white space would go on with the line before, which nobody may send any more.
_HEADER: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00\r\n]*", re.ASCII)
_HEADERS: Final = re.compile(rb"(?:\r\n%b)*" % _HEADER.pattern, re.ASCII)
# Those that say how the answer ends and what becomes of the connection.
_FRAMING: Final = re.compile(
    rb"\r\n(content-length|transfer-encoding|connection):[ \t]*([^\r\n]*)", re.ASCII | re.IGNORECASE
)
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?", re.ASCII)
_LENGTH: Final = re.compile(rb"[0-9]{1,15}", re.ASCII)
_LONGEST_HEAD: Final = 65_536
_LONGEST_LINE: Final = 1_024
_MOST_INTERIM: Final = 8
# DynamoDB answers with 16 MB at most, in stored bytes; as JSON, with its types, that can be several times as long.
_LARGEST_BODY: Final = 128 * 1024 * 1024


class MalformedResponse(OSError):
    """What came is no answer in HTTP, or one that can be read in more than one way."""


@dataclass(frozen=True, slots=True)
class Response:
    """
    Attributes:
        status: HTTP's.
        head: Status line and headers.
        reusable: Whether the connection may carry another request: nothing came after the answer, and the server keeps
            it open.
    """

    status: int
    head: bytes
    body: bytes
    reusable: bool


class ResponseReader:
    """
    Reads one answer.

    Args:
        receive: The next bytes; empty once the server has closed the connection.
    """

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self._data = b""

    def read(self) -> Response:
        """
        Raises:
            MalformedResponse: It is none.
            ConnectionResetError: The server closed the connection before its end.
            OSError: As *receive*.
        """
        for _ in range(_MOST_INTERIM):
            head = self._head()
            status_line = _STATUS.match(head)
            if status_line is None:
                raise MalformedResponse(f"this is no answer in HTTP: {head[:40]!r}")
            if _HEADERS.fullmatch(head, status_line.end()) is None:
                raise MalformedResponse(f"these are no headers: {head[status_line.end() :][:80]!r}")
            status = int(status_line[2])
            framing = _framing(head)
            if status >= 200:
                break
            if status == 101:
                raise MalformedResponse("the server switched to another protocol, which nobody asked for")
        else:
            raise MalformedResponse("interim answers without an end")
        persistent = status_line[1] == b"1" and b"close" not in _tokens(framing.get(b"connection", b""))
        if status in (204, 304):
            body = b""
        elif b"transfer-encoding" in framing:
            if framing[b"transfer-encoding"].lower() != b"chunked" or b"content-length" in framing:
                raise MalformedResponse("an answer whose end can be read in two ways")
            body = self._chunked()
        elif b"content-length" in framing:
            body = self._sized(_length(framing[b"content-length"]))
        else:
            body, persistent = self._until_closed(), False
        return Response(status, head, body, reusable=persistent and not self._data)

    def _more(self) -> None:
        data = self._receive()
        if not data:
            raise ConnectionResetError("the server closed the connection")
        self._data += data

    def _head(self) -> bytes:
        while (end := self._data.find(b"\r\n\r\n")) < 0:
            if len(self._data) > _LONGEST_HEAD:
                raise MalformedResponse("the head of an answer has no end")
            self._more()
        head, self._data = self._data[:end], self._data[end + 4 :]
        return head

    def _line(self, longest: int = _LONGEST_LINE) -> bytes:
        while (end := self._data.find(b"\r\n")) < 0:
            if len(self._data) > longest:
                raise MalformedResponse("a line without an end")
            self._more()
        line, self._data = self._data[:end], self._data[end + 2 :]
        return line

    def _sized(self, length: int) -> bytes:
        start = self._data
        if len(start) >= length:
            self._data = start[length:]
            return start[:length] if len(start) > length else start
        parts, missing = [start], length - len(start)
        self._data = b""
        while missing > 0:
            data = self._receive()
            if not data:
                raise ConnectionResetError("the server closed the connection in an answer")
            if len(data) > missing:
                data, self._data = data[:missing], data[missing:]
            parts.append(data)
            missing -= len(data)
        return b"".join(parts)

    def _chunked(self) -> bytes:
        parts: list[bytes] = []
        total = 0
        while True:
            line = self._line()
            size = _SIZE.fullmatch(line)
            if size is None:
                raise MalformedResponse(f"this is no size of a chunk: {line[:40]!r}")
            length = int(size[1], 16)
            if not length:
                self._trailers()
                return b"".join(parts)
            total += length
            if total > _LARGEST_BODY:
                raise MalformedResponse("an answer is larger than any that the service gives")
            parts.append(self._sized(length))
            if self._line(longest=1) != b"":
                raise MalformedResponse("a chunk is longer than it says")

    def _trailers(self) -> None:
        total = 0
        while line := self._line():
            total += len(line)
            if _HEADER.fullmatch(line) is None or total > _LONGEST_HEAD:
                raise MalformedResponse("what follows the last chunk are no headers")

    def _until_closed(self) -> bytes:
        parts, total = [self._data], len(self._data)
        self._data = b""
        while data := self._receive():
            total += len(data)
            if total > _LARGEST_BODY:
                raise MalformedResponse("an answer is larger than any that the service gives")
            parts.append(data)
        return b"".join(parts)


def _framing(head: bytes) -> dict[bytes, bytes]:
    """The headers that say how the answer ends and what becomes of the connection."""
    found: dict[bytes, bytes] = {}
    for spelled, padded in _FRAMING.findall(head):
        name, value = spelled.lower(), padded.rstrip(b" \t")
        if name == b"connection":
            found[name] = found.get(name, b"") + b"," + value
        elif found.setdefault(name, value) != value:
            raise MalformedResponse(f"two different values of {name.decode()}")
    return found


def _length(value: bytes) -> int:
    if _LENGTH.fullmatch(value) is None:
        raise MalformedResponse(f"this is no length: {value[:40]!r}")
    length = int(value)
    if length > _LARGEST_BODY:
        raise MalformedResponse("an answer is larger than any that the service gives")
    return length


def _tokens(value: bytes) -> set[bytes]:
    return {token.strip().lower() for token in value.split(b",")}
