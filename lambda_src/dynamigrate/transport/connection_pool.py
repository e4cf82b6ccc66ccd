"""Signed requests to one endpoint."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import ConnectionClosedError, ConnectionError  # noqa: A004 - botocore's own

from .connection import Connection, Endpoint
from .response import Response
from .signing import Signer

_LONGEST_READ: Final = 20.0


class ConnectionPool:
    """
    Connections of its own, as many as there are requests at one time; they are kept alive, and threads may share them.

    Args:
        endpoint_url: Of the service.
        credentials: Botocore's, or with the same ``get_frozen_credentials``.
        service: The name that it is signed for.
        verify: The path of a CA bundle; True: the system's; False: TLS is not verified.
        before_send: Called before every request; what it raises stops it.
        agent: More for the User-Agent.
    """

    def __init__(
        self,
        endpoint_url: str,
        credentials: Any,
        *,
        region: str,
        service: str,
        verify: bool | str = True,
        connect_timeout: float = 5.0,
        read_timeout: float = _LONGEST_READ,
        before_send: Callable[[], None] | None = None,
        agent: str = "",
    ) -> None:
        url = urlsplit(endpoint_url)
        secure = url.scheme == "https"
        self.endpoint = Endpoint(
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
        self._signer = Signer(credentials, region=region, host=host, path=url.path, service=service, agent=agent)
        self._before_send = before_send
        self._idle: list[Connection] = []

    def post(self, body: bytes, content_type: str, target: str = "") -> tuple[Response, int]:
        """
        The answer, and how often the request was sent again by itself: a server closes connections that were idle, and
        whether it had read the request by then nobody knows. It is not sent again once a part of an answer has come.

        Raises:
            HTTPClientError, ConnectionError: Botocore's: it could not be reached, or did not answer.
        """
        again = 0
        while True:
            if self._before_send is not None:
                # Each sending is one of its own.
                self._before_send()
            request = self._signer.head(body, content_type, target) + body
            connection = self._quiet() or self._connect(again)
            used = connection.used
            try:
                response = connection.exchange(request)
            except ConnectionClosedError:
                if used and connection.silent:
                    again += 1
                    continue
                raise
            if connection.open:
                self._idle.append(connection)
            return response, again

    def _quiet(self) -> Connection | None:
        """A connection that is kept alive, and on which nothing came unasked; None: there is none."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if connection.is_quiet():
                return connection
            connection.close()

    def _connect(self, again: int) -> Connection:
        try:
            return Connection(self.endpoint)
        except ConnectionError as error:
            if not again:
                raise
            # It was sent before, so nobody may take it for not sent at all.
            raise ConnectionClosedError(endpoint_url=self.endpoint.url, error=error) from error

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


@cache
def _tls(*, verify: bool | str) -> ssl.SSLContext:
    """
    One for all pools that trust the same: to read whom the SDK trusts takes tens of milliseconds, and a function has a
    pool for each service and each backfill.
    """
    context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
