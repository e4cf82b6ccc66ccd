"""The commands for a run that is under way: ``pause``, ``resume``, ``cancel``."""

from __future__ import annotations

from ... import control
from .answers import AnswerObject, lock_view, succeeded
from .call import Call

_SOON = "A holder sees it with its next beat, within seconds."


def pause(call: Call) -> AnswerObject:
    """Have the backfill of the run that is under way wait."""
    note = f"{_SOON} A backfill waits before its next page; others go on."
    return succeeded(lock=lock_view(control.pause(call.target)), note=note)


def resume(call: Call) -> AnswerObject:
    """Have a backfill that was paused go on."""
    return succeeded(lock=lock_view(control.resume(call.target)), note=_SOON)


def cancel(call: Call) -> AnswerObject:
    """Have the run that is under way stop at its next step: before a migration, or at a checkpoint."""
    note = f"{_SOON} It stops before its next migration or at its next checkpoint; what is done stays done."
    return succeeded(lock=lock_view(control.cancel(call.target, by=call.run.actor)), note=note)
