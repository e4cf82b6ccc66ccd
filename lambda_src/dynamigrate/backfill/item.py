"""The item that a transform gets."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any

from .codec import AttributeValue, decode, decode_all
from .errors import BackfillError


class Item(Mapping[str, Any]):
    """
    An item of a table, to be read like a dict.

    It notes which attributes were asked for, present or not: a write is made only while they are as they were. An
    attribute is decoded when it is first asked for. To change something, return an `Update`; ``{**item}``, ``dict(item)``
    and ``item | {...}`` make dicts of their own.

    Args:
        raw: As DynamoDB has it.
        known: The attributes that were read from the table at all; None: every one.
    """

    __slots__ = ("_known", "_noted", "_raw", "_values")

    def __init__(self, raw: dict[str, AttributeValue], known: frozenset[str] | None = None) -> None:
        self._raw = raw
        self._known = known
        self._noted: dict[str, None] = {}
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        values = self._values
        # Then it is noted, too.
        if name in values:
            return values[name]
        self._noted[name] = None
        raw = self._raw.get(name)
        if raw is None:
            self._require_known(name)
            raise KeyError(name)
        value = values[name] = decode(raw)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        if name in self._raw:
            return self[name]
        self._noted[name] = None
        self._require_known(name)
        return default

    def __contains__(self, name: object) -> bool:
        self._noted[name] = None  # type: ignore[index]
        if name in self._raw:
            return True
        self._require_known(name)
        return False

    def __iter__(self) -> Iterator[str]:
        self._note_all()
        return iter(self._raw)

    def keys(self) -> KeysView[str]:
        # Whoever makes a dict of it asks for these first, and then for each value.
        return self._all().keys()

    def values(self) -> ValuesView[Any]:
        return self._all().values()

    def items(self) -> ItemsView[str, Any]:
        return self._all().items()

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return self._all() | other if isinstance(other, dict) else NotImplemented

    def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return other | self._all() if isinstance(other, dict) else NotImplemented

    def __len__(self) -> int:
        self._note_all()
        return len(self._raw)

    def __bool__(self) -> bool:
        return True

    def __setitem__(self, name: str, value: Any) -> None:
        raise TypeError(f"The item can't be changed in place: return Update(set={{{name!r}: ...}}).")

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"The item can't be changed in place: return Update(remove=[{name!r}]).")

    def __repr__(self) -> str:
        """Everything, and none of it counts as read."""
        return f"Item({ {name: decode(value) for name, value in self._raw.items()} })"

    def _all(self) -> dict[str, Any]:
        values = self._values
        if len(values) != len(self._raw):
            decoded = decode_all(self._raw)
            # What was handed out before stays what it is.
            decoded.update(values)
            values = self._values = decoded
            self._note_all()
        return values

    def _note_all(self) -> None:
        names = dict.fromkeys(self._raw)
        if self._noted:
            self._noted.update(names)
        else:
            self._noted = names

    def _require_known(self, name: object) -> None:
        if self._known is not None and name not in self._known:
            raise BackfillError(
                f"The attribute {name!r} was not read from the table.",
                next_step="Name it in projection=, or scan an index that has it.",
            )
