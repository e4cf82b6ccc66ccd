"""The JSON of a whole item that is written, made of the JSON that was read where that says the same."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from ...transport.json_text import scan_value
from ..values.codec import AttributeValue
from ..values.to_json import item_text, name_text
from .in_place import CHANGEABLE, is_untouched

# Of these, what transform was given is what it gives back, if it is the same object.
IMMUTABLE: Final = frozenset({str, Decimal, bool, type(None)})
# Where more is replaced, it takes less time to write all of it.
_MOST_CUTS: Final = 4
_UNREAD: Final = object()


def spliced(text: str, raw: Mapping[str, AttributeValue], read: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """
    The JSON of *whole*, as `item_text` has it but for the order and the spelling of what was read.

    Args:
        text: The JSON of the item *raw*; empty: it is not at hand.
        read: What transform was given of that item: values of *raw*, changed in place since or not.

    Raises:
        As `item_text`.
    """
    if not text:
        return item_text(whole)
    other: dict[str, Any] = {}
    kept = 0
    for name, value in whole.items():
        if read.get(name, _UNREAD) is value:
            kind = type(value)
            if kind in IMMUTABLE or (kind in CHANGEABLE and is_untouched(value, raw[name])):
                kept += 1
                continue
        other[name] = value
    if not kept:
        return item_text(whole)
    if kept != len(raw):
        gone = [name for name in raw if name not in whole or name in other]
        text = _without(text, gone)
        if not text:
            return item_text(whole)
    return f"{text[:-1]},{item_text(other)[1:]}" if other else text


def _without(text: str, names: list[str]) -> str:
    """The JSON *text* of an item without these of its attributes; empty: it can't be told where they stand."""
    if len(names) > _MOST_CUTS or "\\u" in text or "\\/" in text:
        return ""
    for name in names:
        key = name_text(name)
        begin = text.find(key)
        # Whether a name that stands there twice is that of an attribute, or inside of a map, is not looked into.
        if begin < 1 or "\\" in key or text.find(key, begin + 1) > 0 or text[begin - 1] not in "{,":
            return ""
        try:
            end = scan_value(text, begin + len(key))[1]
        except (StopIteration, ValueError, RecursionError):
            return ""
        if text[begin - 1] == ",":
            text = text[: begin - 1] + text[end:]
        elif text[end] == ",":
            text = text[:begin] + text[end + 1 :]
        else:
            return ""
    return text
