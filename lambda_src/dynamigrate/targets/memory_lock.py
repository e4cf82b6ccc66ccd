"""The lock of a `MemoryTarget`."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..clock import Clock, timestamp
from ..continuation import Continuation
from ..errors import LockHeld, LockLost, MigrationsError, NothingToTakeUp, StopRequested
from ..lock_loss import ALREADY_OVER, LossCause, Lost
from ..rate_order import RateOrder
from .lock_status import LockStatus

_logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.05


class MemoryLocks:
    """One lock, held by one ``with`` block at a time, whichever thread it is in."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.RLock()
        self._owner: str | None = None
        self._since = ""
        self.stop: str | None = None
        self.paused = False
        self.rate: RateOrder | None = None
        # By the token of the block that has the lock, or has lost it.
        self._acquired: dict[str, str] = {}
        self._losses: dict[str, Lost] = {}
        self._mine = threading.local()
        # Of a run that was handed over, or was taken up; who gave it away, and until when it waits.
        self._continuation: Continuation | None = None
        self._waiting = False
        self._gave = ""
        self._until = 0.0

    @contextmanager
    def hold(self, wait: float) -> Iterator[MemoryLock]:
        """
        Hold the lock; inside the block `require` is about it.

        Raises:
            LockHeld: Somebody else has it, after *wait* seconds too.
        """
        token = secrets.token_hex(8)
        deadline = self._clock.monotonic() + wait
        while (held := self._take(token)) is not None:
            left = deadline - self._clock.monotonic()
            if left <= 0:
                raise held
            self._clock.sleep(min(left, _POLL_SECONDS))
        with self._holding(token):
            yield MemoryLock(self, token)

    @contextmanager
    def take_up(self, run_id: str) -> Iterator[MemoryLock]:
        """
        Hold the lock of a run that was handed over, as `hold` does.

        Raises:
            NothingToTakeUp: There is none. In one process no holder is dead, so one that holds it is at work.
        """
        token = secrets.token_hex(8)
        with self._guard:
            kept = self._continuation
            if kept is None or kept.run.id != run_id:
                raise NothingToTakeUp(f"The run {run_id} is over: its lock is free, or another run's.", busy=False)
            if not self._waiting:
                raise NothingToTakeUp(f"The run {run_id} is still being carried out by {self._owner}.", busy=True)
            self._continuation, self._waiting = kept.taken_up(after_death=False), False
            self._owner, self._since = token, timestamp(self._clock.time())
            self._acquired[token] = self._since
        with self._holding(token):
            yield MemoryLock(self, token, self._continuation)

    def hand_over(self, token: str, continuation: Continuation, until: float) -> None:
        """
        Have the lock wait for whoever takes the run up.

        Raises:
            LockLost, StopRequested: The block that has *token* has lost it, or is to stop.
        """
        with self._guard:
            self._require_held(token, "The run was not handed over")
            if self.stop is not None:
                raise StopRequested(f"The run was not handed over: {self.stop}.")
            self._owner, self._gave = secrets.token_hex(8), token
            self._waiting, self._until, self._continuation = True, until, continuation
            del self._acquired[token]

    def put_waiting(self, continuation: Continuation, until: float) -> str:
        """Have it wait for whoever takes up a run that begins elsewhere, whoever had it; returns its token."""
        with self._guard:
            self.free()
            self._owner, self._gave = secrets.token_hex(8), "a launch"
            self._since, self.paused = timestamp(self._clock.time()), False
            self._waiting, self._until, self._continuation = True, until, continuation
            return self._owner

    @property
    def run_id(self) -> str | None:
        """Of the run that goes on in one process after the other, if one does."""
        with self._guard:
            return None if self._continuation is None else self._continuation.run.id

    @contextmanager
    def _holding(self, token: str) -> Iterator[None]:
        before = getattr(self._mine, "token", None)
        self._mine.token = token
        try:
            yield
        finally:
            self._mine.token = before
            with self._guard:
                if token in self._acquired and self.loss_of(token) is None:
                    self.free()
                    del self._acquired[token]

    def require(self, migration_id: str) -> bool:
        """
        Returns:
            Whether this is called in a block that holds the lock; False: in none that ever did.

        Raises:
            LockLost: The block has lost it.
        """
        token: str | None = getattr(self._mine, "token", None)
        if token is not None:
            self._require_held(token, f"Nothing was recorded for {migration_id}", migration_id)
        return token is not None

    def _require_held(self, token: str, what: str, migration_id: str | None = None) -> None:
        if (loss := self.loss_of(token)) is not None:
            raise LockLost.through(loss, f"{what}: the lock is no longer ours.", migration_id=migration_id)
        if not self.is_held_by(token):
            raise LockLost(
                f"{what}: the lock was given back already.", next_step=ALREADY_OVER, migration_id=migration_id
            )

    def loss_of(self, token: str) -> Lost | None:
        """How the block that has *token* lost the lock; logged once. None: it holds it, or gave it back."""
        with self._guard:
            if self._owner == token or token not in self._acquired:
                return None
            if token not in self._losses:
                cause = LossCause.FREED if self._owner is None else LossCause.TAKEN
                since = None if self._owner is None else self._since
                loss = Lost(cause=cause, by=self._owner or "", since=since, last_renewed=self._acquired[token])
                self._losses[token] = loss
                loss.tell(_logger, holder=token)
            return self._losses[token]

    def is_held_by(self, token: str) -> bool:
        """Whether the block that has *token* holds it."""
        with self._guard:
            return self._owner == token

    def status(self) -> LockStatus | None:
        """Who has it; None: nobody."""
        with self._guard:
            if self._owner is None:
                return None
            kept = self._continuation
            return LockStatus(
                lock_id="memory",
                owner=self._owner,
                # A lease is what tells a holder that lives from one that died. Here none dies without its process.
                lease_ms=1,
                deadline_ms=round(self._until * 1000) if self._waiting else 0,
                acquired_at=self._since,
                holder=self._gave if self._waiting else self._owner,
                request_id=(kept.of_request or None) if kept else None,
                run_id=kept.run.id if kept else None,
                stop=self.stop,
                paused=self.paused,
                rate=self.rate,
                continuation=kept,
                waiting=self._waiting,
            )

    def unlock(self, *, force: bool) -> LockStatus | None:
        """
        Raises:
            LockHeld: Somebody has it, and *force* was not given: in one process every holder lives.
        """
        with self._guard:
            found = self.status()
            if found is not None and not found.waiting and not force:
                raise found.beating_error()
            self.free()
            return found

    def free_waiting(self) -> None:
        """It is nobody's, where it waits."""
        with self._guard:
            if self._waiting:
                self.free()

    def free(self) -> None:
        """It is nobody's, whoever had it."""
        with self._guard:
            self._owner = self.stop = self.rate = self._continuation = None
            self._waiting = False

    def request_stop(self, reason: str, *, holder: str = "") -> None:
        """Ask the holder, if there is one whose words have *holder*, to stop at its next step."""
        with self._guard:
            status = self.status()
            if status is not None and holder in status.holder:
                self.stop = reason

    def request_pause(self, *, paused: bool) -> bool:
        """Ask the holder to wait, or to go on; returns whether there is one."""
        with self._guard:
            held = self._owner is not None
            self.paused = held and paused
            return held

    def request_rate(self, order: RateOrder | None) -> bool:
        """Have the holder's backfill go at another rate; returns whether there is one."""
        with self._guard:
            held = self._owner is not None
            self.rate = order if held else None
            return held

    def _take(self, token: str) -> LockHeld | None:
        """Take the lock where it is free; else the error for whoever wanted it."""
        with self._guard:
            if self._waiting and self._clock.time() > self._until:
                self.free()
            if self._owner is None:
                self._owner, self._since = token, timestamp(self._clock.time())
                self.stop, self.paused, self.rate = None, False, None
                self._acquired[token] = self._since
                return None
            if self._continuation is not None and (status := self.status()) is not None:
                return status.held_error()
            return LockHeld(
                f"The lock is held by {self._owner} since {self._since}.",
                next_step="Wait until it is released, and try again.",
                holder=self._owner,
                since=self._since,
            )


class MemoryLock:
    """The lock of a `MemoryTarget`, while it is held."""

    def __init__(self, locks: MemoryLocks, token: str, continuation: Continuation | None = None) -> None:
        self._locks = locks
        self._token = token
        self._continuation = continuation

    @property
    def lost(self) -> bool:
        return self.loss is not None

    @property
    def loss(self) -> Lost | None:
        return self._locks.loss_of(self._token)

    @property
    def stop_reason(self) -> str | None:
        return self._locks.stop if self._locks.is_held_by(self._token) else None

    @property
    def paused(self) -> bool:
        return self._locks.is_held_by(self._token) and self._locks.paused

    @property
    def rate(self) -> RateOrder | None:
        return self._locks.rate if self._locks.is_held_by(self._token) else None

    @property
    def continuation(self) -> Continuation | None:
        return self._continuation

    @property
    def fleet(self) -> None:
        """Fleets are for processes that share a table."""

    def hand_over(self, continuation: Continuation, *, until: float) -> None:
        self._locks.hand_over(self._token, continuation, until)

    def find_out(self) -> None:
        """In one process it is always known."""

    def condition(self) -> dict[str, Any]:
        raise MigrationsError(
            "A MemoryTarget has no transactions to fence.",
            next_step="Use a DynamoDBTarget to test ctx.lock_condition().",
        )
