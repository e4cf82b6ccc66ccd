"""What an item's `keys` and `items` give."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Set
from typing import Any, Protocol


class Noting(Protocol):
    """An item, as its views see it."""

    def _all(self) -> dict[str, Any]:
        """All of its values by their names; noted as read."""
        ...

    def __reversed__(self) -> Iterator[str]: ...


class Names(KeysView[str]):
    """
    As a dict's, but that the item is asked: what is looked for and not there is noted, too.

    ``"status" in item.keys()``, ``item.keys() & {"status"}`` and ``{"status"} <= item.keys()`` say what
    ``"status" in item`` says.
    """

    __slots__ = ()
    _mapping: Noting

    def __iter__(self) -> Iterator[str]:
        # Whoever makes a dict of an item asks for these first, and then for each value.
        return iter(self._mapping._all())

    def __ge__(self, other: Set[Any]) -> bool:
        # The size alone would tell that some are missing, but not which.
        return all(one in self for one in other) if isinstance(other, Set) else NotImplemented

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._mapping)

    def __repr__(self) -> str:
        return repr(self._mapping._all().keys())


class Pairs(ItemsView[str, Any]):
    """Names with their values, as a dict's, with the same noting."""

    __slots__ = ()
    _mapping: Noting

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self._mapping._all().items())

    def __ge__(self, other: Set[Any]) -> bool:
        return all(one in self for one in other) if isinstance(other, Set) else NotImplemented

    def __reversed__(self) -> Iterator[tuple[str, Any]]:
        return reversed(self._mapping._all().items())

    def __repr__(self) -> str:
        return repr(self._mapping._all().items())
