"""
Grants that are not everywhere yet.

IAM is eventually consistent: CloudFormation calls a function as soon as its policies are made, and for seconds after
that a request may be denied that the role has been granted. So such a denial is not the last word, for a while.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from ..clock import Clock, SystemClock
from . import Request, Transport
from .denial import Denial, tables_of

T = TypeVar("T")

_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 4.0


@dataclass
class _Wait:
    """Attributes: *until* is the monotonic clock's; *working* has what was allowed once, and is late no more."""

    granted: Callable[[Denial], bool]
    until: float
    remaining: Callable[[], float]
    tell: Callable[[Denial, float], None]
    told: bool = False
    working: set[tuple[str, str]] = field(default_factory=set)


class LateGrants:
    """
    Sends again what was denied although it is granted, while that may be because the grant is new.

    Threads may share it. Outside `awaited` it does nothing.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._wait: _Wait | None = None
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def awaited(
        self,
        granted: Callable[[Denial], bool],
        *,
        until: float,
        remaining: Callable[[], float],
        tell: Callable[[Denial, float], None],
    ) -> Iterator[None]:
        """
        Args:
            granted: Whether what was denied is granted, so that it can only be late; all else is raised at once.
            until: On the monotonic clock; after it nothing is late any more.
            remaining: Seconds that may be waited.
            tell: Is called once, with the first denial that is not taken for the last word and with the seconds that it
                may take.
        """
        self._wait = _Wait(granted, until, remaining, tell)
        try:
            yield
        finally:
            self._wait = None

    def call(self, send: Callable[[], T], service: str, operation: str, request: Any) -> T:
        """
        Call *send*, which must be safe to repeat after a denial, as any request is.

        Raises:
            Exception: As *send* raised it last.
        """
        wait = self._wait
        if wait is None or self._left(wait) <= 0:
            return send()
        attempt = 0
        while True:
            try:
                answer = send()
            except Exception as error:
                denial = Denial.read(error, service, operation, request)
                if denial is None or not self._is_late(wait, denial, operation):
                    raise
                self._pause(wait, denial, attempt)
                attempt += 1
            else:
                if isinstance(request, Mapping):
                    wait.working.update((operation, table) for table in tables_of(request))
                return answer

    def _left(self, wait: _Wait) -> float:
        return min(wait.until - self._clock.monotonic(), wait.remaining())

    def _is_late(self, wait: _Wait, denial: Denial, operation: str) -> bool:
        if denial.for_good or self._left(wait) <= 0:
            return False
        if denial.tables and all((operation, table) in wait.working for table in denial.tables):
            return False
        return wait.granted(denial)

    def _pause(self, wait: _Wait, denial: Denial, attempt: int) -> None:
        left = self._left(wait)
        with self._one_at_a_time:
            first, wait.told = not wait.told, True
        if first:
            wait.tell(denial, left)
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
        self._clock.sleep(min(left, longest * random.uniform(0.5, 1)))  # noqa: S311 - no secret


class PatientTransport:
    """
    A transport whose denials are looked at by *grants*.

    Args:
        transport: What carries the requests.
        watch: Called with each sending.
    """

    def __init__(self, transport: Transport, grants: LateGrants, watch: Callable[[Callable[[], Any]], Any]) -> None:
        self.transport = transport
        self._grants = grants
        self._watch = watch

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        def send() -> dict[str, Any]:
            return self.transport.call(operation, request)

        answer: dict[str, Any] = self._watch(lambda: self._grants.call(send, "dynamodb", operation, request))
        return answer

    def close(self) -> None:
        self.transport.close()
