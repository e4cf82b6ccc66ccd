"""Which items of a table are read, and what of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder

from .codec import AttributeValue, encode
from .courier import Courier
from .table import Table

_PLACEHOLDER: Final = re.compile(r"#(\w+)")
# Enough that a page costs little beside its writes, few enough that many pages fit in memory.
_PAGE_ITEMS: Final = 250
# What the service reads for one request.
_PAGE_BYTES: Final = 1_000_000
_MOST_ITEMS: Final = 10_000


class Reading:
    """
    Requests that read the same of every item.

    Attributes:
        filtered: The attributes that the filter looks at.
        known: The attributes that are read; None: all.
        repeats: Whether one item may be read twice in a page.
    """

    def __init__(
        self,
        table: Table,
        *,
        segments: int,
        index: str | None = None,
        filter: str | ConditionBase | None = None,  # noqa: A002 - the service's word
        projection: Sequence[str] | None = None,
        beside: Sequence[str] = (),
    ) -> None:
        self.table = table
        self._segments = segments
        expression, names, values = filter_expression(filter)
        self.filtered = tuple(dict.fromkeys(name for name in names.values() if name not in table.keys))
        self.known = table.visible
        self._shared: dict[str, Any] = {"TableName": table.name, "ConsistentRead": table.consistent}
        if projection is not None:
            read = dict.fromkeys([*table.keys, *projection, *self.filtered, *beside])
            self.known = frozenset(read) if self.known is None else self.known & frozenset(read)
            aliases = {f"#p{number}": name for number, name in enumerate(read)}
            names = {**names, **aliases}
            self._shared["ProjectionExpression"] = ",".join(aliases)
        self._filter = expression
        self._names, self._values = names, values
        self._index = index
        # An item whose place in an index changes may be met twice.
        self.repeats = index is not None

    def page(self, courier: Courier, segment: int, start: Any, items: int) -> dict[str, Any]:
        """The answer to a Scan of about *items* items after the key *start*."""
        request = {
            **self._shared,
            **self._arguments(),
            "Segment": segment,
            "TotalSegments": self._segments,
            "Limit": items,
        }
        if self._index is not None:
            request["IndexName"] = self._index
        if start is not None:
            request["ExclusiveStartKey"] = start
        return courier.read("Scan", request, items)

    def again(self, courier: Courier, raw: dict[str, AttributeValue]) -> dict[str, AttributeValue] | None:
        """The item as it is now, read from the table itself; None: there is none, or the filter leaves it out."""
        key = self.table.key_of(raw)
        shared = {**self._shared, "ConsistentRead": True}
        # A query's filter may not look at the key, which no write changes anyway.
        if self._filter is None or any(name in self.table.keys for name in self._names_filtered()):
            if "ProjectionExpression" in shared:
                shared["ExpressionAttributeNames"] = {
                    alias: name for alias, name in self._names.items() if alias.startswith("#p")
                }
            item: dict[str, AttributeValue] | None = courier.read("GetItem", {**shared, "Key": key}, 1).get("Item")
        else:
            arguments = self._arguments()
            arguments["ExpressionAttributeNames"] |= {f"#key{n}": name for n, name in enumerate(key)}
            arguments.setdefault("ExpressionAttributeValues", {}).update(
                {f":key{n}": value for n, value in enumerate(key.values())}
            )
            condition = " AND ".join(f"#key{n} = :key{n}" for n in range(len(key)))
            found = courier.read("Query", {**shared, **arguments, "KeyConditionExpression": condition}, 1)["Items"]
            item = found[0] if found else None
        if item is not None and self.known is not None:
            # From the table comes more than the index has.
            return {name: value for name, value in item.items() if name in self.known}
        return item

    def _arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        if self._filter is not None:
            arguments["FilterExpression"] = self._filter
        if self._names:
            arguments["ExpressionAttributeNames"] = dict(self._names)
        if self._values:
            arguments["ExpressionAttributeValues"] = dict(self._values)
        return arguments

    def _names_filtered(self) -> list[str]:
        return [name for alias, name in self._names.items() if not alias.startswith("#p")]


class PageSize:
    """How many items to look at for one page: more where the filter leaves few of them."""

    def __init__(self) -> None:
        self.items = _PAGE_ITEMS

    def learn(self, scanned: int, count: int) -> None:
        wanted = _PAGE_ITEMS * scanned // max(count, 1) if scanned else self.items * 2
        self.items = max(_PAGE_ITEMS, min(wanted, self.items * 2, _MOST_ITEMS))


def filter_expression(
    condition: str | ConditionBase | None,
) -> tuple[str | None, dict[str, str], dict[str, AttributeValue]]:
    """
    As the service takes it: the expression, its names and its values.

    Raises:
        TypeError, ArithmeticError: A value in it is none that DynamoDB has.
    """
    if condition is None:
        return None, {}, {}
    if isinstance(condition, str):
        return condition, {f"#{name}": name for name in _PLACEHOLDER.findall(condition)}, {}
    built = ConditionExpressionBuilder().build_expression(condition, is_key_condition=False)
    values = {alias: encode(value) for alias, value in built.attribute_value_placeholders.items()}
    return built.condition_expression, dict(built.attribute_name_placeholders), values
