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


def in_words(
    migration: object, finding: Finding, start: Snapshot, case: Snapshot | None, *, hurried: bool = False
) -> str:
    """
    The text of a failed test.

    Args:
        start: The data that the test made.
        case: The least of it that shows the fault; None: it is about all of it.
        hurried: There was no time to find out whether less would do.
    """
    parts = [f"{migration}: {finding.what}"]
    if finding.details:
        parts.append("\n".join(f"  {line}" for line in brief(finding.details)))
    if case is not None:
        parts.append(_told(start, case, hurried=hurried))
    return "\n\n".join([*parts, finding.advice])


def _told(start: Snapshot, case: Snapshot, *, hurried: bool) -> str:
    lines = [
        f"  {name} {told_item(raw)}" for name, table in sorted(case.tables.items()) for raw in table.items.values()
    ]
    if not lines:
        return "It takes no item to show it."
    known = "A small case, and maybe not the smallest" if hurried else "The smallest case"
    return "\n".join([f"{known} that shows it, {len(lines)} of {len(start.items)} items:", *brief(lines)])


def brief(lines: Sequence[str]) -> list[str]:
    """The first of them, and how many more there are."""
    more = len(lines) - _MOST_LINES
    return list(lines) if more <= 0 else [*lines[:_MOST_LINES], f"  ... and {more} more"]
