"""Rows and columns: aligned and colored in a terminal, plain and of the same columns in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..terminal import Terminal, clean

_GAP = "  "
# In a pipe every column has something, so that a program finds the next one.
_NOTHING = "-"
# Columns of a terminal in which words can still be read.
_LEAST = 16


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

    def fits(self, terminal: Terminal) -> bool:
        """Whether all columns have room beside each other, in the terminal that stdout is."""
        shown = self._shown()
        return self._room_for_the_last(shown, terminal.out.width) >= _LEAST

    def _shown(self) -> list[int]:
        return [number for number in range(len(self.headings)) if self._is_used(number)]

    def _show_rich(self, terminal: Terminal) -> None:
        from rich.table import Table as RichTable
        from rich.text import Text

        shown = self._shown()
        if not self.fits(terminal):
            self._show_narrow(terminal, shown)
            return
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

    def _room_for_the_last(self, shown: Sequence[int], width: int) -> int:
        """How many columns of the terminal are left for the last one; enough where it needs no more."""
        left = width - sum(self._width(number) + len(_GAP) for number in shown[:-1])
        return _LEAST if self._width(shown[-1]) <= left else left

    def _width(self, number: int) -> int:
        return max(len(self.headings[number]), *(len(_cell(row[number]).text) for row in self.rows))

    def _show_narrow(self, terminal: Terminal, shown: Sequence[int]) -> None:
        """The last column below the others, as there is no room beside them."""
        from rich.text import Text

        *before, last = shown
        for row in self.rows:
            line = Text()
            for number in before:
                cell, width = _cell(row[number]), self._width(number)
                right = self.headings[number] in self.right
                line.append(cell.text.rjust(width) if right else cell.text.ljust(width), style=cell.style)
                line.append(_GAP)
            line.rstrip()
            terminal.say(line)
            terminal.say(_cell(row[last]).text, indent=2)

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
