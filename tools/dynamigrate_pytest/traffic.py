"""All requests that this process sends through boto3, one at a time, and what a test does about them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final
from weakref import WeakSet

from botocore.client import BaseClient

from .requests import Request

# What leaves tables what they are; all else may not.
_OF_ITEMS: Final = frozenset(
    {
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "DescribeTable",
        "DescribeTimeToLive",
        "GetItem",
        "ListTables",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)

_LONGEST_SLEEP: Final = 0.01

Check = Callable[[str, str, Mapping[str, Any]], None]


class ProcessKilled(KeyboardInterrupt):
    """The process is dead, as far as AWS can tell: no request of it gets through. It is no Exception, so few catch it."""


class Death:
    """
    When a process is killed.

    Attributes:
        at: The number of the request.
        answered: Whether the service carries that request out, and the answer is lost.
    """

    def __init__(self, at: int, *, answered: bool) -> None:
        self.at = at
        self.answered = answered


class Traffic:
    """
    What clients of boto3's send while it is open, whoever made them: each request is carried out before the next one is sent,
    so that a test sees the same each time, and a stand-in is not asked more of than it can.

    Attributes:
        log: The requests since the last `begin`.
        dead: Whether the process was killed: every request is refused.
        saves: Counted by whoever saves checkpoints.
        made: Names of the tables that were made, by whatever client.
        definitions: How many requests there were, the test's own too, that may have changed what a table is.
        before: Called before each request is sent; what it sends itself is not in the log.

    Args:
        check: Called with service, operation and arguments of each request, before all else.
        adopt: Called with each client, before its first request.
        hurries: What is slept for in a recorded block is there at once, or never comes: nobody sleeps long.
    """

    def __init__(
        self, check: Check | None = None, adopt: Callable[[Any], None] | None = None, *, hurries: bool = False
    ) -> None:
        self.log: list[Request] = []
        self.dead = False
        self.saves = 0
        self.made: set[str] = set()
        self.definitions = 0
        self.before: Callable[[Request], None] | None = None
        self.passed_over: Collection[str] = ()
        self.fault: BaseException | None = None
        self._check = check
        self._adopt = adopt
        self._hurries = hurries
        self._adopted: WeakSet[Any] = WeakSet()
        self._death: Death | None = None
        self._aside = 0
        self._recording = False
        self._one_at_a_time = threading.RLock()

    @contextmanager
    def open(self) -> Iterator[Traffic]:
        """See all requests, until the end of the block."""
        sent_before = BaseClient._make_api_call  # type: ignore[attr-defined]

        def send(client: Any, operation: str, arguments: Mapping[str, Any]) -> Any:
            try:
                return self._send(client, operation, arguments, sent_before)
            except AssertionError as error:
                self.fault = self.fault or error
                raise

        BaseClient._make_api_call = send  # type: ignore[attr-defined]
        try:
            yield self
        finally:
            BaseClient._make_api_call = sent_before  # type: ignore[attr-defined]

    @contextmanager
    def recorded(
        self, *, death: Death | None = None, before: Callable[[Request], None] | None = None
    ) -> Iterator[list[Request]]:
        """Note the requests of the block, which a *death* may end, and have *before* called with each."""
        with self._one_at_a_time:
            self.log, self.saves, self.dead, self.fault = [], 0, False, None
            self._death, self.before, self._recording = death, before, True
        sleep = time.sleep
        if self._hurries:
            time.sleep = lambda seconds: sleep(min(float(seconds), _LONGEST_SLEEP))
        try:
            yield self.log
        finally:
            time.sleep = sleep
            with self._one_at_a_time:
                self.dead = self._recording = False
                self._death = self.before = None
            if self.fault is not None:
                # A migration may have caught it, or the engine told of it in words of its own.
                raise self.fault.with_traceback(None) from None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The block's requests are the test's own; no other thread sends any meanwhile."""
        with self._one_at_a_time:
            self._aside += 1
            try:
                yield
            finally:
                self._aside -= 1

    def sent(self) -> list[Request]:
        """The log as it is now."""
        return self.log

    def require_alive(self) -> None:
        """
        Raises:
            ProcessKilled: The process was killed.
        """
        if self.dead:
            raise ProcessKilled

    def _send(self, client: Any, operation: str, arguments: Mapping[str, Any], send: Callable[..., Any]) -> Any:
        with self._one_at_a_time:
            if self._adopt is not None and client not in self._adopted:
                self._adopt(client)
                self._adopted.add(client)
            if operation not in _OF_ITEMS:
                self.definitions += 1
            if operation == "CreateTable" and str(arguments.get("TableName")) not in self.made:
                send = self._noting(send, str(arguments.get("TableName")))
            if self._aside:
                return send(client, operation, arguments)
            self.require_alive()
            service = str(client.meta.service_model.service_name)
            self._judge(service, operation, arguments)
            request = Request(
                len(self.log) + 1, service, operation, arguments, saves=self.saves, thread=threading.get_ident()
            )
            if not self._recording or self._is_passed_over(request):
                return send(client, operation, arguments)
            self.log.append(request)
            if self.before is not None:
                with self.aside():
                    self.before(request)
            death = self._death
            if death is None or death.at != request.number:
                return send(client, operation, arguments)
            if death.answered:
                with suppress(Exception):  # a refusal would not have been heard of either
                    send(client, operation, arguments)
            self.dead = True
            raise ProcessKilled

    def _noting(self, send: Callable[..., Any], table: str) -> Callable[..., Any]:
        """*send* for a request that makes *table*: one that was there is somebody else's."""

        def making(client: Any, operation: str, arguments: Mapping[str, Any]) -> Any:
            answer = send(client, operation, arguments)
            self.made.add(table)
            return answer

        return making

    def _judge(self, service: str, operation: str, arguments: Mapping[str, Any]) -> None:
        if self._check is not None:
            self._check(service, operation, arguments)

    def _is_passed_over(self, request: Request) -> bool:
        tables = request.tables
        return bool(tables) and all(table in self.passed_over for table in tables)
