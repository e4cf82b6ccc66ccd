"""The lock of a target: while it is held, and what others may see and ask."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from ..continuation import Continuation
from ..fleet import FleetStatus
from ..lock_loss import Lost
from ..rate_order import RateOrder
from .lock_status import LockStatus


class HeldLock(Protocol):
    """The lock, while it is held."""

    @property
    def lost(self) -> bool:
        """Whether it is known to have been lost while it was held; what was given back is not lost."""
        ...

    @property
    def loss(self) -> Lost | None:
        """How it was lost, once that is known; None: it was not."""
        ...

    @property
    def stop_reason(self) -> str | None:
        """Why somebody asked the holder to stop, or None."""
        ...

    @property
    def paused(self) -> bool:
        """Whether somebody asked the holder to wait."""
        ...

    @property
    def rate(self) -> RateOrder | None:
        """How fast somebody asked the holder's backfill to go, or None; it may have ended."""
        ...

    @property
    def continuation(self) -> Continuation | None:
        """How far the run got before this process took it up; None: it began here."""
        ...

    @property
    def fleet(self) -> FleetStatus | None:
        """What the fleet said of itself at its end that had the run before this process; None: none had it."""
        ...

    def hand_over(self, continuation: Continuation, *, until: float) -> None:
        """
        Give the lock to the first process that takes the run up; after that it is not ours any more.

        Args:
            until: Seconds since the epoch: after that, whoever wants the lock may take it over.

        Raises:
            LockLost: It is no longer ours.
            StopRequested: Somebody asked the run to stop. The lock is still ours.
        """
        ...

    def find_out(self) -> None:
        """
        Where nobody here knows whose the lock is, as its lease is over or the answer to a hand-over was lost: find out, and
        give it back if it is ours. `loss` says then whether somebody else has it, or has freed it.

        What goes wrong is logged, and leaves it unknown.
        """
        ...

    def condition(self) -> dict[str, Any]:
        """
        An entry of ``TransactItems`` that lets a transaction through only while the lock is ours.

        Raises:
            MigrationsError: This target has no transactions to fence.
        """
        ...


class Locking(Protocol):
    """The lock: one holder at a time."""

    def lock(self, wait: float = 0) -> AbstractContextManager[HeldLock]:
        """
        Hold the lock; waits for it at most *wait* seconds.

        Leaving the block with a lost lock logs a warning and raises nothing.

        Raises:
            LockHeld: Somebody else has it; says who.
            StateMissing: Nothing was created.
        """
        ...

    def take_up(self, run_id: str) -> AbstractContextManager[HeldLock]:
        """
        Hold the lock of a run that another process handed over, or died at.

        A holder that does not beat for one lease is dead. Leaving the block is as in `lock`.

        Raises:
            NothingToTakeUp: The run is over, was never handed over, or somebody else is at work on it.
            StateMissing: Nothing was created.
        """
        ...


class RunControl(Protocol):
    """What may be asked of whoever holds the lock."""

    def request_stop(self, reason: str, *, holder: str = "") -> None:
        """
        Ask whoever holds the lock to stop at its next step. Best effort.

        Args:
            holder: What its holder's words must have, so that nobody else's run is stopped; empty: whoever it is.
        """
        ...

    def request_pause(self) -> bool:
        """Ask whoever holds the lock to wait, until it is released; returns whether anybody does."""
        ...

    def request_resume(self) -> bool:
        """Take `request_pause` back; returns whether anybody holds the lock."""
        ...

    def request_rate(self, order: RateOrder | None) -> bool:
        """
        Have the backfill of whoever holds the lock go at another rate, for as long as *order* says; None: at its own
        again. Returns whether anybody holds the lock.
        """
        ...


class LockAdministration(Protocol):
    """What somebody who does not hold the lock may see and do about it."""

    def lock_status(self) -> LockStatus | None:
        """
        Who holds it; None: nobody.

        Raises:
            StateMissing: Nothing was created.
        """
        ...

    def free_waiting(self) -> None:
        """Free the lock where it waits for a process that takes its run up; one that is held stays held."""
        ...

    def unlock(self, *, force: bool = False) -> LockStatus | None:
        """
        Free the lock of a holder that is dead; with *force*, of any.

        Returns:
            Who held it; None: nobody did.

        Raises:
            LockHeld: Its holder may be alive, and *force* was not given.
        """
        ...
