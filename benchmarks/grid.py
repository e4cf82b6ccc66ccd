"""Tables in Markdown, aligned so that they can be read as they are, and the figures in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

TIMES: Final = "\N{MULTIPLICATION SIGN}"


def times(ratio: float) -> str:
    """A ratio, to three digits or so."""
    return f"{ratio:.1f}{TIMES}" if ratio >= 9.995 else f"{ratio:.2f}{TIMES}"


def grid(headers: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """A table; all columns but the first *left* ones hold figures, and are aligned to the right."""
    widths = [max(3, *(len(row[column]) for row in [headers, *rows])) for column in range(len(headers))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = ["-" * width if column < left else f"{'-' * (width - 1)}:" for column, width in enumerate(widths)]
    return "\n".join([line(headers), line(rule), *map(line, rows)])
