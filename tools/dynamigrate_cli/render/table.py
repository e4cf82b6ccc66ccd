"""Rows and columns: aligned and colored in a terminal, plain and of the same columns in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..terminal import Terminal, clean

_GAP = "  "
# In a pipe every column has something, so that a program finds the next one.
_NOTHING = "-"


@dataclass(frozen=True)
class Cell:
    """One text, with the name of its style in a terminal."""

    text: str
    style: str = ""


@dataclass
class Table:
    """
    Rows below headings. The last column may be long: in a terminal it wraps, in a pipe it runs on.

    Attributes:
        right: Headings of columns whose texts stand to the right.
    """

    headings: Sequence[str]
    right: Sequence[str] = ()
    rows: list[Sequence[Cell | str]] = field(default_factory=list)

    def add(self, *cells: Cell | str) -> None:
        self.rows.append(cells)

    def show(self, terminal: Terminal) -> None:
        if terminal.is_terminal:
            self._show_rich(terminal)
        else:
            for line in self._lines():
                terminal.print(line)

    def _show_rich(self, terminal: Terminal) -> None:
        from rich.table import Table as RichTable
        from rich.text import Text

        shown = [number for number in range(len(self.headings)) if self._is_used(number)]
        table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="heading")
        for number in shown:
            last = number == shown[-1]
            table.add_column(
                self.headings[number],
                justify="right" if self.headings[number] in self.right else "left",
                no_wrap=not last,
                overflow="fold",
            )
        for row in self.rows:
            cells = [_cell(row[number]) for number in shown]
            table.add_row(*(Text(cell.text, style=cell.style) for cell in cells))
        terminal.out.print(table)

    def _is_used(self, number: int) -> bool:
        return any(_cell(row[number]).text for row in self.rows) or number == 0

    def _lines(self) -> list[str]:
        texts = [list(self.headings)] + [[_cell(one).text or _NOTHING for one in row] for row in self.rows]
        widths = [max(len(row[number]) for row in texts) for number in range(len(self.headings))]
        lines = []
        for row in texts:
            *padded, last = zip(row, widths, self.headings, strict=True)
            parts = [
                text.rjust(width) if heading in self.right else text.ljust(width) for text, width, heading in padded
            ]
            lines.append(_GAP.join([*parts, last[0]]).rstrip())
        return lines


def _cell(cell: Cell | str) -> Cell:
    text, style = (cell.text, cell.style) if isinstance(cell, Cell) else (cell, "")
    return Cell(clean(text).replace("\n", " "), style)
