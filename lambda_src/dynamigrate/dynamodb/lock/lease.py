"""
The lock while it is held: a lease that its holder renews.

The protocol rests on three things. Every write to the lock's item is conditional on the owner's token. The beat is
compared on the waiter's own monotonic clock, so that no two clocks need agree. And whatever either side believes, a
state change carries a check of the token in its own transaction, so that a holder that lost its lock records nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from ...clock import Clock, timestamp
from ...continuation import Continuation
from ...error_text import describe_error, error_message
from ...errors import LockLost, StopRequested
from ...fleet import FleetStatus
from ...lock_loss import ALREADY_OVER, LossCause, Lost
from ...log import log_event
from ...rate_order import RateOrder
from ...targets.lock_status import LockStatus
from ..state_tables import StateTable
from .acquire import acquire
from .item import LeaseTerms, LockItem, NotOurs
from .known_loss import KnownLoss
from .relay import Relay
from .status import read_status
from .turns import Turns

_logger = logging.getLogger(__name__)

# Three beats in a lease: two may fail before it is over.
_BEATS_A_LEASE: Final = 3
_LONGEST_JOIN: Final = 1.0


class Lease:
    """One holding of the lock: acquired, kept by beats on a thread, released."""

    def __init__(self, client: Any, table: StateTable, lock_id: str, terms: LeaseTerms, clock: Clock) -> None:
        self._item = LockItem(client, table, lock_id, terms, clock)
        self._relay = Relay(self._item, terms, clock)
        self._continuation: Continuation | None = None
        # Whether a request for that was sent, and is known to have been carried out.
        self._handing_over = self._handed_over = self._given_back = False
        # What each line in the log says of it.
        self._about = {"lock_id": lock_id, "holder": terms.holder}
        self._lock_id, self._terms, self._clock = lock_id, terms, clock
        self._known = KnownLoss(self._about)
        # When a beat was sent last, by both clocks; and whether there was a whole lease without one before that.
        self._tried: tuple[float, float] | None = None
        self._slept, self._last_error = False, ""
        # The item as it was seen last, with what others ask of its holder.
        self._seen = LockStatus(lock_id=lock_id)
        self._good_from = (0.0, 0.0)
        # By both clocks. After that it can't be lost any more.
        self._released: tuple[float, float] | None = None
        self._renewals = 0
        self._turns, self._ending = Turns(terms.lease / (_BEATS_A_LEASE * 4)), threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def owner(self) -> str:
        return self._item.owner

    @property
    def lost(self) -> bool:
        return self.loss is not None

    @property
    def loss(self) -> Lost | None:
        """How the lock was lost, as `KnownLoss` has it; None: it was not, while it was held."""
        if self._known.lost is None and self._overdue() > self._terms.lease:
            slept = self._slept or self._passed_since(self._tried or self._good_from) > self._terms.lease
            self._notice(LossCause.EXPIRED if slept else LossCause.BEATS_FAILED)
        return self._known.lost

    @property
    def stop_reason(self) -> str | None:
        return self._seen.stop

    @property
    def paused(self) -> bool:
        return self._seen.paused

    @property
    def rate(self) -> RateOrder | None:
        return self._seen.rate

    @property
    def fleet(self) -> FleetStatus | None:
        return self._seen.fleet

    @property
    def continuation(self) -> Continuation | None:
        return self._continuation

    def condition(self, *, unless_stopped: bool = False) -> dict[str, Any]:
        """The ``ConditionCheck`` that lets a transaction through only while the lock is ours."""
        return self._item.condition(unless_stopped=unless_stopped)

    def exclusive(self) -> AbstractContextManager[None]:
        """Around a request that touches the lock's item."""
        return self._turns.one()

    def refused(self, item: dict[str, Any] | None) -> None:
        """
        Take note of why a transaction with `condition` was refused: *item* is the lock's item as it is.

        Raises:
            LockLost: It is no longer ours.
        """
        self._refused(read_status(self._lock_id, item) if item else None)

    def _refused(self, found: LockStatus | None) -> None:
        if found is None or found.owner != self.owner:
            if self._released is None:
                self._notice_other(found)
            raise self._lost_error()
        self._seen = found

    def require_time(self) -> None:
        """
        Refuse to go on once the lease is over by whichever of this machine's clocks ran further.

        Raises:
            LockLost: It is over, or the lock is lost.
        """
        if self.lost:
            raise self._lost_error()

    def acquire(self, wait: float) -> None:
        """Take the lock, as `dynamigrate.dynamodb.lock.acquire` does, with its errors."""
        try:
            self._good_from = acquire(self._item, self._terms, wait, self._clock)
            self._beat_if_late()
        except BaseException:
            if self._item.perhaps_ours:
                # Nobody would beat for it, and everybody wait for it.
                self.release()
            raise

    def take_up(self, run_id: str) -> None:
        """Take the lock of a run that was handed over, or whose process died, as `Relay` does, with its errors."""
        # Not released where that fails: the run would be forgotten, which the next process takes up after a lease.
        found, self._good_from = self._relay.take_up(run_id)
        self._continuation, self._seen = found.continuation, found
        self._beat_if_late()

    def hand_over(self, continuation: Continuation, *, until: float) -> None:
        """
        Have the lock wait for whoever takes the run up; it is not ours any more then.

        Raises:
            LockLost: It was not ours.
            StopRequested: Somebody asked the run to stop; it is still ours.
        """
        if self._handed_over:
            raise self._lost_error()
        with self.exclusive():
            self._handing_over = True
            left = self._item.persisting(lambda: self._relay.hand_over(continuation, until))
            if left is None:
                self._released, self._handed_over = self._now(), True
                return
        self._handing_over = False
        self._refused(left.status)
        raise StopRequested(f"The run was not handed over: {self._seen.stop}.")

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beats from now on, and releases the lock at the end: both happen whatever the block does."""
        self._thread = threading.Thread(target=self._keep, name=f"dynamigrate-beat-{self._lock_id}", daemon=True)
        try:
            self._thread.start()
            yield
        finally:
            self._ending.set()
            # A beat that hangs must not hold up the release, which our time may be short for; it can't succeed after
            # it.
            if self._thread.is_alive():
                self._thread.join(timeout=min(_LONGEST_JOIN, self._terms.lease))
            self.release()

    def beat(self) -> None:
        """Renew the lease, once. Where the item is not ours, the lock is lost; any other error is raised."""
        with self.exclusive():
            sent = self._now()
            self._slept = self._slept or self._passed_since(self._tried or self._good_from) > self._terms.lease
            self._tried = sent
            found = self._item.renew()
            if isinstance(found, NotOurs):
                # While it is handed over, the answer to that tells what became of it.
                if self._released is None and not self._handing_over:
                    self._notice_other(found.status)
                return
            # An answer may have overtaken an older one.
            self._good_from = max(self._good_from, sent)
            self._renewals += 1
            self._slept = False
            self._seen = found

    def find_out(self) -> None:
        """As `HeldLock` has it."""
        if self._handing_over or self._known.by_time_alone:
            self.release()

    def release(self) -> None:
        """Give the lock back, if it is ours and was not given back yet; what goes wrong is logged, never raised."""
        if self._handed_over or self._given_back or self._known.to_others:
            return
        # A beat that is still under way finds it gone by our own hand.
        self._released = self._now()
        try:
            # A request to hand it over may have been carried out without our knowing: nobody waits for that now.
            left = self._item.delete(*([self._relay.token] if self._handing_over else []))
        except Exception:  # noqa: BLE001 - never raised, as promised above
            sentence = "The lock could not be released; it frees itself once its lease is over."
            log_event(_logger, logging.WARNING, "lock.release_failed", sentence, exc_info=True, **self._about)
            return
        self._given_back = True
        if left is not None:
            self._notice_other(left.status)

    def _keep(self) -> None:
        rhythm = self._terms.lease / _BEATS_A_LEASE
        pause = rhythm
        while not self._ending.wait(pause) and self._known.lost is None:
            before = self._renewals
            # On a thread of its own: a request that hangs must not keep the next one from being sent.
            beat = threading.Thread(
                target=self._try_to_beat, name=f"{threading.current_thread().name}-once", daemon=True
            )
            beat.start()
            beat.join(timeout=rhythm / 2)
            renewed = self._renewals > before
            # Only the lease decides when it was one too many. The first beat after a sleep may still be under way, and
            # its answer says who has the lock now.
            patience = rhythm if beat.is_alive() else 0.0
            if not renewed and self._overdue() > self._terms.lease + patience and self.lost:
                return
            pause = rhythm if renewed else 0 if beat.is_alive() else min(1.0, rhythm / 4)

    def _try_to_beat(self) -> None:
        try:
            self.beat()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next beat may succeed
            if self._released is not None:
                return
            self._last_error = describe_error(error, 200)
            sentence = f"A beat for the lock failed, and the next one is due soon: {describe_error(error)}"
            log_event(_logger, logging.WARNING, "lock.beat_failed", sentence, **self._about, error=error_message(error))

    def _beat_if_late(self) -> None:
        """Beat, where getting the lock took long: nobody knows when in the time of a request it was carried out."""
        if self._overdue() > self._terms.lease / _BEATS_A_LEASE:
            self._try_to_beat()

    def _lost_error(self) -> LockLost:
        if (loss := self._known.lost) is None:
            told = f"The lock '{self._lock_id}' was given back already, so nothing was recorded."
            return LockLost(told, next_step=ALREADY_OVER)
        return LockLost.through(loss, f"The lock '{self._lock_id}' is no longer ours, so nothing was recorded.")

    def _notice_other(self, found: LockStatus | None) -> None:
        # Unless our own hand gave it away, by a request whose answer was lost.
        if found is None or found.owner != self._relay.token:
            self._notice(LossCause.FREED if found is None else LossCause.TAKEN, found)

    def _notice(self, cause: LossCause, found: LockStatus | None = None) -> None:
        """Keep how the lock was lost: *found* has it, or nobody, or that is not known."""
        self._known.notice(
            Lost(
                cause=cause,
                by=(found.holder or "another driver") if found else "",
                since=found.acquired_at if found else None,
                last_renewed=timestamp(self._good_from[1]),
                last_error=self._last_error if cause is LossCause.BEATS_FAILED else "",
                goes_on=bool(found and self._continuation and found.run_id == self._continuation.run.id),
            )
        )

    def _overdue(self) -> float:
        """Seconds since the lease was last renewed, from before the request was sent."""
        return self._passed_since(self._good_from)

    def _passed_since(self, moment: tuple[float, float]) -> float:
        monotonic, wall = self._released or self._now()
        passed = monotonic - moment[0]
        if self._terms.remaining is None:
            # A suspended machine's monotonic clock may have stood still.
            return max(passed, wall - moment[1])
        return passed

    def _now(self) -> tuple[float, float]:
        return self._clock.monotonic(), self._clock.time()
