"""A part of an answer, read as if anything could be in it: another version's function may have given it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

_MOST: Final = 1e15


class Part:
    """
    An object of an answer. What is not there, or not what it should be, is empty.

    Args:
        value: What was given; anything but an object is an empty one.
    """

    def __init__(self, value: object = None) -> None:
        self._value: Mapping[Any, Any] = value if isinstance(value, Mapping) else {}

    def __bool__(self) -> bool:
        return bool(self._value)

    def has(self, name: str) -> bool:
        """Whether it is there, and not null."""
        return self._value.get(name) is not None

    def value(self, name: str) -> Any:
        """What is there, whatever it is."""
        return self._value.get(name)

    def text(self, name: str) -> str:
        """A text, or a number as a text."""
        value = self._value.get(name)
        if isinstance(value, bool):
            return ""
        return str(value) if isinstance(value, str | int | float) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; what is none is left out."""
        return tuple(one for one in self._list(name) if isinstance(one, str))

    def number(self, name: str) -> float | None:
        """A number that can be shown."""
        value = self._value.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        # An int of any length compares; it need not have a float.
        return float(value) if -_MOST < value < _MOST and math.isfinite(value) else None

    def flag(self, name: str) -> bool:
        return self._value.get(name) is True

    def part(self, name: str) -> Self:
        """An object in it."""
        return type(self)(self._value.get(name))

    def parts(self, name: str) -> tuple[Self, ...]:
        """A list of objects; what is none is left out."""
        return tuple(type(self)(one) for one in self._list(name) if isinstance(one, Mapping) and one)

    def numbers(self) -> dict[str, float]:
        """All numbers in it, by name."""
        found = {str(name): self.number(name) for name in self._value if isinstance(name, str)}
        return {name: one for name, one in found.items() if one is not None}

    def _list(self, name: str) -> Sequence[Any]:
        value = self._value.get(name)
        return value if isinstance(value, list | tuple) else ()
