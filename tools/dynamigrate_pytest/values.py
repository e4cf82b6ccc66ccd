"""Attribute values in DynamoDB's own notation: from and to Python's, compared, and in words."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

Raw = dict[str, Any]

ABSENT: Final = object()
_serialize: Final = TypeSerializer().serialize
_deserialize: Final = TypeDeserializer().deserialize
_LONGEST: Final = 300


def to_raw(item: Mapping[str, Any]) -> Raw:
    """An item of Python's values; ints and Decimals are numbers, as boto3's resource has them."""
    return {name: _serialize(value) for name, value in item.items()}


def to_python(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The same the other way; numbers that are whole come out as int."""
    return {name: _plain(_deserialize(value)) for name, value in raw.items()}


def as_raw(key: Mapping[str, Any]) -> Raw:
    """A key as requests have it, in either notation: a resource's request has Python's values."""
    return {name: value if _is_raw(value) else _serialize(value) for name, value in key.items()}


def canonical(value: Any) -> Any:
    """
    What is equal for two values in DynamoDB's notation that the service would store as one: numbers by their value, sets in
    any order.
    """
    [(kind, content)] = value.items()
    match kind:
        case "N":
            return kind, Decimal(content)
        case "NS":
            return kind, frozenset(map(Decimal, content))
        case "SS" | "BS":
            return kind, frozenset(map(bytes, content) if kind == "BS" else content)
        case "L":
            return kind, tuple(map(canonical, content))
        case "M":
            return kind, frozenset((name, canonical(one)) for name, one in content.items())
        case "B":
            return kind, bytes(content)
        case _:
            return kind, content


def differing(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Paths (``total.cents``, ``lines[0]``) at which two values differ, and both values there, each maybe `ABSENT`."""
    if before is ABSENT or after is ABSENT:
        yield path, before, after
    elif canonical(before) != canonical(after):
        [(kind, old)], [(other, new)] = before.items(), after.items()
        if kind == other == "M":
            yield from differing_maps(old, new, path)
        elif kind == other == "L":
            for place in range(max(len(old), len(new))):
                old_one = old[place] if place < len(old) else ABSENT
                new_one = new[place] if place < len(new) else ABSENT
                yield from differing(old_one, new_one, f"{path}[{place}]")
        else:
            yield path, before, after


def differing_maps(
    before: Mapping[str, Any], after: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """The same of two items, or of what is in two maps."""
    for name in sorted({*before, *after}):
        yield from differing(before.get(name, ABSENT), after.get(name, ABSENT), f"{path}.{name}" if path else name)


def told(value: Any) -> str:
    """A value in DynamoDB's notation, or `ABSENT`, in words."""
    return "absent" if value is ABSENT else _short(_text(_plain(_deserialize(value))))


def told_item(raw: Mapping[str, Any]) -> str:
    """An item, or a key, in one line."""
    return _short(_text(to_python(raw)))


def _text(value: Any) -> str:
    return json.dumps(value, default=_told_other, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text):,} characters)"


def _told_other(value: Any) -> Any:
    match value:
        case Decimal():
            return float(value)
        case set() | frozenset():
            return sorted(value, key=str)
        case bytes() | bytearray():
            return b64encode(value).decode()
        case _:
            return str(value)


def _plain(value: Any) -> Any:
    match value:
        case Decimal() if value == value.to_integral_value() and value.adjusted() < 38:
            return int(value)
        case list():
            return [_plain(one) for one in value]
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case set():
            return {_plain(one) for one in value}
        case Binary():
            return bytes(value.value)  # type: ignore[attr-defined]
        case _:
            return value


def _is_raw(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in {"S", "N", "B"}
