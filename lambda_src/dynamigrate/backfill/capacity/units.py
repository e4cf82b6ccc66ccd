"""What a request consumed, and how much may be consumed a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self

# The share of a table's capacity that a backfill uses, less what others use, unless the author says more.
_SHARE: Final = 0.5
# Units a second that a backfill always uses, so that it comes to an end, however much others use.
_LEAST: Final = 1.0


class Spent(NamedTuple):
    """
    The units that one request consumed.

    Attributes:
        total: All units, of whatever table and index.
        each: The units of the table that is rewritten, under the empty name, and of each of its global indexes.
        elsewhere: The units of other tables.
    """

    total: float
    each: Mapping[str, float]
    elsewhere: float


def spent(answer: Mapping[str, Any], table: str) -> Spent | None:
    """What a request consumed, by the service's *answer*; None: the answer does not say."""
    consumed = answer.get("ConsumedCapacity")
    if not consumed:
        return None
    if not isinstance(consumed, list):
        consumed = [consumed]
    total = sum([one.get("CapacityUnits", 0.0) for one in consumed])
    elsewhere = 0.0
    each = {"": total}
    # A batch has an entry for each statement, and most have nothing to take apart.
    for one in [one for one in consumed if "GlobalSecondaryIndexes" in one or one.get("TableName", table) != table]:
        if one.get("TableName", table) != table:
            elsewhere += one.get("CapacityUnits", 0.0)
            each[""] -= one.get("CapacityUnits", 0.0)
            continue
        for index, share in one["GlobalSecondaryIndexes"].items():
            each[""] -= share["CapacityUnits"]
            each[index] = each.get(index, 0.0) + share["CapacityUnits"]
    return Spent(total, each, elsewhere)


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """
    What may be spent a second.

    Table and global indexes each have a capacity of their own, so each has a ceiling. A `RateLimiter` has one number:
    the lowest of them; what a request `costs` is what it takes of any of them, in the same measure.

    Attributes:
        units: Units a second.
        index: The index that has the lowest ceiling; empty: the table has it.
        others: What others use of table or index; None: nobody knows.
        weights: What a unit counts for, by index; without any, all that is spent counts.
    """

    units: float
    index: str = ""
    others: float | None = None
    weights: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def shared(cls, capacity: Mapping[str, float], others: Mapping[str, float]) -> Self:
        """Half of *capacity* less what *others* use, of table and indexes each; never less than one unit a second."""
        each = {index: max(units * _SHARE - others.get(index, 0.0), _LEAST) for index, units in capacity.items()}
        lowest = min(each, key=lambda index: each[index])
        return cls(
            units=each[lowest],
            index=lowest,
            others=others.get(lowest),
            weights={index: each[lowest] / units for index, units in each.items()},
        )

    def costs(self, spent: Spent) -> float:
        """
        What a request costs, in units of the lowest ceiling. While the costs stay within that one, what is spent of
        table and indexes stays within their ceilings; what is spent of other tables counts as if it were this one's.
        """
        if not self.weights:
            return spent.total
        # An index that is new since we looked counts in full.
        return max(units * self.weights.get(index, 1.0) for index, units in spent.each.items()) + spent.elsewhere
