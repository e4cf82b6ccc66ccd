"""The indexes of a table, as far as a write has to be paid for in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from .values.codec import AttributeValue


@dataclass(frozen=True, kw_only=True)
class Index:
    """
    Attributes:
        keys: The attributes of its own key; only items that have all of them are in it.
        projected: What it has of an item; None: all.
        has_own_capacity: Whether it is a global one. A local one consumes what its table has.
    """

    name: str
    keys: tuple[str, ...]
    projected: frozenset[str] | None
    has_own_capacity: bool

    @classmethod
    def of(cls, index: Mapping[str, Any], table_keys: tuple[str, ...], *, has_own_capacity: bool) -> Self:
        """That of the service's description."""
        keys = tuple(element["AttributeName"] for element in index.get("KeySchema", ()))
        projection = index.get("Projection", {})
        projected = None
        if projection.get("ProjectionType", "ALL") != "ALL":
            projected = frozenset([*table_keys, *keys, *projection.get("NonKeyAttributes", ())])
        return cls(name=index["IndexName"], keys=keys, projected=projected, has_own_capacity=has_own_capacity)

    def entry(self, item: Mapping[str, AttributeValue] | None) -> dict[str, AttributeValue] | None:
        """What it has of *item*; None: it has not got it, or there is no item."""
        if item is None or not all(name in item for name in self.keys):
            return None
        return {name: value for name, value in item.items() if self.projected is None or name in self.projected}


def indexes_of(table: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[Index, ...]:
    """All indexes in the service's description of *table*, whose own *keys* each of them has."""
    return tuple(
        Index.of(one, keys, has_own_capacity=part == "GlobalSecondaryIndexes")
        for part in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
        for one in table.get(part, ())
    )
