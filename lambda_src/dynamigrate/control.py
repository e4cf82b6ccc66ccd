"""What an operator asks of a run that is under way, and of its lock: pause, resume, rate, workers, cancel, unlock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .clock import Clock, SystemClock
from .errors import InvalidSetting, NothingRuns, StateMissing
from .next_step import Command, NextStep
from .rate_order import RateOrder
from .recorder import RunRecorder
from .records import Run, RunResult
from .run_ids import new_run_id
from .targets.lock_status import LockStatus

if TYPE_CHECKING:
    from .targets import StateTarget


def pause(target: StateTarget) -> LockStatus:
    """
    Have the backfill of the run that is under way wait before its next page; its holder sees it with its next beat.

    Returns:
        The lock of that run.

    Raises:
        NothingRuns: Nobody holds the lock.
    """
    return _marked(target, target.request_pause)


def resume(target: StateTarget) -> LockStatus:
    """
    Have a paused backfill go on; otherwise as `pause`.

    Raises:
        NothingRuns: Nobody holds the lock.
    """
    return _marked(target, target.request_resume)


def rate(target: StateTarget, order: RateOrder | None) -> LockStatus:
    """
    Have the backfill of the run that is under way go at another rate, for as long as *order* says; None: at its own
    again. Its holder sees it with its next beat.

    Returns:
        The lock of that run.

    Raises:
        NothingRuns: Nobody holds the lock.
    """
    return _marked(target, lambda: target.request_rate(order))


def workers(target: StateTarget, count: int) -> LockStatus:
    """
    Have at most *count* workers of the fleet be at work that has the run. Those that are too many give their segments
    back within seconds; those that are wanted again begin within half a minute.

    Returns:
        The lock of that run.

    Raises:
        NothingRuns: Nobody holds the lock, or no fleet has the run.
        InvalidSetting: The fleet has fewer workers, or *count* is none.
    """
    status = _marked(target, lambda: True)
    fleet = None if status.continuation is None or status.fleet is None else status.continuation.fleet
    if fleet is None:
        raise NothingRuns(
            "No fleet is at work: the run that is under way goes on in one process.",
            next_step=NextStep("Invoke ", Command("status"), " to see what there is. Nothing was done."),
        )
    if not 1 <= count <= fleet.workers:
        raise InvalidSetting(
            f"A width of {count} is not possible: the fleet has {fleet.workers} workers.",
            next_step=NextStep(
                f"Give a number from 1 to {fleet.workers}; ",
                Command("pause"),
                " has all of them wait. Nothing was done.",
            ),
        )
    return _marked(target, lambda: target.request_width(count))


def cancel(target: StateTarget, *, by: str) -> LockStatus:
    """
    Have the run that is under way stop before its next migration or at its next checkpoint. What is done stays done.

    Args:
        by: Who asks, for the record.

    Raises:
        NothingRuns: Nobody holds the lock.
    """

    def ask() -> bool:
        target.request_stop(f"cancelled by {by}")
        status = target.lock_status()
        return status is not None and status.stop is not None

    return _marked(target, ask)


def unlock(
    target: StateTarget, *, force: bool = False, run: Run | None = None, clock: Clock | None = None
) -> LockStatus | None:
    """
    Free the lock of a holder that is dead; with *force*, of any. The history notes who did it.

    Returns:
        The lock as it was; None: nobody held it.

    Raises:
        LockHeld: Its holder may be alive, and *force* was not given.
    """
    recorder = RunRecorder(target, run or Run(id=new_run_id(), command="unlock"), clock or SystemClock())
    freed = target.unlock(force=force)
    if freed is not None:
        how = " by force" if force else ""
        recorder.record(RunResult.SUCCEEDED, note=f"The lock of {freed.holder or 'another driver'} was freed{how}.")
    return freed


def _marked(target: StateTarget, mark: Callable[[], bool]) -> LockStatus:
    try:
        status = target.lock_status() if mark() else None
    except StateMissing:
        status = None
    if status is None:
        raise NothingRuns(
            "Nothing is running.",
            next_step=NextStep("Invoke ", Command("status"), " to see what there is. Nothing was done."),
        )
    return status
