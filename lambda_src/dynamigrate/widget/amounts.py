"""Durations, counts and sums of money, in few words."""

from __future__ import annotations

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def duration(seconds: float | None, *, rough: bool = False) -> str:
    """
    ``0.3 s``, ``42 s``, ``4 min 10 s``, ``1 h 05 min``, ``3 days``; *rough*, the largest unit alone. Empty for none.
    """
    if seconds is None or seconds < 0:
        return ""
    if seconds < 10 and not rough:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        minutes, rest = divmod(whole, _MINUTE)
        return f"{minutes} min" if rough or not rest else f"{minutes} min {rest:02} s"
    if whole < 2 * _DAY:
        hours, rest = divmod(whole // _MINUTE, 60)
        return f"{hours} h" if rough or not rest else f"{hours} h {rest:02} min"
    return f"{whole // _DAY:,} days"


def number(amount: float) -> str:
    """``1,200``; one digit of what is small and no whole number."""
    return f"{amount:,.0f}" if float(amount).is_integer() or abs(amount) >= 100 else f"{amount:,.1f}"


def dollars(amount: float) -> str:
    """``$12.50``; of what is less than a cent, that."""
    return "less than $0.01" if 0 < amount < 0.01 else f"${amount:,.2f}"


def count(amount: int, noun: str, plural: str = "") -> str:
    """``1 migration``, ``12 migrations``."""
    return f"{amount:,} {noun if amount == 1 else plural or f'{noun}s'}"


def percent(share: float) -> str:
    """``64 %`` of 0.64; what is not all of it is never told as all."""
    if share >= 1:
        return "100 %"
    return (
        f"{min(max(share, 0) * 100, 99.9):.1f} %"
        if share > 0.99 or 0 < share < 0.01
        else f"{max(share, 0):.0%}".replace("%", " %")
    )
