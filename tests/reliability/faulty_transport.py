"""What may become of one request to DynamoDB, and a transport on which it does."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.httpsession import URLLib3Session

from dynamigrate.transport.connection_pool import ConnectionPool
from dynamigrate.transport.response import Response
from dynamigrate.transport.state_client import StateClient


class Unexpected(Exception):
    """An error that nothing is prepared for."""


@dataclass(frozen=True)
class Fault:
    """
    Attributes:
        applied: The service carries the request out before it happens.
        passing: The same request may succeed when it is sent again.
        strike: Responses in the service's place, or raises; it is given the request and the operation's name.
    """

    name: str
    applied: bool
    passing: bool
    strike: Callable[[AWSPreparedRequest, str], AWSResponse]

    def __str__(self) -> str:
        return self.name


class FaultyTransport:
    """
    Stands between a client, the SDK's or the function's own, and the service, below the client's own retries, and counts
    what passes.

    Attributes:
        sent: The operations asked for, in order; a retry is a request of its own.
        struck: Those of them that the fault met.
    """

    def __init__(self, client: Any) -> None:
        self.sent: list[str] = []
        self.struck: list[str] = []
        self._fault: Fault | None = None
        self._at = 0
        self._lasting = False
        self._act: tuple[int, Callable[[], None]] | None = None
        # As the SDK sets it for its own.
        at_once: Any = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._session = URLLib3Session(proxies={}, socket_options=[at_once])
        if isinstance(client, StateClient):
            between: Any = client._transport
            between._pool = _FaultyPool(self, between._pool)
        else:
            self.join(client)

    def join(self, client: Any) -> None:
        """Have what a *client* of the SDK's sends pass here, too."""
        # The last one: what the engine itself refuses to send never comes this far.
        client.meta.events.register_last("before-send.dynamodb", self._pass)

    def arm(self, fault: Fault | None, at: int = 0, *, lasting: bool = False) -> None:
        """Count from zero, and have *fault* meet request number *at*, or with *lasting* each from there on."""
        self.sent, self.struck = [], []
        self._fault, self._at, self._lasting = fault, at, lasting
        self._act = None

    def before(self, at: int, act: Callable[[], None]) -> None:
        """Call *act* right before request number *at* is sent; until the next `arm`."""
        self._act = at, act

    def mend(self) -> None:
        """End a fault that has struck."""
        if self.struck:
            self._fault = None

    def meet(self, operation: str) -> Fault | None:
        """Count a request; returns what it meets."""
        number = len(self.sent)
        self.sent.append(operation)
        if self._act is not None and self._act[0] == number:
            self._act[1]()
        fault = self._fault
        if fault is None or number < self._at or (number > self._at and not self._lasting):
            return None
        self.struck.append(operation)
        return fault

    def _pass(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        fault = self.meet(operation)
        if fault is None:
            return None
        if fault.applied:
            self._session.send(request)
        return fault.strike(request, operation)


class _FaultyPool:
    """The same in the place of a pool of the function's own client."""

    def __init__(self, transport: FaultyTransport, pool: ConnectionPool) -> None:
        self.endpoint = pool.endpoint
        self._transport = transport
        self._pool = pool

    def post(self, body: bytes, content_type: str, target: str) -> tuple[Response, int]:
        operation = target.rpartition(".")[2]
        fault = self._transport.meet(operation)
        if fault is None or fault.applied:
            answered = self._pool.post(body, content_type, target)
            if fault is None:
                return answered
        request: Any = SimpleNamespace(url=self.endpoint.url)
        instead = fault.strike(request, operation)
        return Response(instead.status_code, b"HTTP/1.1 ", instead.content, reusable=True), 0

    def close(self) -> None:
        self._pool.close()


class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


def _answer(request: AWSPreparedRequest, status: int, body: bytes) -> AWSResponse:
    headers = HTTPHeaders()
    headers["content-type"] = "application/x-amz-json-1.0"
    return AWSResponse(request.url, status, headers, _Body(body))


def _error(request: AWSPreparedRequest, status: int, code: str, **more: Any) -> AWSResponse:
    content = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "injected", **more}
    return _answer(request, status, json.dumps(content).encode())


def _refused_as(plain: str, reason: str) -> Callable[[AWSPreparedRequest, str], AWSResponse]:
    """A transaction says it with the reason of one of its actions, all else with a code."""

    def strike(request: AWSPreparedRequest, operation: str) -> AWSResponse:
        if operation != "TransactWriteItems":
            return _error(request, 400, plain)
        reasons = [{"Code": "None"}, {"Code": reason, "Message": "injected"}]
        return _error(request, 400, "TransactionCanceledException", CancellationReasons=reasons)

    return strike


def _raising(make: Callable[[AWSPreparedRequest], BaseException]) -> Callable[[AWSPreparedRequest, str], AWSResponse]:
    def strike(request: AWSPreparedRequest, operation: str) -> AWSResponse:
        raise make(request)

    return strike


def _kill(request: AWSPreparedRequest, operation: str) -> AWSResponse:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a process that was killed goes on")


def _no_route(request: AWSPreparedRequest) -> BaseException:
    return EndpointConnectionError(endpoint_url=request.url, error="injected")


def _no_handshake(request: AWSPreparedRequest) -> BaseException:
    return ConnectTimeoutError(endpoint_url=request.url, error="injected")


def _hung_up(request: AWSPreparedRequest) -> BaseException:
    return ConnectionClosedError(endpoint_url=request.url, request=request)


def _no_answer(request: AWSPreparedRequest) -> BaseException:
    return ReadTimeoutError(endpoint_url=request.url, error="injected")


NO_ROUTE = Fault("no connection", False, True, _raising(_no_route))
CONNECT_TIMEOUT = Fault("timeout while connecting", False, True, _raising(_no_handshake))
LOST = Fault("applied, then the connection broke", True, True, _raising(_hung_up))
READ_TIMEOUT = Fault("applied, then a timeout", True, True, _raising(_no_answer))
THROTTLED = Fault("throttled", False, True, _refused_as("ThrottlingException", "ThrottlingError"))
CONFLICT = Fault(
    "met another transaction", False, True, _refused_as("TransactionConflictException", "TransactionConflict")
)
SERVER_ERROR = Fault("500", False, True, lambda request, _: _error(request, 500, "InternalServerError"))
APPLIED_SERVER_ERROR = Fault("applied, then a 500", True, True, SERVER_ERROR.strike)
BAD_GATEWAY = Fault("applied, then a 502 from a proxy", True, True, lambda request, _: _answer(request, 502, b"<html>"))
DENIED = Fault("access denied", False, False, lambda request, _: _error(request, 400, "AccessDeniedException"))
UNEXPECTED = Fault("an unexpected error", False, False, _raising(lambda _: Unexpected("injected")))
APPLIED_UNEXPECTED = Fault("applied, then an unexpected error", True, False, UNEXPECTED.strike)
INTERRUPTED = Fault("Ctrl-C", False, False, _raising(lambda _: KeyboardInterrupt()))
APPLIED_INTERRUPTED = Fault("applied, then Ctrl-C", True, False, INTERRUPTED.strike)

KILLED = Fault("killed before sending", False, False, _kill)
APPLIED_KILLED = Fault("applied, then killed", True, False, _kill)

FAULTS = (
    NO_ROUTE,
    CONNECT_TIMEOUT,
    LOST,
    READ_TIMEOUT,
    THROTTLED,
    CONFLICT,
    SERVER_ERROR,
    APPLIED_SERVER_ERROR,
    BAD_GATEWAY,
    DENIED,
    UNEXPECTED,
    APPLIED_UNEXPECTED,
    INTERRUPTED,
    APPLIED_INTERRUPTED,
)
DEATHS = (KILLED, APPLIED_KILLED)
