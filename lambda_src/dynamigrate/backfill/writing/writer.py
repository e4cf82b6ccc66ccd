"""Writes what transform wants written of one segment, and acknowledges the pages that it came from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from ...log import log_event
from ..capacity.rate_limiter import Reservation
from ..errors import ItemRefused
from ..reader import ItemReader
from ..segment import Page, Segment
from ..sender import RequestSender
from ..service_errors import refusal
from .batches import ItemBatches, StatementBatches
from .item_writes import Attempt, ConditionalWrite, UnconditionalWrite, W, WriteResult
from .lane import Lane
from .partiql import Statements
from .transform import Transformer

_logger = logging.getLogger(__name__)

# An item that changes faster than this is not going to hold still.
_MOST_TRIES: Final = 20
# From then on nothing comes between reading and writing it: no batch to be filled, and no wait for the rate limiter, which at
# a few units a second is longer than a busy item holds still.
_PATIENT_TRIES: Final = 3


class Writer:
    """
    Takes writes, sends them, and acts on the results, until each is acknowledged with its page or need not be made any more.

    Args:
        batch: Writes in one request.
        skip: Leave items alone that can't be written, instead of raising.
        dry: Send nothing.
    """

    def __init__(
        self,
        sender: RequestSender,
        reader: ItemReader,
        transformer: Transformer,
        statements: Statements,
        segment: Segment,
        *,
        batch: int,
        skip: bool = False,
        dry: bool = False,
    ) -> None:
        self._sender = sender
        self._reader = reader
        self._transformer = transformer
        self._statements = statements
        self._segment = segment
        self._skip = skip
        self._dry = dry
        self._conditional: Lane[ConditionalWrite] = Lane(StatementBatches(sender, reader), batch)
        self._unconditional: Lane[UnconditionalWrite] = Lane(ItemBatches(sender), batch)
        # In this order: a conflict may lead to an unconditional write.
        self._lanes: tuple[Lane[Any], ...] = (self._conditional, self._unconditional)

    @property
    def waiting(self) -> int:
        """Writes that were taken and not sent."""
        return len(self._conditional) + len(self._unconditional)

    def take(self, write: ConditionalWrite | UnconditionalWrite, page: Page) -> None:
        """
        Make *write*, now or with later ones; *page* waits for it.

        Raises:
            BackfillError: It can't be made.
            Stopping: The worker has to end.
        """
        page.unacknowledged += 1
        if self._enqueue(write, page):
            for lane in self._lanes:
                while lane.is_full():
                    self._write(lane, lane.take())

    def flush(self) -> None:
        """Make all writes that are waiting; raises as `take`."""
        for lane in self._lanes:
            while lane:
                self._write(lane, lane.take())

    def refused(self, error: ItemRefused) -> None:
        """
        Nothing is written of an item, because of *error*.

        Raises:
            ItemRefused: Such items are not to be skipped.
        """
        if not self._skip:
            raise error
        self._segment.tally.failed += 1
        log_event(
            _logger, logging.WARNING, "backfill.item_skipped", f"Left as it is: {error.message}", error=error.message
        )

    def _enqueue(self, write: ConditionalWrite | UnconditionalWrite, page: Page, tries: int = 0) -> bool:
        """Have *write* wait for others, or make it now if it takes a request of its own; returns whether a lane is full."""
        if self._dry:
            self._segment.tally.written += 1
            self._segment.ack(page)
        elif isinstance(write, UnconditionalWrite):
            return self._unconditional.add(Attempt(write, page, write.text))
        elif write.others is None and (composed := self._statements.compose(write))[0]:
            text, shape = composed
            return self._conditional.add(Attempt(shape, page, text, tries))
        else:
            self._write_alone(self._conditional, Attempt(write, page, "", tries))
        return False

    def _write(self, lane: Lane[W], attempts: Sequence[Attempt[W]], reservation: Reservation | None = None) -> None:
        self._act_on(lane.batches.write(attempts, reservation), lane, len(attempts))

    def _write_alone(self, lane: Lane[W], attempt: Attempt[W], reservation: Reservation | None = None) -> None:
        self._act_on(lane.batches.write_alone(attempt, reservation), lane, 1)

    def _act_on(self, result: WriteResult[W], lane: Lane[W], sent: int) -> None:
        """Do what has to be done about each of the attempts, of which so many were *sent* in one request."""
        if result.acknowledged:
            self._segment.tally.written += len(result.acknowledged)
            self._segment.ack(*[attempt.page for attempt in result.acknowledged])
        lane.put_back([*result.throttled, *result.interrupted])
        for rejected in result.rejected:
            self.refused(self._refusal_of(*rejected))
            self._segment.ack(rejected.attempt.page)
        if result.failure is not None:
            raise result.failure
        for attempt in result.conflicted:
            self._resolve(attempt)
        for one in result.apart:
            self._write_alone(lane, one)
        if result.throttled or result.interrupted:
            self._sender.partly_refused(sent, throttled=result.reasons, passing=len(result.interrupted))
        else:
            self._sender.passed()

    def _resolve(self, attempt: Attempt[ConditionalWrite]) -> None:
        """Make the write of *attempt* anew, whose item somebody else changed meanwhile."""
        self._segment.tally.conflicts += 1
        tries = attempt.tries + 1
        reservation = self._sender.wait_to_write() if tries >= _PATIENT_TRIES else None
        write = self._anew(attempt)
        if reservation is not None and isinstance(write, ConditionalWrite):
            self._write_now(write, attempt.page, tries, reservation)
            return
        if reservation is not None:
            self._sender.give_back(reservation)
        if write is None:
            self._segment.ack(attempt.page)
        else:
            self._enqueue(write, attempt.page, tries)

    def _write_now(self, write: ConditionalWrite, page: Page, tries: int, reservation: Reservation) -> None:
        """Before all that is waiting, and alone."""
        text = self._statements.compose(write)[0] if write.others is None else ""
        attempt = Attempt(write, page, text, tries)
        if text:
            self._write(self._conditional, [attempt], reservation)
        else:
            self._write_alone(self._conditional, attempt, reservation)

    def _anew(self, attempt: Attempt[ConditionalWrite]) -> ConditionalWrite | UnconditionalWrite | None:
        """What is to be written of the item as it is now; None: nothing."""
        try:
            now = self._reader.again(self._sender, attempt.write.raw)
        except ClientError as error:
            raise refusal(error, self._reader.table.name) from error
        if now is None:
            self._segment.tally.gone += 1
            return None
        if self._transformer.is_done(attempt.write, now):
            self._segment.tally.written += 1
            return None
        if attempt.tries + 1 >= _MOST_TRIES:
            what = f"was changed by somebody else {_MOST_TRIES} times while it was to be written"
            self.refused(self._refusal_of(attempt, what))
            return None
        try:
            return self._transformer.write_for(now)
        except ItemRefused as error:
            self.refused(error)
            return None

    def _refusal_of(self, attempt: Attempt[Any], what: str, cause: Exception | None = None) -> ItemRefused:
        where = self._transformer.where(attempt.write.raw)
        error = ItemRefused.because(cause, f"{where[0].upper()}{where[1:]} {what}")
        error.__cause__ = cause
        return error
