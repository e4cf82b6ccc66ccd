"""Sends one worker's requests: at the pace, and again where they failed in passing."""

from __future__ import annotations

import secrets
from typing import Any, Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own

from ..clock import Clock
from ..wire import Request, Wire
from ..wire.failures import PASSING, THROTTLED
from .budget import Budget
from .capacity import spent
from .errors import BackfillError
from .gate import Gate
from .pace import Pace
from .table import Table
from .tally import Tally

# Of an operation; a text is JSON already, and has at least one of them.
Arguments = dict[str, Any] | str

# A table that takes nothing for this long will not do so by itself.
_PATIENCE_SECONDS: Final = 300.0


class Courier:
    """
    Asks of each request what it consumed, so whoever makes one need not.

    Attributes:
        tally: Where requests, units and throttles are counted; whoever uses the courier sets it.
        segment: On whose behalf.
    """

    def __init__(self, wire: Wire, gate: Gate, clock: Clock, *, table: Table, reads: Budget, writes: Budget) -> None:
        self.tally = Tally()
        self.segment = 0
        self._wire = wire
        self._gate = gate
        self._clock = clock
        self._reads = reads
        self._writes = writes
        self._table = table.name
        # A longer answer, where there is more than one to tell of.
        self._detail = "INDEXES" if table.has_global_indexes else "TOTAL"
        self._strained_since: float | None = None
        self._strain = 0

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

    def write(self, operation: str, request: Arguments, items: int) -> dict[str, Any]:
        """As `read`; sent again even where it may have been carried out."""
        answer, units = self._send(self._writes, operation, request, items)
        self.tally.write_units += units
        return answer

    def passed(self) -> None:
        """All writes of a request got through."""
        self._strained_since, self._strain = None, 0

    def partly_refused(self, throttled: int, sent: int, message: str = "") -> None:
        """
        Some writes of a batch came back: pause, the longer the less gets through.

        Raises:
            Stopping: The worker has to end.
            BackfillError: Nothing got through for minutes.
        """
        self.tally.throttles += throttled
        self._writes.pace.throttled(self.segment, table=_is_table(message))
        self._strain_by(throttled * 2 > sent, stuck=throttled == sent)
        self._gate.back_off(self._strain)

    def _send(self, budget: Budget, operation: str, arguments: Arguments, items: int) -> tuple[dict[str, Any], float]:
        pace = budget.pace
        request = self._asking(arguments)
        while True:
            turn = pace.reserve(items)
            if self._gate.paused or pace.left(turn) > 0:
                self._gate.wait_while(lambda: pace.left(turn))  # noqa: B023 - it is over before the next turn
            self.tally.requests += 1
            sent = self._clock.time()
            try:
                answer = self._wire.call(operation, request)
            except (ClientError, HTTPClientError, ConnectionError) as error:
                pace.settle(turn, 0.0, 0)
                self._bear(error, pace)
                if "CancellationReasons" in getattr(error, "response", ()) and isinstance(request, dict):
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

    def _bear(self, error: Exception, pace: Pace) -> None:
        """Wait until the request may be sent again, or raise *error*."""
        code, reasons = "", [""]
        if isinstance(error, ClientError):
            code = str(error.response.get("Error", {}).get("Code", ""))
            reasons = [str(one.get("Code", "None")) for one in error.response.get("CancellationReasons", ())]
        met = {reason for reason in reasons if reason != "None"}
        if code in THROTTLED or (met and met <= THROTTLED):
            self.tally.throttles += 1
            pace.throttled(self.segment, table=_is_table(str(error.response)))  # type: ignore[attr-defined]
        elif code == "" or code in PASSING or (met and met <= THROTTLED | PASSING):
            self.tally.retries += 1
        else:
            raise error
        self._strain_by(more=True, stuck=True)
        self._gate.back_off(self._strain)

    def _strain_by(self, more: bool, *, stuck: bool) -> None:  # noqa: FBT001
        """
        Raises:
            BackfillError: Nothing got through for minutes.
        """
        self._strain = self._strain + 1 if more else 0
        now = self._clock.monotonic()
        if not stuck:
            self._strained_since = None
        elif self._strained_since is None:
            self._strained_since = now
        elif now - self._strained_since > _PATIENCE_SECONDS:
            raise BackfillError(
                f"The table took nothing for {_PATIENCE_SECONDS:.0f} seconds: it is throttled, or does not answer.",
                next_step="Look at its capacity and at who else uses it.",
            )


def _is_table(message: str) -> bool | None:
    """
    Whether the table's own limit was met, or that of a range of keys; None: the service does not say.

    By "Throttling reasons": ``TableWriteKeyRangeThroughputExceeded`` and the like.
    """
    if "KeyRangeThroughputExceeded" in message:
        return False
    if any(
        word in message
        for word in ("ProvisionedThroughputExceeded:", "MaxOnDemandThroughputExceeded", "AccountLimitExceeded")
    ):
        return True
    return None
