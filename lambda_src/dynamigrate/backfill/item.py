"""The item that a transform gets."""

from __future__ import annotations

from collections.abc import Iterator, KeysView, Mapping
from typing import Any

from .codec import AttributeValue, decode
from .errors import BackfillError


class Item(Mapping[str, Any]):
    """
    An item of a table, to be read like a dict.

    It notes which attributes were asked for, present or not: a write is made only while they are as they were. An
    attribute is decoded when it is first asked for. To change something, return an `Update`.

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
        self._noted[name] = None
        values = self._values
        if name in values:
            return values[name]
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
        self._note_all()
        return self._raw.keys()

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

    def _note_all(self) -> None:
        self._noted.update(dict.fromkeys(self._raw))

    def _require_known(self, name: object) -> None:
        if self._known is not None and name not in self._known:
            raise BackfillError(
                f"The attribute {name!r} was not read from the table.",
                next_step="Name it in projection=, or scan an index that has it.",
            )
