"""Names of attributes, as authors write them: text, or members of an enum that are text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from itertools import islice
from typing import Any, Final

from ...error_text import safe_repr, type_name
from ..errors import Unwritable

# Many more than an item of 400 KB can have.
_MOST_NAMES: Final = 100_000


def plain(name: Any) -> Any:
    """
    *name* as mere text, if it is text.

    What a subclass of `str` looks like, and what it is equal to, is its own affair: the service gets its characters. So
    `Field.STATUS` of a ``(str, Enum)`` is the attribute that it stands for.
    """
    return str.__str__(name) if isinstance(name, str) else name


def plainly_named(values: Mapping[Any, Any]) -> Mapping[str, Any]:
    """
    *values* under mere text; the very mapping if it is so already.

    Raises:
        TypeError: A name is no text, or stands there twice.
    """
    for name in values:
        if type(name) is not str:
            return _renamed(values)
    return values


def attributes(values: Mapping[Any, Any]) -> Mapping[str, Any]:
    """
    As `plainly_named`.

    Raises:
        Unwritable: A name is none that an attribute can have.
    """
    for name in values:
        if type(name) is not str or not name:
            _check_names(values)
            return _renamed(values)
    return values


def listed(names: Iterable[Any]) -> tuple[str, ...]:
    """
    Each of *names* once, as mere text.

    Raises:
        Unwritable: It is one text, without end, or a name is none that an attribute can have.
    """
    if isinstance(names, str):
        raise Unwritable(f"remove={safe_repr(names)} is one text.", next_step="Give a list of names.")
    found = tuple(names if isinstance(names, Sized) else islice(names, _MOST_NAMES + 1))
    if len(found) > _MOST_NAMES and not isinstance(names, Sized):
        raise Unwritable(f"remove has more than {_MOST_NAMES:,} names, if it has an end.")
    _check_names(found)
    return tuple(dict.fromkeys([str.__str__(name) for name in found]))


def _check_names(names: Iterable[object]) -> None:
    for name in names:
        if not isinstance(name, str) or not str.__len__(name):
            raise Unwritable(f"{safe_repr(name)} is no name of an attribute.")


def _renamed(values: Mapping[Any, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for name, value in values.items():
        if not isinstance(name, str):
            raise TypeError(f"{safe_repr(name)} is a key of a map: DynamoDB has only text there.")
        text = str.__str__(name)
        if text in named:
            raise TypeError(f"{text!r} is there twice: as text, and as {type_name(name)}.")
        named[text] = value
    return named
