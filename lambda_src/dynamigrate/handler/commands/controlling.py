"""The commands for a run that is under way: ``pause``, ``resume``, ``cancel``."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import MigrationsError, StateMissing
from ...next_step import Command, NextStep
from .answers import AnswerObject, lock_view, succeeded
from .call import Call

_SOON = "A holder sees it with its next beat, within seconds."


class NothingRuns(MigrationsError):
    """Nobody holds the lock, so there is nobody to tell."""


def pause(call: Call) -> AnswerObject:
    """Have the backfill of the run that is under way wait."""
    return _marked(call, call.target.request_pause, f"{_SOON} A backfill waits before its next page; others go on.")


def resume(call: Call) -> AnswerObject:
    """Have a backfill that was paused go on."""
    return _marked(call, call.target.request_resume, _SOON)


def cancel(call: Call) -> AnswerObject:
    """Have the run that is under way stop at its next step: before a migration, or at a checkpoint."""

    def ask() -> bool:
        call.target.request_stop(f"cancelled by {call.run.actor}")
        status = call.target.lock_status()
        return status is not None and status.stop is not None

    note = f"{_SOON} It stops before its next migration or at its next checkpoint; what is done stays done."
    return _marked(call, ask, note)


def _marked(call: Call, mark: Callable[[], bool], note: str) -> AnswerObject:
    """
    Mark the lock, and answer with *note*.

    Raises:
        NothingRuns: Nobody holds the lock.
    """
    try:
        held = mark()
        status = call.target.lock_status() if held else None
    except StateMissing:
        held, status = False, None
    if not held:
        raise NothingRuns(
            "Nothing is running.",
            next_step=NextStep("Invoke ", Command("status"), " to see what there is. Nothing was done."),
        )
    return succeeded(lock=lock_view(status), note=note)
