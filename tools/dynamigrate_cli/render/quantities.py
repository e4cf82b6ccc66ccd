"""Times, durations and amounts, in words that fit into a column."""

from __future__ import annotations


def moment(timestamp: object, *, exact: bool = False) -> str:
    """A moment in UTC: ``2026-11-24 09:12``, or *exact* as it is kept; empty for none."""
    text = str(timestamp or "")
    if exact or len(text) < 16:
        return text
    return f"{text[:10]} {text[11:16]}"


def duration(seconds: object) -> str:
    """``0.3 s``, ``42 s``, ``4 min 10 s``, ``1 h 05 min``; empty for none."""
    if not isinstance(seconds, int | float):
        return ""
    if isinstance(seconds, float) and seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"


def dollars(amount: object) -> str:
    """``$0.00``: what is under a cent is said so; empty for none."""
    if not isinstance(amount, int | float):
        return ""
    if 0 < amount < 0.01:
        return "under $0.01"
    return f"${amount:,.2f}"


def count(number: object, noun: str) -> str:
    """``1 item``, ``1,200 items``."""
    if not isinstance(number, int | float):
        return f"{number} {noun}s"
    amount = f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"
    return f"{amount} {noun}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """``0.38 %``."""
    return f"{100 * share:.3g} %"
