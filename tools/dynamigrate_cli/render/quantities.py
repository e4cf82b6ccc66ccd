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
    """``$12.50``, or as many digits as a small sum needs, in the words of an estimate; empty for none."""
    if not isinstance(amount, int | float):
        return ""
    if not amount or amount >= 0.01:
        return f"${amount:,.2f}"
    return f"${amount:.2g}" if amount >= 0.001 else "less than $0.001"


def number(amount: float) -> str:
    """``1,200``, or one digit of what is no whole number."""
    return f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.1f}"


def count(amount: object, noun: str) -> str:
    """``1 item``, ``1,200 items``."""
    told = number(amount) if isinstance(amount, int | float) else amount
    return f"{told} {noun}{'' if amount == 1 else 's'}"


def percent(share: float) -> str:
    """``0.38 %``."""
    return f"{100 * share:.3g} %"
