"""Sends one worker's requests: as fast as the rate limiter lets it, and again where they failed in passing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own

from ..clock import Clock
from ..transport import Request, Transport
from .capacity.rate_limiter import Budget, RateLimiter, Reservation
from .capacity.units import spent
from .control import RunControl
from .counters import Tally
from .errors import BackfillError, Stopping
from .service_errors import (
    cancellation_codes,
    condition_was_evaluated,
    is_passing,
    is_tables_limit,
    is_throttling,
    throttled_table,
)
from .table import Table

# A table that takes nothing for this long will not do so by itself.
_PATIENCE_SECONDS: Final = 300.0


class RequestSender:
    """
    Sends requests, counts what they consume, and backs off where they are throttled.

    Attributes:
        tally: Where requests, units and throttles are counted; whoever uses the sender sets it.
        segment: The number of the segment that requests are sent for; whoever uses the sender sets it.
        consumed_capacity: What requests ask for as ``ReturnConsumedCapacity``.
    """

    def __init__(
        self, transport: Transport, control: RunControl, clock: Clock, *, table: Table, reads: Budget, writes: Budget
    ) -> None:
        self.tally = Tally()
        self.segment = 0
        # A longer answer, where there is more than one to tell of.
        self.consumed_capacity = "INDEXES" if table.has_global_indexes else "TOTAL"
        self._transport = transport
        self._control = control
        self._clock = clock
        self._reads = reads
        self._writes = writes
        self._table = table.name
        self._backoff = Backoff(control, clock)

    def read(self, operation: str, arguments: dict[str, Any], items: int) -> dict[str, Any]:
        """
        Send a request that may read *items*.

        Raises:
            ClientError: The service refuses it, whatever the time.
            Stopping: The worker has to end.
        """
        answer, units = self._send(self._reads, operation, self._asking(arguments), items)
        self.tally.read_units += units
        return answer

    def write(
        self, operation: str, arguments: Request, items: int, reservation: Reservation | None = None
    ) -> dict[str, Any]:
        """
        Send a request that writes *items*, again even where it may have been carried out; raises as `read`.

        Args:
            arguments: As JSON, they ask for `consumed_capacity` themselves.
            reservation: Waited for already.
        """
        request = arguments if isinstance(arguments, bytes) else self._asking(arguments)
        answer, units = self._send(self._writes, operation, request, items, reservation)
        self.tally.write_units += units
        return answer

    def wait_to_write(self) -> Reservation:
        """
        Wait until one item may be written, before it is known what: so that nothing comes between its reading and its
        writing. A reservation that is not used for a `write` is to be given back.

        Raises:
            Stopping: The worker has to end.
        """
        return self._wait(self._writes.limiter, 1)

    def give_back(self, reservation: Reservation) -> None:
        """Nothing was written on *reservation*."""
        self._writes.limiter.settle(reservation, 0.0, 0)

    def passed(self) -> None:
        """All writes of a request got through."""
        self._backoff.passed()

    def partly_refused(self, sent: int, *, throttled: Sequence[str] = (), passing: int = 0) -> None:
        """
        Some writes of the *sent* ones came back: pause, the longer the less gets through.

        Args:
            throttled: What the service said of each that was throttled.
            passing: How many came back for other reasons that pass.

        Raises:
            Stopping: The worker has to end.
            BackfillError: Nothing got through for minutes.
        """
        self.tally.throttles += len(throttled)
        self.tally.retries += passing
        if throttled:
            self._writes.limiter.throttled(self.segment, table=is_tables_limit(throttled))
        self._backoff.back_off(len(throttled) + passing, sent)

    def came_back(self, refused: int, sent: int) -> None:
        """
        So many of what was asked for in a request, of the *sent*, was not answered: pause, the longer the less is.

        Raises:
            Stopping: The worker has to end.
            BackfillError: Nothing was answered for minutes.
        """
        self.tally.throttles += refused
        self._backoff.back_off(refused, sent)

    def _asking(self, arguments: dict[str, Any]) -> Request:
        return {**arguments, "ReturnConsumedCapacity": self.consumed_capacity}

    def _wait(self, limiter: RateLimiter, items: int) -> Reservation:
        reservation = limiter.reserve(items)
        if self._control.paused or limiter.delay(reservation) > 0:
            self._control.wait_while(lambda: limiter.delay(reservation))
        return reservation

    def _send(
        self, budget: Budget, operation: str, request: Request, items: int, reservation: Reservation | None = None
    ) -> tuple[dict[str, Any], float]:
        while True:
            if reservation is None:
                reservation = self._wait(budget.limiter, items)
            self.tally.requests += 1
            sent = self._clock.time()
            self._backoff.sent()
            try:
                answer = self._transport.call(operation, request)
            except (ClientError, HTTPClientError, ConnectionError) as error:
                # A write whose condition failed consumed what it would have.
                budget.limiter.settle(reservation, None if condition_was_evaluated(error) else 0.0, 0)
                if not self._is_worth_retrying(error, budget.limiter):
                    raise
                self._backoff.back_off()
                if self._control.stopping:
                    # Whether it was carried out, the next run finds out.
                    raise Stopping from error
                request, reservation = _next_try(request, error), None
                continue
            consumed = spent(answer, self._table)
            budget.settle(reservation, consumed, items, sent=sent)
            if budget is self._reads:
                self._backoff.passed()
            return answer, reservation.units if consumed is None else consumed.total

    def _is_worth_retrying(self, error: ClientError | HTTPClientError | ConnectionError, limiter: RateLimiter) -> bool:
        """Count *error*, if the request may be sent again after it."""
        if isinstance(error, ClientError) and is_throttling(error):
            self.tally.throttles += 1
            limiter.throttled(self.segment, table=throttled_table(error))
            return True
        if is_passing(error):
            self.tally.retries += 1
            return True
        return False


class Backoff:
    """
    Pauses longer, the less of a worker's requests gets through, and gives up in the end.

    The time that a worker waits for the rate limiter does not count.
    """

    def __init__(self, control: RunControl, clock: Clock) -> None:
        self._control = control
        self._clock = clock
        self._sent_at = clock.monotonic()
        self._pauses = 0
        self._stuck_seconds = 0.0

    def sent(self) -> None:
        """A request is about to be sent."""
        self._sent_at = self._clock.monotonic()

    def passed(self) -> None:
        """All of a request got through."""
        self._pauses, self._stuck_seconds = 0, 0.0

    def back_off(self, refused: int = 1, of: int = 1) -> None:
        """
        So many *of* what was sent came back.

        Raises:
            Stopping: There is no time to wait so long.
            BackfillError: Nothing got through for minutes.
        """
        self._pauses = self._pauses + 1 if refused * 2 > of else 0
        if refused < of:
            self._stuck_seconds = 0.0
        else:
            self._stuck_seconds += self._clock.monotonic() - self._sent_at
        if self._stuck_seconds > _PATIENCE_SECONDS:
            raise BackfillError(
                f"The table took nothing for {_PATIENCE_SECONDS:.0f} seconds: it is throttled, or does not answer.",
                next_step="Look at its capacity and at who else uses it.",
            )
        paused = self._control.back_off(self._pauses)
        if refused == of:
            self._stuck_seconds += paused


def _next_try(request: Request, error: Exception) -> Request:
    """The *request* to send after *error*."""
    if isinstance(request, dict) and cancellation_codes(error):
        # The transaction was not carried out, so the next try is another one.
        return {**request, "ClientRequestToken": secrets.token_hex(16)}
    return request
