"""One connection to an HTTP/1.1 server, kept alive."""

from __future__ import annotations

import select
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from .response import Response, ResponseReader

_BUFFER: Final = 65_536
# How many times the read timeout a whole answer may take, however steadily its parts come.
_PATIENCE: Final = 3


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """
    Where to connect to.

    Attributes:
        context: For TLS; None: plain HTTP.
        connect_timeout: Seconds; so is ``read_timeout``, from one part of an answer to the next. A whole answer may
            take three times that, and one part more.
    """

    url: str
    host: str
    port: int
    context: ssl.SSLContext | None = None
    connect_timeout: float = 5.0
    read_timeout: float = 20.0


class Connection:
    """
    A socket on which one request at a time is answered.

    Attributes:
        used: Whether it has answered before: only then can the server have closed it in between.
        open: Whether it can be used again.
        silent: Whether nothing has come since the last request was sent.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        """
        Raises:
            EndpointConnectionError, ConnectTimeoutError, SSLError: There is no connection.
        """
        self._endpoint = endpoint
        self.used = False
        self.open = True
        self.silent = True
        self._deadline = 0.0
        try:
            self._socket = socket.create_connection((endpoint.host, endpoint.port), timeout=endpoint.connect_timeout)
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=endpoint.url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=endpoint.url, error=error) from error
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # What lies between may forget a connection that is idle.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if endpoint.context is not None:
                self._socket = endpoint.context.wrap_socket(self._socket, server_hostname=endpoint.host)
            self._socket.settimeout(endpoint.read_timeout)
        except OSError as error:
            self._socket.close()
            raise SSLError(endpoint_url=endpoint.url, error=error) from error

    def is_quiet(self) -> bool:
        """
        Whether nothing waits to be read, and the server has not closed it.

        What came without a request would be taken for the answer to the next one.
        """
        return not _readable(self._socket)

    def exchange(self, request: bytes) -> Response:
        """
        Send *request*, return its answer.

        Raises:
            ReadTimeoutError: It was sent, and is not answered in time.
            ConnectionClosedError: The connection broke, or what came is no answer: whether the request was carried out
                is unknown.
        """
        self.silent = True
        try:
            self._socket.sendall(request)
            self._deadline = time.monotonic() + _PATIENCE * self._endpoint.read_timeout
            response = ResponseReader(self._receive).read()
        except TimeoutError as error:
            self.close()
            raise ReadTimeoutError(endpoint_url=self._endpoint.url, error=error) from error
        except OSError as error:
            self.close()
            raise ConnectionClosedError(endpoint_url=self._endpoint.url, error=error) from error
        except BaseException:
            # What is left of the answer would be taken for the next one's.
            self.close()
            raise
        self.used = True
        if not response.reusable:
            self.close()
        return response

    def close(self) -> None:
        self.open = False
        self._socket.close()

    def _receive(self) -> bytes:
        data = self._socket.recv(_BUFFER)
        if data:
            self.silent = False
            if time.monotonic() > self._deadline:
                raise TimeoutError("the answer came too slowly")
        return data


def _readable(connection: socket.socket) -> bool:
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([connection], [], [], 0)[0])
    # Unlike select, it has no limit for the number of a file.
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))
