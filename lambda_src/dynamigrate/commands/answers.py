"""What manual commands answer, laid out to be read in the Lambda console: what matters most comes first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..clock import timestamp
from ..continuation import EXECUTION, Continuation
from ..contract.choices import Phase
from ..error_text import printable
from ..errors import RunError
from ..explanation import Explanation
from ..fleet import Fleet, FleetStatus
from ..launch import COMMAND as DETACHED
from ..outcome import Outcome
from ..rate_order import RateOrder
from ..records import Failure
from ..restore_point import RestorePoint
from ..targets.lock_status import LockStatus

AnswerObject = dict[str, Any]


def phase_view(phase: Phase | None) -> AnswerObject:
    """Of who runs what comes after the application; nothing of anybody else."""
    return {"phase": phase} if phase == "after" else {}


def succeeded(**content: object) -> AnswerObject:
    return laid_out({"ok": True, **content})


def failed(error: BaseException, explanation: Explanation, **content: object) -> AnswerObject:
    """
    The answer to a command that failed with *error*: type, message and next step of its *explanation*.

    A command in the next step stands beside it once more as an object, because the console shows the quotes of one
    inside a text escaped.
    """
    told: AnswerObject = {"type": explanation.type, "message": explanation.message, "next": explanation.next_step}
    if (command := explanation.next_step.command) is not None:
        told["command"] = command.event()
    done = outcome_view(error.outcome) if isinstance(error, RunError) else {}
    return laid_out({"ok": False, "error": told, **done, **content})


def outcome_view(outcome: Outcome) -> AnswerObject:
    return {
        "run_id": outcome.run_id,
        "applied": list(outcome.applied),
        "undone": list(outcome.undone),
        **({"failed": outcome.failed} if outcome.failed else {}),
        **({"running": list(outcome.running)} if outcome.running else {}),
        "pending": list(outcome.pending),
        **({"held": list(outcome.held)} if outcome.held else {}),
        "seconds": round(outcome.seconds, 3),
        **({"warnings": list(outcome.warnings)} if outcome.warnings else {}),
    }


def failure_view(failure: Failure) -> AnswerObject:
    return {"type": failure.type, "message": failure.message, "where": failure.where}


def restore_view(point: RestorePoint | None) -> AnswerObject:
    """The moment before the first write, and what brings the data back as it was; empty where there is none."""
    if point is None:
        return {}
    told: AnswerObject = {"at": point.at, "tables": dict(point.tables)}
    if point.commands and point.is_kept(time.time()):
        told |= {"works_from": point.works_from, "commands": list(point.commands)}
    return {"restore_point": told}


def lock_view(lock: LockStatus | None) -> AnswerObject:
    """The lock, all but its token, which is for its holder alone."""
    if lock is None:
        return {"held": False}
    if lock.foreign:
        return {"held": True, "holder": "another driver, whose entry has no lease and does not say who it is"}
    return {
        "held": True,
        "holder": lock.holder,
        "since": lock.acquired_at,
        "until": timestamp(lock.deadline_ms / 1000) if lock.deadline_ms else None,
        "request_id": lock.request_id,
        "run_id": lock.run_id,
        **({"goes_on": _slices_view(lock, lock.continuation)} if lock.continuation else {}),
        **({"rate": _rate_view(lock.rate)} if lock.rate and lock.rate.until > time.time() else {}),
        **({"paused": True} if lock.paused else {}),
        **({"asked_to_stop": lock.stop} if lock.stop else {}),
    }


def _slices_view(lock: LockStatus, continuation: Continuation) -> AnswerObject:
    """A run that goes on in the state machine."""
    return {
        "slice": continuation.slice + 1 if lock.waiting else continuation.slice,
        "began": timestamp(continuation.began),
        # A detached one's is a year away.
        **({} if continuation.run.command == DETACHED else {"ends_before": timestamp(continuation.ends)}),
        "execution": continuation.notes.get(EXECUTION),
        "command": continuation.run.command,
        **(
            {"fleet": _fleet_view(continuation.fleet, lock.fleet)}
            if lock.waiting and continuation.fleet and lock.fleet
            else {}
        ),
    }


def _fleet_view(fleet: Fleet, status: FleetStatus) -> AnswerObject:
    """The fleet that has a run."""
    return {
        "migration": fleet.migration,
        "workers": fleet.workers,
        "at_work": status.at_work(time.time()),
        **({} if status.width is None else {"wanted": status.width}),
        **({"failed": status.failure.told} if status.failure else {}),
    }


def _rate_view(order: RateOrder) -> AnswerObject:
    """A rate that somebody asked for."""
    return {
        **({} if order.read_units is None else {"read_units": order.read_units}),
        **({} if order.write_units is None else {"write_units": order.write_units}),
        "until": timestamp(order.until),
        "by": order.by,
    }


def laid_out(content: AnswerObject) -> AnswerObject:
    """*content* as plain JSON that can be sent: one text that is not valid Unicode would cost the whole answer."""
    result: AnswerObject = _plain(content)
    return result


def _plain(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case Mapping():
            return {printable(name): _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case _:
            return value
