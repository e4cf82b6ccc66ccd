"""Items and keys in requests and answers of DynamoDB's: which one it is, and how large."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ..transport.item_size import item_size

Item = Mapping[str, Mapping[str, Any]]
# What tells an item from all others of its table.
Identity = tuple[Any, ...]
KB: Final = 1024
_READ_UNIT: Final = 4 * KB


def identity(keys: tuple[str, ...], item: Item) -> Identity | None:
    """Equal where two items are one, however the numbers of their keys are written; None: *item* has not all of *keys*."""
    parts = [item.get(name) for name in keys]
    return None if None in parts else tuple(_plain(part) for part in parts if part is not None)


def _plain(value: Mapping[str, Any]) -> Any:
    for kind, one in value.items():
        if kind == "N":
            try:
                return kind, Decimal(one).normalize()
            except InvalidOperation:
                return kind, one
        # The SDK's answers have bytes, its requests text in base64.
        return kind, b64encode(one).decode("ascii") if isinstance(one, bytes | bytearray) else one
    return None


def write_units(size: float) -> int:
    """By "Write operations" in the developer guide: one for each begun KB, one at least."""
    return max(-int(-size // KB), 1)


def read_units(size: float, *, consistent: bool) -> float:
    """Of one page or item: half a unit for each begun 4 KB, a whole one where it is read consistently."""
    return max(-int(-size // _READ_UNIT), 1) * (1.0 if consistent else 0.5)


def bytes_of(item: Item) -> int:
    """What the service counts for *item*; 0 where it is none."""
    try:
        return item_size(item)
    except (TypeError, AttributeError, ValueError):
        return 0


def table_name(given: Any) -> str:
    """The name in what a request has for a table: it takes ARNs as well."""
    text = str(given)
    return text.partition(":table/")[2].partition("/")[0] if text.startswith("arn:") else text
