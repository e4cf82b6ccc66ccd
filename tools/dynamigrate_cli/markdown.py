"""Texts of others in Markdown, as GitHub has it: nothing in them is read as anything else than words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Final

_LONGEST_TEXT: Final = 1_000
# Between the sign and the name, so that nobody is mentioned.
_NOBODY: Final = "\u200b"


def rows_of(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells are Markdown already."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def one_line(text: object) -> str:
    """*text* without what would end a line."""
    return re.sub(r"[\r\n\u2028\u2029]+", " ", str(text))


def as_code(text: object) -> str:
    """*text* as code, in a table as elsewhere."""
    line = one_line(text).replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{ticks}{space}{line}{space}{ticks}" if line else ""


def as_text(text: object) -> str:
    """*text* as it is read: nothing in it is Markdown or HTML, ends a cell of a table, or mentions anybody."""
    line = one_line(text)
    if len(line) > _LONGEST_TEXT:
        line = f"{line[:_LONGEST_TEXT]}…"
    escaped = re.sub(r"([\\`*_{}\[\]~|#!])", r"\\\1", line)
    return as_html(escaped)


def as_html(text: str) -> str:
    """*text* with nothing in it that is HTML, or that mentions anybody."""
    return html.escape(text, quote=False).replace("@", f"@{_NOBODY}")
