"""Bytes that DynamoDB counts for items and values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def size(raw: Mapping[str, Any]) -> int:
    """
    Bytes that DynamoDB counts for *raw*.

    By "DynamoDB item sizes and formats" in the developer guide; numbers come out a little too large. Binary is text in base64, or bytes as
    the SDK has them.
    """
    for kind, value in raw.items():
        match kind:
            case "S":
                return _bytes(value)
            case "N":
                return len(value) // 2 + 2
            case "B":
                return len(value) if isinstance(value, bytes) else len(value) * 3 // 4 - int(value.count("=", -2))
            case "SS" | "NS" | "BS":
                return sum(size({kind[0]: one}) for one in value)
            case "L":
                return 3 + sum(1 + size(one) for one in value)
            case "M":
                return 3 + sum(1 + _bytes(name) + size(one) for name, one in value.items())
    return 1


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes that DynamoDB counts for a whole item."""
    return sum(_bytes(name) + size(value) for name, value in item.items())


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
