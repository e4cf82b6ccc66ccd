"""Sends one worker's requests: at the pace, and again where they failed in passing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any, Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own

from ..clock import Clock
from ..transport import Request, Transport
from ..transport.failures import PASSING, THROTTLED, is_transient
from .backoff import Backoff
from .capacity.budget import Budget
from .capacity.rate_limiter import RateLimiter, Reservation
from .capacity.units import spent
from .control import RunControl
from .counters import Tally
from .errors import Stopping
from .table import Table

# Of an operation; a text is JSON already, and has at least one of them.
Arguments = dict[str, Any] | str

# "Throttling reasons" in the developer guide, such as TableWriteKeyRangeThroughputExceeded.
_REASON: Final = re.compile(r"(?:Table|Index)(?:Read|Write)(\w+)Exceeded")
_HOT_KEY: Final = "KeyRangeThroughput"


class RequestSender:
    """
    Asks of each request what it consumed, so whoever makes one need not.

    Attributes:
        tally: Where requests, units and throttles are counted; whoever uses the sender sets it.
        segment: On whose behalf.
    """

    def __init__(
        self, transport: Transport, control: RunControl, clock: Clock, *, table: Table, reads: Budget, writes: Budget
    ) -> None:
        self.tally = Tally()
        self.segment = 0
        self._transport = transport
        self._control = control
        self._clock = clock
        self._reads = reads
        self._writes = writes
        self._table = table.name
        # A longer answer, where there is more than one to tell of.
        self._detail = "INDEXES" if table.has_global_indexes else "TOTAL"
        self._backoff = Backoff(control, clock)

    def read(self, operation: str, request: Arguments, items: int) -> dict[str, Any]:
        """
        Send a request that may read *items*.

        Raises:
            ClientError: The service refuses it, whatever the time.
            Stopping: The worker has to end.
        """
        answer, units = self._send(self._reads, operation, request, items)
        self.tally.read_units += units
        return answer

    def write(self, operation: str, request: Arguments, items: int, turn: Reservation | None = None) -> dict[str, Any]:
        """
        As `read`; sent again even where it may have been carried out.

        Args:
            turn: Waited for already.
        """
        answer, units = self._send(self._writes, operation, request, items, turn)
        self.tally.write_units += units
        return answer

    def wait_to_write(self) -> Reservation:
        """
        Wait until one item may be written, before it is known what: so that nothing comes between its reading and its
        writing. What is not used for a `write` is to be given back.

        Raises:
            Stopping: The worker has to end.
        """
        return self._wait(self._writes.pace, 1)

    def give_back(self, turn: Reservation) -> None:
        """Nothing was written in *turn*."""
        self._writes.pace.settle(turn, 0.0, 0)

    def passed(self) -> None:
        """All writes of a request got through."""
        self._backoff.passed()

    def partly_refused(self, sent: int, *, throttled: Sequence[str] = (), passing: int = 0) -> None:
        """
        Some writes of the *sent* ones came back: pause, the longer the less gets through.

        Args:
            throttled: Of each that was throttled what the service said.
            passing: How many came back for other reasons that pass.

        Raises:
            Stopping: The worker has to end.
            BackfillError: Nothing got through for minutes.
        """
        self.tally.throttles += len(throttled)
        self.tally.retries += passing
        if throttled:
            self._writes.pace.throttled(self.segment, table=_is_table(" ".join(throttled)))
        self._backoff.back_off(len(throttled) + passing, sent)

    def _wait(self, pace: RateLimiter, items: int) -> Reservation:
        turn = pace.reserve(items)
        if self._control.paused or pace.left(turn) > 0:
            self._control.wait_while(lambda: pace.left(turn))
        return turn

    def _send(
        self, budget: Budget, operation: str, arguments: Arguments, items: int, waited: Reservation | None = None
    ) -> tuple[dict[str, Any], float]:
        pace = budget.pace
        request = self._asking(arguments)
        while True:
            turn, waited = waited or self._wait(pace, items), None
            self.tally.requests += 1
            sent = self._clock.time()
            self._backoff.sent()
            try:
                answer = self._transport.call(operation, request)
            except (ClientError, HTTPClientError, ConnectionError) as error:
                # One that was looked at and refused, consumed what it would have.
                pace.settle(turn, None if _condition_was_evaluated(error) else 0.0, 0)
                self._wait_to_retry(error, pace)
                if self._control.stopping:
                    # Whether it was carried out, the next run finds out.
                    raise Stopping from error
                if (
                    isinstance(error, ClientError)
                    and "CancellationReasons" in error.response
                    and isinstance(request, dict)
                ):
                    # It was not carried out, so the next try is another transaction.
                    request = {**request, "ClientRequestToken": secrets.token_hex(16)}
                continue
            consumed = spent(answer, self._table)
            budget.settle(turn, consumed, items, sent=sent)
            if budget is self._reads:
                self.passed()
            return answer, turn.units if consumed is None else consumed.total

    def _asking(self, arguments: Arguments) -> Request:
        """With the question what it consumes."""
        if isinstance(arguments, str):
            return f'{arguments[:-1]},"ReturnConsumedCapacity":"{self._detail}"}}'.encode()
        return {**arguments, "ReturnConsumedCapacity": self._detail}

    def _wait_to_retry(self, error: Exception, pace: RateLimiter) -> None:
        """Wait until the request may be sent again, or raise *error*."""
        code, reasons = "", [""]
        if isinstance(error, ClientError):
            code = str(error.response.get("Error", {}).get("Code", ""))
            reasons = [str(one.get("Code", "None")) for one in error.response.get("CancellationReasons", ())]
        met = {reason for reason in reasons if reason not in ("", "None")}
        if code in THROTTLED or (met and met <= THROTTLED):
            self.tally.throttles += 1
            pace.throttled(self.segment, table=_is_table(str(error.response)))  # type: ignore[attr-defined]
        elif is_transient(error) or (met and met <= THROTTLED | PASSING):
            self.tally.retries += 1
        else:
            raise error
        self._backoff.back_off()


def _condition_was_evaluated(error: Exception) -> bool:
    """Whether the service got as far as a condition."""
    if not isinstance(error, ClientError):
        return False
    code = error.response.get("Error", {}).get("Code")
    failed = [
        one for one in error.response.get("CancellationReasons", ()) if one.get("Code") == "ConditionalCheckFailed"
    ]
    return code == "ConditionalCheckFailedException" or bool(failed)


def _is_table(said: str) -> bool | None:
    """Whether the table's own limit was met, or that of a range of keys alone; None: the service does not say."""
    reasons = set(_REASON.findall(said))
    return None if not reasons else reasons != {_HOT_KEY}
