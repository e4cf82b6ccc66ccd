"""The answer to ``status``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dynamigrate.commands.states import UNDER_WAY, counts, under_way
from dynamigrate.commands.text.status import progress_text

from ..places import Answer
from ..terminal import Terminal
from ..wording import Wording
from .lock import lock_lines
from .quantities import duration, moment
from .table import Cell, Table
from .verification import found_in_words

_ORDER = ("applied", "pending", "held", "running", "dirty", "missing")


def show_status(terminal: Terminal, wording: Wording, answer: Answer) -> None:
    """How much is done; each migration; what is dirty or under way; the lock; and what to do next."""
    found = counts(answer)
    told = [f"{found[state]} {state}" for state in _ORDER if found.get(state)]
    phase = " (after the application)" if answer.get("phase") == "after" else ""
    terminal.say(f"{', '.join(told) or 'No migrations'}{phase}. {lock_lines(answer.get('lock', {}))[0]}", "heading")
    for line in lock_lines(answer.get("lock", {}))[1:]:
        terminal.say(line)
    if note := answer.get("note"):
        state = answer.get("state", {})
        terminal.say(f"{note} They would be {state.get('table_name')} and {state.get('lock_table_name')}.", "warning")
    if rows := answer.get("migrations"):
        terminal.say("")
        _table(terminal, rows, under_way(answer))
    for one in answer.get("dirty", ()):
        terminal.say("")
        _dirty(terminal, wording, one, advised=answer.get("next"))
    for one in answer.get("running", ()):
        terminal.say("")
        _running(terminal, wording, one)
    if warnings := answer.get("warnings"):
        terminal.say("")
        for warning in warnings:
            terminal.say(wording.text(warning), "warning")
    if application := answer.get("application"):
        version = f" {application['app_version']}" if application.get("app_version") else ""
        terminal.say(f"The application{version} was deployed at {moment(application['deployed_at'])} UTC.")
    if step := answer.get("next"):
        terminal.say("")
        terminal.say(f"Next: {wording.next_step(step)}", "command", whole=True)


def _table(terminal: Terminal, rows: list[dict[str, Any]], running: Collection[str]) -> None:
    table = Table(("ID", "STATE", "APPLIED (UTC)", "TOOK", "DESCRIPTION"), right=("TOOK",))
    exact = not terminal.is_terminal
    for row in rows:
        notes = _notes(row)
        # The Go driver keeps none of what it has applied.
        described = " ".join([*filter(None, [row.get("description")]), *([f"({'; '.join(notes)})"] if notes else [])])
        took = row.get("seconds")
        state = "running" if row["id"] in running else row["state"]
        table.add(
            Cell(row["id"]),
            Cell(state, state),
            moment(row.get("applied_at"), exact=exact),
            f"{took:.3f}" if exact and isinstance(took, int | float) else duration(took),
            described,
        )
    table.show(terminal)


def _notes(row: Mapping[str, Any]) -> list[str]:
    """What is out of the ordinary about one migration."""
    notes = []
    if row.get("phase") == "after":
        notes.append("after the application")
    if by := row.get("by"):
        notes.append(f"counts for {', '.join(by)}")
    if row.get("replaced_by"):
        notes.append(f"replaced by {row['replaced_by']}")
    notes += [flag for flag in ("changed", "another") if row.get(flag)]
    notes += [f"waits: {one}" for one in row.get("waits_for", ())]
    if row.get("ready_at"):
        notes.append(f"ready at {moment(row['ready_at'])} UTC")
    if verified := row.get("verified"):
        notes.append(found_in_words(verified))
    return notes


def _dirty(terminal: Terminal, wording: Wording, one: Mapping[str, Any], *, advised: object) -> None:
    what = "was being undone" if one.get("in") == "undo" else "began"
    began = f"{one['migration']} {what} at {moment(one.get('began'))} UTC, and is"
    if one["found"] == UNDER_WAY:
        terminal.say(f"{began} under way.", "running")
    else:
        terminal.say(f"{began} dirty: {one['found']}.", "dirty")
    if error := one.get("error"):
        where = f" ({error['where']})" if error.get("where") else ""
        told = ": ".join(one for one in (error["type"], error["message"]) if one)
        terminal.say(f"{told}{where}", indent=2)
    if progress := one.get("progress"):
        terminal.say(progress_text(progress), indent=2)
    # Without commands there is no way back: its tables are not recorded, or no longer.
    if commands := (point := one.get("restore_point") or {}).get("commands"):
        terminal.say(f"  Its tables can be restored to {moment(point['at'], exact=True)}:")
        for command in commands:
            terminal.say(f"    {command}", "command", whole=True)
    if one.get("next") != advised:
        terminal.say(f"  Next: {wording.next_step(one.get('next'))}", "command", whole=True)


def _running(terminal: Terminal, wording: Wording, one: Mapping[str, Any]) -> None:
    terminal.say(f"{one['migration']} goes on in a run of its own since {moment(one.get('began'))} UTC.", "running")
    if progress := one.get("progress"):
        terminal.say(progress_text(progress), indent=2)
    if one.get("done_about"):
        terminal.say(f"  It should be done about {moment(one['done_about'])} UTC.")
    terminal.say(f"  To stop it: {wording.next_step(one.get('cancel'))}", "command", whole=True)
