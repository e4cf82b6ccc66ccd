"""What a transform returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final


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
