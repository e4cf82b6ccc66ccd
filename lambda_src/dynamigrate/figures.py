"""Numbers that a migration reports of its progress, as far as they can be kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any, Final

from .error_text import printable

# What a number in an item has room for.
_DIGITS: Final = Context(prec=38)
_LIMIT: Final = 10**126
_SMALLEST: Final = 1e-129
_MOST_FIGURES: Final = 100
_LONGEST_NAME: Final = 100


def number(value: Any) -> int | float | None:
    """
    *value* as a number that every target can keep, or None: it is none, or out of range.

    Fractions stay, whole numbers of any type become int; of very long ones the first 38 digits stay.
    """
    if type(value) is int:
        return _whole(value)
    if isinstance(value, str | bytes):
        return None
    try:
        if (index := getattr(type(value), "__index__", None)) is not None:
            return _whole(int(index(value)))
        if isinstance(value, Decimal) and value == value.to_integral_value():
            return _whole(int(value)) if value.adjusted() < 126 else None
        told = float(value)
    except Exception:  # noqa: BLE001 - whatever its class raises, and whatever is no number
        return None
    if not math.isfinite(told) or abs(told) >= _LIMIT:
        return None
    return told if abs(told) >= _SMALLEST else 0


def figures(given: Mapping[str, Any]) -> dict[str, int | float]:
    """Those of *given* that can be kept."""
    kept: dict[str, int | float] = {}
    for name, value in given.items():
        if len(kept) < _MOST_FIGURES and _is_name(name) and (told := number(value)) is not None:
            kept[str.__str__(name)] = told
    return kept


def _whole(value: int) -> int | None:
    if abs(value) >= _LIMIT:
        return None
    return int(_DIGITS.create_decimal(value)) if abs(value) >= 10**38 else value


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and printable(name) == name
