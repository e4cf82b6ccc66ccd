"""Which part of what a transform returned is no good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .codec import encode
from .writes import ABSENT, Delete, Put, Update

_MAPPING = "a mapping of attribute to value"


def misfit(result: object) -> str:
    """The first part of *result* that can't be, in words; empty: none is known to be. Costs too much for good items."""
    for write in result if isinstance(result, list | tuple) else (result,):
        for name, value, kinds, expected in _parts(write):
            if not isinstance(value, kinds):
                return f"{name}={value!r:.200} is not {expected}."
            if isinstance(value, Mapping):
                for attribute, one in value.items():
                    if not (one is ABSENT and name == "when") and (why := _why_not(one)):
                        return f"the attribute {attribute!r}: {why}"
    return ""


def _parts(write: object) -> Iterator[tuple[str, object, Any, str]]:
    """Name and value of each part, what it has to be, and that in words."""
    if isinstance(write, Update):
        yield "set", write.set, Mapping, _MAPPING
        yield "remove", write.remove, Iterable, "a list of names"
        yield "when", write.when, Mapping, _MAPPING
    elif isinstance(write, Put):
        yield "item", write.item, Mapping, _MAPPING
    elif isinstance(write, Delete) and write.key is not None:
        yield "key", write.key, Mapping, _MAPPING
    if isinstance(write, Put | Delete) and write.table is not None:
        yield "table", write.table, str, "the name of a table"


def _why_not(value: object) -> str:
    try:
        encode(value)
    except (TypeError, ArithmeticError) as error:
        return str(error)
    return ""
