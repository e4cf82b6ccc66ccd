"""
Attributes of items, in DynamoDB's own notation, read as what they should be.

Whoever wrote an item (older code, newer code, a person), reading it raises nothing: an attribute of another type is
None.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import Any, Final

# No number in an item has more; what came from elsewhere is not worked on for minutes.
_LONGEST_NUMBER: Final = 200


def value_of(item: Mapping[str, Any], name: str, kind: str) -> Any:
    """The attribute's value, if it is of that type."""
    attribute = item.get(name)
    if type(attribute) is dict or isinstance(attribute, Mapping):
        return attribute.get(kind)
    return None


def text_of(item: Mapping[str, Any], name: str) -> str | None:
    value = value_of(item, name, "S")
    return value if isinstance(value, str) else None


def texts_of(item: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The texts in a list; anything else in it is left out."""
    values = value_of(item, name, "L")
    if not isinstance(values, list):
        return ()
    found = [value_of({name: one}, name, "S") for one in values]
    return tuple(one for one in found if isinstance(one, str))


def number_of(item: Mapping[str, Any], name: str) -> int | float | None:
    value = value_of(item, name, "N")
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return None
    try:
        number = Decimal(value)
        if not number.is_finite() or number.adjusted() > _LONGEST_NUMBER:
            return None
        return int(number) if number == number.to_integral_value() else float(number)
    except (DecimalException, ValueError, OverflowError):
        return None


def whole_of(item: Mapping[str, Any], name: str) -> int | None:
    number = number_of(item, name)
    return None if number is None else int(number)


def count_of(item: Mapping[str, Any], name: str, *, most: int) -> int | None:
    """A whole number from 0 to *most*."""
    number = number_of(item, name)
    return number if isinstance(number, int) and 0 <= number <= most else None


def map_of(item: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    value = value_of(item, name, "M")
    return value if isinstance(value, Mapping) else None


def json_of(item: Mapping[str, Any], name: str) -> Any:
    """What the text says as JSON; None also where it says nothing."""
    text = text_of(item, name)
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def storable(text: str) -> str:
    """*text* as UTF-8 can say it."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
