"""Stages beside each other as the comment of a pull request, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dynamigrate.commands.states import counts

from .markdown import as_code, as_text, rows_of
from .render.quantities import count, moment
from .render.stages import UNKNOWN, lock_cell, what_next
from .stage_matrix import MatrixRow, differing, matrix
from .stages import Stage

# So that whoever posts it finds the one from before, and replaces it.
MARK: Final = "<!-- dynamigrate: stages -->"
_STATES: Final = ("applied", "pending", "held", "running", "dirty", "missing")
# GitHub takes 65,536 characters, and a row that is 1,000 long is a rare one.
_ROWS: Final = 50


def stages_comment(stages: Sequence[Stage], *, now: str) -> str:
    """
    Args:
        now: This moment in UTC, in the form of an answer's moments.
    """
    known = [stage for stage in stages if stage.is_known]
    rows = matrix([stage.status for stage in known])
    different = differing(rows)
    states = [state for state in _STATES if state == "applied" or any(counts(one.status).get(state) for one in known)]
    head = ["stage", "current", *states, "last run", "lock", "next"]
    parts = [
        MARK,
        f"## Migrations: {count(len(stages), 'stage')}",
        rows_of(head, [[*_row(stage, states, now)] for stage in stages]),
    ]
    if len(known) > 1 and different:
        parts += ["**Not applied everywhere**", _matrix(known, different[:_ROWS])]
        if more := len(different) - _ROWS:
            parts += [f"_And {count(more, 'older one')}._"] if more > 0 else []
    if len(known) > 1 and rows:
        parts.append(f"_{len(rows) - len(different):,} of {count(len(rows), 'migration')} applied in each of them._")
    return "\n\n".join(parts) + "\n"


def _row(stage: Stage, states: Sequence[str], now: str) -> Iterator[str]:
    yield f"**{as_text(stage.name)}**"
    if not stage.is_known:
        yield UNKNOWN
        yield from ("",) * (len(states) + 2)
        yield as_text(what_next(stage))
        return
    found, run = counts(stage.status), stage.status.get("last_run") or {}
    yield as_code(stage.status.get("current") or "")
    yield from (str(found.get(state, 0)) for state in states)
    yield as_text(f"{moment(run.get('started_at'))} {run.get('command') or ''} {run.get('result') or ''}".strip())
    yield lock_cell(stage.status, now).text
    yield as_code(what_next(stage))


def _matrix(stages: Sequence[Stage], different: Sequence[MatrixRow]) -> str:
    head = ["migration", *(as_text(stage.name) for stage in stages)]
    rows = [[f"{as_code(row.id)} {as_text(row.description)}".rstrip(), *map(as_text, row.states)] for row in different]
    return rows_of(head, rows)
