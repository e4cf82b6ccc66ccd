"""Times, durations and amounts, in words that fit into a column."""

from __future__ import annotations

from dynamigrate.commands.text import words
from dynamigrate.commands.text.words import count, duration, number

__all__ = ["count", "dollars", "duration", "moment", "number", "percent"]


def moment(timestamp: object, *, exact: bool = False) -> str:
    """A moment in UTC: ``2026-11-24 09:12``, or *exact* as it is kept; empty for none."""
    return str(timestamp or "") if exact else words.moment(timestamp)


def dollars(amount: object) -> str:
    """``$12.50``, or as many digits as a small sum needs, in the words of an estimate; empty for none."""
    if not isinstance(amount, int | float):
        return ""
    if not amount or amount >= 0.01:
        return f"${amount:,.2f}"
    return f"${amount:.2g}" if amount >= 0.001 else "less than $0.001"


def percent(share: float) -> str:
    """``0.38 %``."""
    return f"{100 * share:.3g} %"
