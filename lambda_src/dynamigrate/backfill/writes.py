"""What a transform returns, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from ..error_text import error_message, safe_repr, type_name
from .errors import BackfillError
from .values.codec import encode

_MAPPING: Final = "a mapping of attribute to value"


class _Absent:
    """The value of an attribute that is not there, which is another thing than one that is NULL."""

    def __repr__(self) -> str:
        return "Update.ABSENT"


ABSENT: Final = _Absent()


# Not frozen, because one is built for every item, and freezing doubles what that costs.
@dataclass(slots=True)
class Update:
    """
    Change some attributes of the item that transform was given, and leave the others.

    It is written only if the item still exists and everything that transform read, set or removed is still as it was
    read. ``Update()`` alone writes nothing.

    Attributes:
        set: Attribute to value, as boto3's resource takes them. Names with dots are names, and no paths.
        remove: Names of attributes.
        when: Attribute to the value that it must have, or `Update.ABSENT`; an item for which that does not hold is
            left alone. Holds also where ``overwrite=True`` lifts the other conditions.
    """

    ABSENT: ClassVar[_Absent] = ABSENT

    set: Mapping[str, Any] = field(default_factory=dict)
    remove: Iterable[str] = ()
    when: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Put:
    """
    Write a whole item.

    With the key of the item that transform was given, it changes that item: what *item* has not is removed, and the
    write is guarded as an `Update` of all its attributes would be. Any other item is written over whatever is there; to
    write it only while the item that transform was given is as it was read, return it in a list.

    Attributes:
        item: Attribute to value.
        table: The logical or physical name of another table.
    """

    item: Mapping[str, Any]
    table: str | None = None


@dataclass(slots=True)
class Delete:
    """
    Delete the item that transform was given, if what transform read is still as it was; or another one, whatever it is.

    Attributes:
        key: Of another item: all of its key attributes, and nothing else.
        table: The logical or physical name of another table.
    """

    key: Mapping[str, Any] | None = None
    table: str | None = None


Write = Update | Put | Delete


def first_problem(result: object, error: BaseException) -> str:
    """
    The first part of *result* that can't be, in words, or else what *error* says, which it led to.

    Costs too much for good items.
    """
    # Looking at it may fail as the first look did.
    with suppress(Exception):
        if why := _what_is_wrong(result):
            return why
    said = error.message if isinstance(error, BackfillError) else error_message(error, cause=False)
    if said and isinstance(error, BackfillError | TypeError | ValueError | ArithmeticError):
        return said
    return f"{type_name(error)}: {said}".removesuffix(": ")


def _what_is_wrong(result: object) -> str:
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
