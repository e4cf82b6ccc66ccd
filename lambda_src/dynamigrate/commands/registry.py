"""The manual commands: what there is, what each takes, and how one is carried out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..contract.commands import EXAMPLES
from ..log import duration_text, log_event
from ..records import Run
from . import controlling, looking, repairing, running, verifying
from .answers import AnswerObject, failed
from .arguments import Arguments, shown
from .call import Call
from .errors import ConfirmationNeeded, UnknownAction
from .front_door import FrontDoor


@dataclass(frozen=True, kw_only=True)
class ManualCommand:
    """
    One manual command.

    Attributes:
        does: What it does, in the imperative, for the help.
        example: An event that can be sent as it is.
        confirms: Whether it has to be confirmed whatever it would do. What a plan turns out to undo is asked about
            later.
    """

    does: str
    example: Mapping[str, object]
    carry_out: Callable[[Call], AnswerObject]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    confirms: Callable[[Arguments], bool] | None = None


def _always(arguments: Arguments) -> bool:
    return True


_ALL: Final = (
    ManualCommand(
        does="Show every migration and its state, the lock, and what to do next (with format: text as lines to read, as do "
        "plan and history).",
        example=EXAMPLES["status"],
        carry_out=looking.status,
        optional=("format",),
    ),
    ManualCommand(
        does="Show what migrate would do now (with migration: what to would do; with n: what step would do), and with "
        "check what the migrations' checks find; with dry_run what its functions would write.",
        example=EXAMPLES["plan"],
        carry_out=looking.plan,
        optional=("migration", "n", "check", "dry_run", "sample", "mask", "format"),
    ),
    ManualCommand(
        does="Show the newest runs that changed something or failed.",
        example=EXAMPLES["history"],
        carry_out=looking.history,
        optional=("n", "format"),
    ),
    ManualCommand(
        does="Run all that is pending.",
        example=EXAMPLES["migrate"],
        carry_out=running.migrate,
        optional=("wait",),
    ),
    ManualCommand(
        does="Run the next n pending ones; below 0: undo the last -n applied ones (confirm).",
        example=EXAMPLES["step"],
        carry_out=running.step,
        required=("n",),
        optional=("wait", "confirm"),
        confirms=lambda arguments: (arguments.n or 0) < 0,
    ),
    ManualCommand(
        does="Run what is pending up to a migration, or undo what is newer than it (confirm).",
        example=EXAMPLES["to"],
        carry_out=running.to,
        required=("migration",),
        optional=("wait", "confirm"),
    ),
    ManualCommand(
        does="Undo the newest applied one.",
        example=EXAMPLES["undo"],
        carry_out=running.undo,
        optional=("wait", "confirm"),
        confirms=_always,
    ),
    ManualCommand(
        does="Undo all that is applied.",
        example=EXAMPLES["rewind"],
        carry_out=running.rewind,
        optional=("wait", "confirm"),
        confirms=_always,
    ),
    ManualCommand(
        does="Undo all that is applied, then run all.",
        example=EXAMPLES["reset"],
        carry_out=running.reset,
        optional=("wait", "confirm"),
        confirms=_always,
    ),
    ManualCommand(
        does="Settle a dirty migration: as pending, it runs again; as applied, it counts as done.",
        example=EXAMPLES["repair"],
        carry_out=repairing.repair,
        required=("migration", "as"),
        optional=("wait", "confirm"),
        confirms=_always,
    ),
    ManualCommand(
        does="Count all migrations up to one as applied without running them, in an empty history.",
        example=EXAMPLES["baseline"],
        carry_out=repairing.baseline,
        required=("migration",),
        optional=("wait", "confirm"),
        confirms=_always,
    ),
    ManualCommand(
        does="Count what a backfill that has run would still change, of a sample or of all items; changes nothing.",
        example=EXAMPLES["verify"],
        carry_out=verifying.verify,
        required=("migration",),
        optional=("sample",),
    ),
    ManualCommand(
        does="Have the backfill of the run that is under way wait (with migration: that of a detached one).",
        example=EXAMPLES["pause"],
        carry_out=controlling.pause,
        optional=("migration",),
    ),
    ManualCommand(
        does="Have a backfill that waits go on.",
        example=EXAMPLES["resume"],
        carry_out=controlling.resume,
        optional=("migration",),
    ),
    ManualCommand(
        does="Have the backfill of the run that is under way go at another rate, for a while.",
        example=EXAMPLES["rate"],
        carry_out=controlling.rate,
        required=("for",),
        optional=("migration", "read_units", "write_units"),
    ),
    ManualCommand(
        does="Have fewer workers of a fleet be at work, or more of them again.",
        example=EXAMPLES["workers"],
        carry_out=controlling.workers,
        required=("n",),
        optional=("migration",),
    ),
    ManualCommand(
        does="Have the run that is under way stop at its next step; its deploy fails, and the next one goes on.",
        example=EXAMPLES["cancel"],
        carry_out=controlling.cancel,
        optional=("migration", "confirm"),
        confirms=_always,
    ),
    ManualCommand(
        does="Free the lock of a holder that is dead; with force, of any holder.",
        example=EXAMPLES["unlock"],
        carry_out=repairing.unlock,
        optional=("migration", "force", "confirm"),
        confirms=_always,
    ),
)
COMMANDS: Final[Mapping[str, ManualCommand]] = {str(command.example["action"]): command for command in _ALL}


def respond(event: object, door: FrontDoor) -> AnswerObject:
    """
    Carry out the command that *event* is, and say what came of it; anything else gets the list of commands.

    Never raises.
    """
    log = door.log
    try:
        action, command = _find(event)
    except UnknownAction as error:
        log_event(log, logging.INFO, "command.unknown", f"{error.message} Nothing was done.", error=error.message)
        return failed(error, door.explain(error), commands=_help())
    sentence = f"The command {action} begins ({door.actor})."
    log_event(log, logging.INFO, "run.started", sentence, command=action, actor=door.actor)
    try:
        call = _call(action, command, event, door)
        answer = command.carry_out(call)
        if call.arguments.format == "text":
            answer = _as_text(call, answer)
    except BaseException as error:  # noqa: BLE001 - a SystemExit would be a traceback to the caller too
        door.failed(error, action)
        return failed(error, door.explain(error))
    if "goes_on" in answer:
        # Its last slice says how it ended.
        return answer
    fields: dict[str, object] = {name: answer[name] for name in ("applied", "undone") if name in answer}
    log_event(
        log,
        logging.INFO,
        "run.finished",
        f"The command {action} succeeded after {duration_text(door.elapsed)}.",
        command=action,
        result="succeeded",
        **fields,
        seconds=door.elapsed,
    )
    return answer


def _find(event: object) -> tuple[str, ManualCommand]:
    """
    The command that *event* names, with its name.

    Raises:
        UnknownAction: *event* is no command.
    """
    if not isinstance(event, dict):
        raise _unknown(f"The event is {shown(event)}, and should be an object with an action.")
    if "action" not in event:
        raise _unknown("The event has no action.")
    action = event["action"]
    if not isinstance(action, str) or action not in COMMANDS:
        raise _unknown(f"There is no action {shown(action)}.")
    return action, COMMANDS[action]


def _unknown(message: str) -> UnknownAction:
    return UnknownAction(message, next_step="Nothing was done. Send one of the commands below.")


def _call(action: str, command: ManualCommand, event: Any, door: FrontDoor) -> Call:
    """
    The command, ready to be carried out.

    Raises:
        InvalidArgument, InvalidSetting: It can't be carried out as it was asked for.
        ConfirmationNeeded: It has to be confirmed, and is not.
    """
    arguments = Arguments.read(event, required=command.required, optional=command.optional, example=command.example)
    call = Call(
        event=event,
        arguments=arguments,
        run=Run(id=door.run_id, actor=door.actor, app_version=door.app_version, command=action),
        door=door,
    )
    if command.confirms and command.confirms(arguments) and not arguments.confirm:
        raise ConfirmationNeeded(
            f"{action} undoes or overrides: {command.does}", next_step=running.confirm_with(call.confirmed)
        )
    return call


def _as_text(call: Call, answer: AnswerObject) -> AnswerObject:
    # Here, because it is loaded for nothing else.
    from .text import as_text

    return as_text(call.event, answer)


def _help() -> list[AnswerObject]:
    return [{"does": command.does, "example": dict(command.example)} for command in _ALL]
