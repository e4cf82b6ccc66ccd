"""Which part of what a transform returned is no good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from ..error_text import error_message, safe_repr, type_name
from .errors import BackfillError
from .values.codec import encode
from .writes import ABSENT, Delete, Put, Update

_MAPPING = "a mapping of attribute to value"


def first_problem(result: object, error: BaseException) -> str:
    """
    The first part of *result* that can't be, in words, or else what *error* says, which it led to.

    Costs too much for good items.
    """
    # Looking at it may fail as the first look did.
    with suppress(Exception):
        if why := _first_misfit(result):
            return why
    said = error.message if isinstance(error, BackfillError) else error_message(error, cause=False)
    if said and isinstance(error, BackfillError | TypeError | ValueError | ArithmeticError):
        return said
    return f"{type_name(error)}: {said}".removesuffix(": ")


def _first_misfit(result: object) -> str:
    for write in result if isinstance(result, list | tuple) else (result,):
        for name, value, kinds, expected in _parts(write):
            if not isinstance(value, kinds):
                return f"{name}={safe_repr(value, 200)} is not {expected}."
            if isinstance(value, Mapping):
                for attribute, one in value.items():
                    if not (one is ABSENT and name == "when") and (why := _why_not(one)):
                        return f"the attribute {safe_repr(attribute)}: {why}"
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
    except RecursionError:
        return "it is nested too deeply, or holds itself."
    except Exception as error:  # noqa: BLE001 - a value may have code of its own
        return error_message(error, cause=False) or f"a {type_name(value)}, which raises {type_name(error)}."
    return ""
