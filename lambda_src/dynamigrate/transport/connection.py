"""One connection to an HTTP/1.1 server, kept alive."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked", re.IGNORECASE)
_CLOSE: Final = re.compile(rb"\r\nconnection:[ \t]*close", re.IGNORECASE)
_BUFFER: Final = 65_536
_LONGEST_HEAD: Final = 65_536


@dataclass(frozen=True, kw_only=True)
class Address:
    """
    Where to connect to.

    Attributes:
        context: For TLS; None: plain HTTP.
        connect_timeout: Seconds; so is ``read_timeout``, which is from one part of an answer to the next.
    """

    url: str
    host: str
    port: int
    context: ssl.SSLContext | None = None
    connect_timeout: float = 5.0
    read_timeout: float = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """
    Attributes:
        status: HTTP's.
        head: Status line and headers.
    """

    status: int
    head: bytes
    body: bytes


class Connection:
    """
    A socket on which one request at a time is answered.

    Attributes:
        used: Whether it has answered before: only then can the server have closed it in between.
        open: Whether it can be used again.
    """

    def __init__(self, address: Address) -> None:
        """
        Raises:
            EndpointConnectionError, ConnectTimeoutError, SSLError: There is no connection.
        """
        self._address = address
        self.used = False
        self.open = True
        try:
            self._socket = socket.create_connection((address.host, address.port), timeout=address.connect_timeout)
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=address.url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=address.url, error=error) from error
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # What lies between may forget a connection that is idle.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if address.context is not None:
                self._socket = address.context.wrap_socket(self._socket, server_hostname=address.host)
            self._socket.settimeout(address.read_timeout)
        except OSError as error:
            self._socket.close()
            raise SSLError(endpoint_url=address.url, error=error) from error

    def exchange(self, request: bytes) -> Answer:
        """
        Send *request*, return its answer.

        Raises:
            ReadTimeoutError: It was sent, and is not answered.
            ConnectionClosedError: The connection broke: whether the request was carried out is unknown.
        """
        try:
            self._socket.sendall(request)
            answer = self._receive()
        except TimeoutError as error:
            self.close()
            raise ReadTimeoutError(endpoint_url=self._address.url, error=error) from error
        except OSError as error:
            self.close()
            raise ConnectionClosedError(endpoint_url=self._address.url, error=error) from error
        except BaseException:
            # What is left of the answer would be taken for the next one's.
            self.close()
            raise
        self.used = True
        return answer

    def close(self) -> None:
        self.open = False
        self._socket.close()

    def _receive(self) -> Answer:
        data = self._more()
        while (end := data.find(b"\r\n\r\n")) < 0:
            if len(data) > _LONGEST_HEAD:
                raise ConnectionError("the head of an answer has no end")
            data += self._more()
        head, rest = data[:end], data[end + 4 :]
        if not head.startswith(b"HTTP/1.") or not head[9:12].isdigit():
            raise ConnectionError(f"this is no answer in HTTP: {head[:40]!r}")
        length = _LENGTH.search(head)
        if length:
            body = self._sized(rest, int(length[1]))
        elif _CHUNKED.search(head):
            body = self._chunked(rest)
        else:
            body = self._until_closed(rest)
        if _CLOSE.search(head):
            self.close()
        return Answer(int(head[9:12]), head, body)

    def _more(self) -> bytes:
        data = self._socket.recv(_BUFFER)
        if not data:
            raise ConnectionResetError("the server closed the connection")
        return data

    def _sized(self, start: bytes, length: int) -> bytes:
        missing = length - len(start)
        if missing <= 0:
            return start[:length]
        body = bytearray(length)
        body[: len(start)] = start
        view, filled = memoryview(body), len(start)
        while filled < length:
            received = self._socket.recv_into(view[filled:])
            if not received:
                raise ConnectionResetError("the server closed the connection in an answer")
            filled += received
        return bytes(body)

    def _chunked(self, data: bytes) -> bytes:
        body = b""
        while True:
            while (end := data.find(b"\r\n")) < 0:
                data += self._more()
            length = int(data[:end].split(b";")[0], 16)
            data = data[end + 2 :]
            while len(data) < length + 2:
                data += self._more()
            if not length:
                return body
            body += data[:length]
            data = data[length + 2 :]

    def _until_closed(self, data: bytes) -> bytes:
        while more := self._socket.recv(_BUFFER):
            data += more
        self.close()
        return data
