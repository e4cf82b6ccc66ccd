"""Stages beside each other: a row for each, what to do in it, and below that where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dynamigrate.commands.states import counts

from ..stages import Stage
from ..terminal import Terminal
from .lock import lock_lines
from .quantities import moment
from .stage_differences import show_differences
from .table import Cell, Table

_STATES: Final = ("applied", "pending", "held", "running", "dirty", "missing")
_RESULTS: Final = {"succeeded": "applied", "failed": "dirty", "unfinished": "pending", "refused": "pending"}
# The usual command of a run, which goes without saying.
_USUAL: Final = "migrate"
UNKNOWN: Final = "not known"


def show_stages(terminal: Terminal, stages: Sequence[Stage], *, now: str) -> None:
    """
    Args:
        now: This moment in UTC, in the form of an answer's moments.
    """
    for_people = terminal.is_terminal
    table = _table(stages, now, for_people=for_people)
    if for_people and not table.fits(terminal):
        for stage in stages:
            terminal.say(stage.name, "heading")
            terminal.say("; ".join(_in_words(stage, now)), indent=2)
    else:
        table.show(terminal)
    if for_people:
        for stage in stages:
            _rest(terminal, stage)
    show_differences(terminal, stages)


def _table(stages: Sequence[Stage], now: str, *, for_people: bool) -> Table:
    """In a pipe the last column has what to do, which stands below the table for a person."""
    states = tuple(state.upper() for state in _STATES)
    more = () if for_people else ("NEXT",)
    table = Table(
        ("STAGE", "CURRENT", *states, "LAST RUN (UTC)", "COMMAND", "RESULT", "LOCK", *more),
        right=states,
    )
    for stage in stages:
        cells = _known(stage, now, for_people=for_people) if stage.is_known else _unknown()
        table.add(Cell(stage.name, "heading"), *cells, *((what_next(stage),) if more else ()))
    return table


def _known(stage: Stage, now: str, *, for_people: bool) -> Iterator[Cell | str]:
    found, run = counts(stage.status), stage.status.get("last_run") or {}
    yield str(stage.status.get("current") or "")
    for state in _STATES:
        number = found.get(state, 0)
        # Zeros would hide from a person what is none.
        yield Cell("" if for_people and not number and state != "applied" else str(number), state)
    command, result = str(run.get("command") or ""), str(run.get("result") or "")
    yield moment(run.get("started_at"), exact=not for_people)
    yield "" if for_people and command == _USUAL else command
    yield Cell(result, _RESULTS.get(result, ""))
    yield lock_cell(stage.status, now)


def _unknown() -> Iterator[Cell | str]:
    yield Cell(UNKNOWN, "error")
    yield from ("",) * (len(_STATES) + 4)


def lock_cell(status: Mapping[str, Any], now: str) -> Cell:
    """Whether somebody holds the lock, and whether that should have ended."""
    lock = status.get("lock") or {}
    if not lock.get("held"):
        return Cell("free")
    if lock.get("until") and str(lock["until"]) < now:
        return Cell("overdue", "dirty")
    return Cell("held", "running")


def what_next(stage: Stage) -> str:
    """The command to run next, or why the stage is not known; empty: there is nothing to do."""
    if stage.is_known:
        return stage.session.wording.next_step(stage.status.get("next"))
    return " ".join(filter(None, _error(stage)))


def _error(stage: Stage) -> tuple[str, str]:
    error, wording = stage.status.get("error") or {}, stage.session.wording
    message = wording.text(str(error.get("message") or "")) or "It failed, and said no more."
    step = wording.next_step(error.get("next"))
    return message, step[:1].upper() + step[1:]


def _in_words(stage: Stage, now: str) -> Iterator[str]:
    """One row, where there is no room for a table."""
    if not stage.is_known:
        yield UNKNOWN
        return
    found, run = counts(stage.status), stage.status.get("last_run") or {}
    yield ", ".join(f"{found[state]} {state}" for state in _STATES if found.get(state)) or "no migrations"
    if current := stage.status.get("current"):
        yield f"current {current}"
    if run:
        yield f"last run {moment(run.get('started_at'))} UTC: {run.get('command')} {run.get('result')}"
    yield f"lock {lock_cell(stage.status, now).text}"


def _rest(terminal: Terminal, stage: Stage) -> None:
    """Who holds the lock, and what to do; nothing of a stage that is well."""
    lock, step = stage.status.get("lock") or {}, what_next(stage)
    if not stage.is_known:
        message, advice = _error(stage)
        terminal.say("")
        terminal.say(f"{stage.name} is not known: {message}", "error")
        if advice:
            terminal.say(advice, indent=2)
        return
    if not (lock.get("held") or step):
        return
    terminal.say("")
    for line in lock_lines(lock) if lock.get("held") else ():
        terminal.say(f"{stage.name}: {line}")
    if step:
        terminal.say(f"Next in {stage.name}: {step}", "command", whole=True)
