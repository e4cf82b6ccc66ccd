"""What is wrong with a migration, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .snapshot import Snapshot
from .values import told_item

_MOST_LINES = 12


@dataclass(frozen=True, kw_only=True)
class Finding:
    """
    Attributes:
        kind: The same for two findings of one fault.
        what: What happened, as a sentence.
        details: More of it, a line each.
        advice: What to do about it.
    """

    kind: str
    what: str
    details: Sequence[str] = field(default_factory=tuple)
    advice: str


def in_words(migration: object, finding: Finding, start: Snapshot, case: Snapshot, *, hurried: bool = False) -> str:
    """
    The text of a failed test.

    Args:
        start: The data that the test made.
        case: The least of it that shows the fault.
        hurried: There was no time to find out whether less would do.
    """
    lines = [f"{migration}: {finding.what}", "", *(f"  {line}" for line in brief(finding.details)), ""]
    shown = [
        f"  {name} {told_item(raw)}" for name, table in sorted(case.tables.items()) for raw in table.items.values()
    ]
    count, of = len(case.items), len(start.items)
    known = "A small case, and maybe not the smallest" if hurried else "The smallest case"
    lines += [f"{known} that shows it, {count} of {of} items:" if shown else "It takes no item to show it."]
    lines += [*brief(shown), "", finding.advice]
    return "\n".join(lines)


def brief(lines: Sequence[str]) -> list[str]:
    """The first of them, and how many more there are."""
    more = len(lines) - _MOST_LINES
    return list(lines) if more <= 0 else [*lines[:_MOST_LINES], f"  ... and {more} more"]
