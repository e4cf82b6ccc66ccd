"""A run that has no more time in this process, and goes on in another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .continuation import Continuation
from .error_text import describe_error
from .errors import HandedOver, LockLost, MigrationsError, RunUnfinished, StopRequested
from .next_step import Command, NextStep
from .records import Run
from .run_state import RunState
from .runtime import Runtime

if TYPE_CHECKING:
    from .targets import HeldLock

# In a row. A process that had to wait for the lock may have had no time for more.
_MOST_IDLE: Final = 2
_MOST_DEATHS: Final = 3
# Seconds: with less than this, a further process could do nothing but say that the time is up.
_LEAST_SECONDS: Final = 30.0


class Handover:
    """
    One run's side of it: what was before this process, and who goes on after it.

    Attributes:
        began: When the run began, here or elsewhere, in seconds since the epoch.
        applied: Ids that it had applied before this process.
    """

    def __init__(self, lock: HeldLock, runtime: Runtime, run: Run) -> None:
        self._lock = lock
        self._runtime = runtime
        self._run = run
        self._before = lock.continuation
        self.began = runtime.clock.time() if self._before is None else self._before.began
        self.applied = () if self._before is None else self._before.applied

    def check(self, run_state: RunState) -> None:
        """
        Raises:
            RunUnfinished: One process after the other died at it, so this one would too.
        """
        deaths = 0 if self._before is None else self._before.deaths
        if deaths >= _MOST_DEATHS:
            raise RunUnfinished(
                f"The run was given up: {deaths} processes died at it, one after the other.",
                next_step=NextStep(
                    "Look in the function's log for what they died of; then deploy again, or invoke ",
                    Command("migrate"),
                    ", and it goes on from its checkpoint.",
                ),
                outcome=run_state.outcome(),
            )

    def pass_on(self, unfinished: RunUnfinished, run_state: RunState) -> RunUnfinished:
        """
        Have another process go on, where there is one.

        Returns:
            The error to raise: `HandedOver`, or *unfinished* as it is, or with the reason why nobody goes on.

        Raises:
            LockLost: The lock is no longer ours.
        """
        runtime = self._runtime
        if runtime.continue_elsewhere is None:
            return unfinished
        continuation = self._continuation(run_state)
        if (why := self._why_not(continuation)) is None:
            try:
                where = runtime.continue_elsewhere(self._lock, continuation)
            except LockLost:
                raise
            except StopRequested as stop:
                why = stop.message
            except Exception as error:  # noqa: BLE001 - it is said in the error that ends the run
                why = error.message if isinstance(error, MigrationsError) else describe_error(error)
            else:
                return HandedOver(f"The run goes on in {where}.", outcome=unfinished.outcome)
        return RunUnfinished(
            f"{unfinished.message} It does not go on by itself: {why}",
            next_step=unfinished.next_step,
            outcome=unfinished.outcome,
            migration_id=unfinished.migration_id,
        )

    def _continuation(self, run_state: RunState) -> Continuation:
        outcome, before = run_state.outcome(), self._before
        return Continuation(
            run=self._run,
            began=self.began,
            ends=self._runtime.limit,
            slice=1 if before is None else before.slice,
            idle=0 if run_state.worked else 1 + (0 if before is None else before.idle),
            deaths=0 if before is None or run_state.worked else before.deaths,
            applied=outcome.applied,
            undone=outcome.undone,
            notes={} if before is None else before.notes,
        )

    def _why_not(self, continuation: Continuation) -> str | None:
        if continuation.idle > _MOST_IDLE:
            return (
                f"{continuation.idle} processes, one after the other, had no time to begin anything. Give the function "
                "more (timeout=)."
            )
        if self._runtime.limit - self._runtime.clock.time() < _LEAST_SECONDS:
            return "the time that a run may take in all is up (run_limit=)."
        return None
