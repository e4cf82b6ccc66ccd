"""
The stub's tables, which their names describe: ``orders-2000`` has 2,000 orders, ``orders4k-100`` 100 larger ones, and
``history-10`` ten migrations.

Any other name is a table with nothing in it, and the key of a state table. What is written is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

from .. import order

# A page of a scan is 1 MB of items.
_PAGE_BYTES: Final = 1024 * 1024
_FIRST_MIGRATION: Final = 20_260_000_000_000

_MIGRATION: Final = (
    b'{"ID":{"S":"%d"},"Dirty":{"BOOL":false},"Action":{"S":"do"},"Description":{"S":"add a status"},'
    b'"StartedAt":{"S":"2026-11-23T09:00:00Z"},"FinishedAt":{"S":"2026-11-23T09:00:04Z"},"DurationMs":{"N":"4012"},'
    b'"RunId":{"S":"20261123T090000Z-5f0c2a91"},"Actor":{"S":"deploy"},"AppVersion":{"S":"1.4.2"}}'
)
_MIGRATION_SIZE: Final = 220
_BYTES_A_WRITE_UNIT: Final = 1024
_STATUS_BYTES: Final = len("statusPAID")


def migration_id(number: int) -> str:
    """The id of a history's migration *number*."""
    return str(_FIRST_MIGRATION + number)


def _migration_number(text: str) -> int:
    return int(text) - _FIRST_MIGRATION


@dataclass(frozen=True, kw_only=True)
class Table:
    """
    Attributes:
        name: As asked for.
        key_name: Of its partition key, a string; there is no other.
        count: How many items it has, numbered from 0.
        item_size: Bytes of each.
        wires: Items as they are sent, with commas between.
        key: The key of an item.
        number: The inverse of *key*.
        varying: The attributes that are not the same in every item.
    """

    name: str
    key_name: str
    count: int
    item_size: int
    wires: Callable[[range], bytes]
    key: Callable[[int], str]
    number: Callable[[str], int]
    varying: frozenset[str] = frozenset()

    @classmethod
    @lru_cache(maxsize=256)
    def named(cls, name: str) -> Table:
        kind, _, count = name.rpartition("-")
        orders = order.kind(kind)
        if orders is not None and count.isdecimal():
            return cls(
                name=name,
                key_name=order.KEY,
                count=int(count),
                item_size=orders.size,
                wires=partial(order.wires, size=orders.size),
                key=order.key,
                number=order.number,
                varying=order.VARYING,
            )
        return cls(
            name=name,
            key_name="ID",
            count=int(count) if kind == "history" and count.isdecimal() else 0,
            item_size=_MIGRATION_SIZE,
            wires=lambda numbers: b",".join(_MIGRATION % (_FIRST_MIGRATION + number) for number in numbers),
            key=migration_id,
            number=_migration_number,
        )

    def page(self, request: dict[str, Any]) -> range:
        """The numbers of the items that answer a Scan; a segment is a run of neighbours."""
        begin, end = self._segment(request)
        if start := request.get("ExclusiveStartKey"):
            begin = self.number(start[self.key_name]["S"]) + 1
        return range(begin, min(end, begin + min(request.get("Limit", end), _PAGE_BYTES // self.item_size)))

    def is_last(self, page: range, request: dict[str, Any]) -> bool:
        """Whether *page* ends its segment."""
        return page.stop >= self._segment(request)[1]

    def _segment(self, request: dict[str, Any]) -> tuple[int, int]:
        segment, segments = int(request.get("Segment", 0)), int(request.get("TotalSegments", 1))
        return self.count * segment // segments, self.count * (segment + 1) // segments

    def find(self, key: dict[str, Any]) -> bytes | None:
        """The item under *key*."""
        try:
            number = self.number(key[self.key_name]["S"])
        except (KeyError, ValueError):
            return None
        return self.wires(range(number, number + 1)) if 0 <= number < self.count else None

    @property
    def write_units(self) -> int:
        """What an item is written for: one for each KB of it, with the status that it gets."""
        return -(-(self.item_size + _STATUS_BYTES) // _BYTES_A_WRITE_UNIT)

    def description(self) -> dict[str, Any]:
        """What DescribeTable says: an active table, on demand."""
        return {
            "TableName": self.name,
            "TableArn": f"arn:aws:dynamodb:us-east-1:123456789012:table/{self.name}",
            "TableStatus": "ACTIVE",
            "KeySchema": [{"AttributeName": self.key_name, "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": self.key_name, "AttributeType": "S"}],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
            "CreationDateTime": 1_763_888_400.0,
            "ItemCount": self.count,
            "TableSizeBytes": self.count * self.item_size,
        }
