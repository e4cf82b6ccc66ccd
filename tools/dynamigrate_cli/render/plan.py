"""The answer to ``plan``."""

from __future__ import annotations

from dynamigrate.commands.text.plan import action_notes

from ..places import Answer
from ..terminal import Terminal
from ..wording import Wording
from .dry_run import show_dry_run
from .quantities import duration, moment
from .table import Cell, Table

_STYLES = {"do": "pending", "undo": "dirty"}


def show_plan(terminal: Terminal, wording: Wording, answer: Answer) -> None:
    """What would be done, in order; what that costs; and what the checks found."""
    actions = answer.get("actions", [])
    if not actions:
        terminal.say("There is nothing to do.", "applied")
    else:
        table = Table(("ACTION", "ID", "DESCRIPTION"))
        for action in actions:
            notes = action_notes(action)
            described = f"{action['description']} ({'; '.join(notes)})" if notes else action["description"]
            table.add(Cell(action["action"], _STYLES.get(action["action"], "")), action["migration"], described)
        table.show(terminal)
    for action in actions:
        if note := (action.get("cost") or {}).get("note"):
            terminal.say(f"{action['migration']}: {note}")
    for action in actions:
        if dry_run := action.get("dry_run"):
            show_dry_run(terminal, action, dry_run)
    _show_rest(terminal, wording, answer)


def _show_rest(terminal: Terminal, wording: Wording, answer: Answer) -> None:
    for one in answer.get("held", ()):
        ready = f", ready at {moment(one['ready_at'])} UTC" if one.get("ready_at") else ""
        terminal.say(f"{one['migration']} would be passed over: {'; '.join(one.get('waits_for', ()))}{ready}.", "held")
    for check in answer.get("checks", ()):
        if check["passed"]:
            terminal.say(f"The check of {check['migration']} passed in {duration(check['seconds'])}.", "applied")
        else:
            error = check["error"]
            terminal.say(f"The check of {check['migration']} failed: {error['type']}: {error['message']}", "dirty")
    if answer.get("note"):
        terminal.say(wording.text(str(answer["note"])), "warning")
    for warning in answer.get("warnings", ()):
        terminal.say(wording.text(warning), "warning")
    planned = {one["migration"] for one in (*answer.get("actions", ()), *answer.get("held", ()))}
    if rest := [one for one in answer.get("pending", ()) if one not in planned]:
        terminal.say(f"Pending beside these: {', '.join(rest)}.")
