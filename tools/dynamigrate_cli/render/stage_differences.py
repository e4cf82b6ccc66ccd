"""Where stages differ: a row for each migration that is not applied in all of them, a column for each stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..stage_matrix import ABSENT, MatrixRow, differing, matrix
from ..stages import Stage
from ..terminal import Terminal
from .quantities import count
from .table import Cell, Table

# Rows that a person is shown.
_SHOWN: Final = 20


def show_differences(terminal: Terminal, stages: Sequence[Stage]) -> None:
    """Below a heading of its own; of stages that are known, where there are two."""
    known = [stage for stage in stages if stage.is_known]
    if len(known) < 2:
        return
    names = [stage.name for stage in known]
    rows = matrix([stage.status for stage in known])
    different = differing(rows)
    terminal.say("")
    if not different:
        # An empty matrix says so, too.
        terminal.say(f"{_all(len(rows))} applied in {_each(names)}." if rows else "No migrations.", "applied")
        return
    terminal.say(f"Not applied in {_each(names)}, the newest first:", "heading")
    shown = different[:_SHOWN] if terminal.is_terminal else different
    _show(terminal, names, shown)
    for line in _left(len(different) - len(shown), len(rows) - len(different)):
        terminal.say(line)


def _show(terminal: Terminal, names: Sequence[str], rows: Sequence[MatrixRow]) -> None:
    table = Table(("ID", *names, "DESCRIPTION"))
    for row in rows:
        table.add(
            row.id, *(Cell(state, "quiet" if state == ABSENT else state) for state in row.states), row.description
        )
    if not terminal.is_terminal or table.fits(terminal):
        table.show(terminal)
        return
    for row in rows:
        terminal.say(f"{row.id} {row.description}".rstrip())
        states = dict.fromkeys(row.states)
        told = [f"{state} in {', '.join(_where(names, row, state))}" for state in states]
        terminal.say("; ".join(told), indent=2)


def _where(names: Sequence[str], row: MatrixRow, state: str) -> list[str]:
    return [name for name, one in zip(names, row.states, strict=True) if one == state]


def _left(hidden: int, applied: int) -> list[str]:
    """What is not in the matrix."""
    lines = [f"And {count(hidden, 'older one')}, which --json has."] if hidden else []
    return [*lines, f"{_all(applied, more=True)} applied everywhere."] if applied else lines


def _all(number: int, *, more: bool = False) -> str:
    if more:
        return f"{number:,} more {'is' if number == 1 else 'are'}"
    return "The one migration is" if number == 1 else f"All {number:,} migrations are"


def _each(names: Sequence[str]) -> str:
    return f"both {' and '.join(names)}" if len(names) == 2 else f"all of {', '.join(names)}"
