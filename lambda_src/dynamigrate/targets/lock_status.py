"""Who holds a lock, as anybody may see it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from ..clock import timestamp
from ..continuation import Continuation
from ..errors import LockHeld
from ..fleet import FleetStatus
from ..next_step import Command, NextStep
from ..rate_order import RateOrder

# Seconds between a process's certain end and the start of the one that goes on after it, with all that may be retried.
_LONGEST_GAP: Final = 600.0
_BY_FORCE: Final = Command("unlock", {"force": True, "confirm": True})


@dataclass(frozen=True, kw_only=True)
class LockStatus:
    """
    Who holds the lock.

    Attributes:
        owner: The token that proves it; empty in an entry of the Go driver.
        beat: Counts up while the holder lives.
        lease_ms: How long it is good for without a beat.
        deadline_ms: Milliseconds since the epoch: after it the holder is certainly dead, if it does not beat.
        acquired_at: ISO 8601, UTC.
        holder: Who, in words.
        stop: Why it was asked to stop, or None.
        paused: Whether it was asked to wait.
        rate: How fast its backfills were asked to go, or None; it may have ended.
        continuation: How far the run got that goes on in one process after the other; None: it is another kind of run.
        waiting: The run was handed over, and nobody has taken it up yet.
        fleet: What the fleet says of itself that the run was handed over to; None: it was handed over to none.
    """

    lock_id: str
    owner: str = ""
    beat: int = 0
    lease_ms: int = 0
    deadline_ms: int = 0
    acquired_at: str | None = None
    holder: str = ""
    request_id: str | None = None
    run_id: str | None = None
    stop: str | None = None
    paused: bool = False
    rate: RateOrder | None = None
    continuation: Continuation | None = None
    waiting: bool = False
    fleet: FleetStatus | None = None

    @property
    def foreign(self) -> bool:
        """Written by the Go driver, or damaged: it has no lease, so nothing tells whether its holder lives."""
        return not self.owner or not self.lease_ms

    def is_abandoned(self, now: float) -> bool:
        """
        Whether nobody goes on with its run any more, which goes on in one process after the other by itself.

        Args:
            now: Seconds since the epoch.
        """
        if self.foreign or not self.deadline_ms:
            return False
        # After a process that died, the next one is called within minutes.
        return now > self.deadline_ms / 1000 + (0 if self.waiting else _LONGEST_GAP)

    def held_error(self) -> LockHeld:
        """For whoever wanted the lock."""
        if self.foreign:
            return LockHeld(
                f"The lock '{self.lock_id}' is held by an entry without a lease: another driver wrote it, and nothing "
                "in it tells whether its holder still runs.",
                next_step=NextStep(
                    "Ask whoever migrates these tables with that driver. If nobody does, release it with ",
                    _BY_FORCE,
                    ".",
                ),
            )
        if self.continuation is not None:
            return self._goes_on_error(self.continuation)
        return LockHeld(
            f"The lock '{self.lock_id}' is held by {self.holder} since {self.acquired_at}; "
            f"its time is up at {timestamp(self.deadline_ms / 1000)}.",
            next_step=NextStep(
                "Wait until it has finished, and try again. A holder that died is replaced by itself once its time is "
                "up; if you are certain that it is dead, ",
                Command("unlock", {"confirm": True}),
                " frees the lock sooner.",
            ),
            holder=self.holder,
            since=self.acquired_at,
            request_id=self.request_id,
        )

    def _goes_on_error(self, continuation: Continuation) -> LockHeld:
        """The same, of a run that outlasts its holder, so that the deadline of that one says nothing of its end."""
        run = f"run {continuation.run.id}"
        if self.waiting and continuation.fleet is not None:
            what = f"is that of a fleet of {continuation.fleet.workers} workers, which goes on with {run}"
        elif self.waiting:
            what = f"waits for the {run} to go on in another process: {self.holder} handed it over"
        else:
            what = f"is held by {self.holder} since {self.acquired_at}, and its {run} goes on in another process after that"
        ends = f"; it ends by {timestamp(continuation.ends)} at the latest" if math.isfinite(continuation.ends) else ""
        return LockHeld(
            f"The lock '{self.lock_id}' {what}{ends}.",
            next_step=NextStep(
                "Wait until it has finished, and try again; ",
                Command("status"),
                " shows how far it is, and ",
                Command("cancel", {"confirm": True}),
                " has it stop at its next step.",
            ),
            holder=self.holder,
            since=self.acquired_at,
            request_id=self.request_id,
        )

    def beating_error(self) -> LockHeld:
        """For whoever wanted to free the lock, although its holder lives."""
        if self.foreign:
            return self.held_error()
        return LockHeld(
            f"The lock '{self.lock_id}' is held by {self.holder} since {self.acquired_at}; it beats, so its holder lives.",
            next_step=NextStep(
                "Wait until it has finished. ",
                _BY_FORCE,
                " frees the lock all the same: its holder can record nothing more then, but what its migration writes "
                "without ctx.lock_condition() goes on until it notices.",
            ),
            holder=self.holder,
            since=self.acquired_at,
            request_id=self.request_id,
        )
