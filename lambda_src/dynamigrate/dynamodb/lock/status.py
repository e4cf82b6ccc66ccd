"""The lock's item, as anybody may read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...clock import timestamp
from ...contract import LockAttr
from ...errors import LockHeld
from ...next_step import Command, NextStep
from ..attributes import count_of, text_of

# A lease of years is none, and after the year 9999 there is no time of day.
_MOST: Final = {LockAttr.BEAT: 10**15, LockAttr.LEASE_MS: 10**10, LockAttr.DEADLINE_MS: 253_402_300_799_000}


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

    @property
    def foreign(self) -> bool:
        """Written by the Go driver, or damaged: it has no lease, so nothing tells whether its holder lives."""
        return not self.owner or not self.lease_ms

    @classmethod
    def read(cls, lock_id: str, item: Mapping[str, Any]) -> LockStatus:
        """
        From an item in DynamoDB's own notation; an attribute that makes no sense counts as missing.

        Where one of those that tell whether the holder lives makes none, the lock is `foreign`: it is never taken over.
        """

        def text(name: str) -> str | None:
            return text_of(item, name)

        counts = {name: count_of(item, name, most=most) for name, most in _MOST.items()}
        odd = any(value is None and name in item for name, value in counts.items())
        return cls(
            lock_id=lock_id,
            owner=text(LockAttr.OWNER) or "",
            beat=counts[LockAttr.BEAT] or 0,
            lease_ms=0 if odd else counts[LockAttr.LEASE_MS] or 0,
            deadline_ms=counts[LockAttr.DEADLINE_MS] or 0,
            acquired_at=text(LockAttr.ACQUIRED_AT),
            holder=text(LockAttr.HOLDER) or "",
            request_id=text(LockAttr.REQUEST_ID),
            run_id=text(LockAttr.RUN_ID),
            stop=text(LockAttr.STOP) or ("it was asked to" if LockAttr.STOP in item else None),
            paused=LockAttr.PAUSE in item,
        )

    def held_error(self) -> LockHeld:
        """What somebody is told who wanted the lock."""
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

    def beating_error(self) -> LockHeld:
        """What somebody is told who wanted to free the lock of a holder that lives."""
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
