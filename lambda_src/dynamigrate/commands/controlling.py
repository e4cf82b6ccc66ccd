"""The commands for a run that is under way: ``pause``, ``resume``, ``rate``, ``workers``, ``cancel``."""

from __future__ import annotations

import time

from .. import control
from ..errors import NothingRuns
from ..next_step import Command, NextStep
from ..rate_order import RateOrder
from ..targets import StateTarget
from .answers import AnswerObject, lock_view, succeeded
from .call import Call
from .errors import InvalidArgument

_SOON = "A holder sees it with its next beat, within seconds."


def _target(call: Call) -> StateTarget:
    """
    Of the run that is asked: of a detached migration's own, where one is named.

    Raises:
        NothingRuns: It is not running.
    """
    if not (migration := call.arguments.migration):
        return call.target
    own = call.target.detached(migration)
    if own.lock_status() is None:
        raise NothingRuns(
            f"{migration} is not running in a run of its own.",
            next_step=NextStep("Invoke ", Command("status"), " to see what is. Nothing was done."),
        )
    return own


def pause(call: Call) -> AnswerObject:
    """Have the backfill of the run that is under way wait."""
    note = f"{_SOON} A backfill waits before its next page; others go on."
    return succeeded(lock=lock_view(control.pause(_target(call))), note=note)


def resume(call: Call) -> AnswerObject:
    """Have a backfill that was paused go on."""
    return succeeded(lock=lock_view(control.resume(_target(call))), note=_SOON)


def rate(call: Call) -> AnswerObject:
    """Have the backfill of the run that is under way go at another rate, for a while."""
    arguments = call.arguments
    if not arguments.lasting:
        lock = control.rate(_target(call), None)
        return succeeded(lock=lock_view(lock), note=f"{_SOON} The backfill's own rate holds again then.")
    if arguments.read_units is None and arguments.write_units is None:
        raise InvalidArgument(
            "rate: neither read_units nor write_units is given.",
            next_step=NextStep("For example ", Command("rate", {"write_units": 500, "for": "90m"}), "."),
        )
    order = RateOrder(
        read_units=arguments.read_units,
        write_units=arguments.write_units,
        until=time.time() + arguments.lasting,
        by=call.run.actor,
    )
    note = f"{_SOON} A backfill goes at that rate then; it ends by itself, and a run that begins later has its own."
    return succeeded(lock=lock_view(control.rate(_target(call), order)), note=note)


def workers(call: Call) -> AnswerObject:
    """Have fewer workers of a fleet be at work, or more of them again."""
    count = call.arguments.n
    if count is None:
        raise InvalidArgument(
            "workers: n is not given.", next_step=NextStep("For example ", Command("workers", {"n": 2}), ".")
        )
    lock = control.workers(_target(call), count)
    note = (
        "Workers see it within seconds: those that are too many give their segments back. Those that are wanted again "
        "begin within half a minute."
    )
    return succeeded(lock=lock_view(lock), note=note)


def cancel(call: Call) -> AnswerObject:
    """Have the run that is under way stop at its next step: before a migration, or at a checkpoint."""
    note = f"{_SOON} It stops before its next migration or at its next checkpoint; what is done stays done."
    return succeeded(lock=lock_view(control.cancel(_target(call), by=call.run.actor)), note=note)
