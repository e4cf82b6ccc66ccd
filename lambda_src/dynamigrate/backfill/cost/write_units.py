"""
What one write consumes, of the table and of each of its indexes.

By "Write operations" and "Managing throughput with global secondary indexes" in the developer guide: a unit for each begun
KB of the larger of the item before and after; in an index one write for an entry that is new, gone or changed, and two where
its key changes.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from ...transport.item_size import item_size
from ..table import Table
from ..values.codec import AttributeValue
from ..writing.item_writes import ConditionalWrite, UnconditionalWrite

# Where units are consumed: a table's name, and that of a global index or an empty one.
Place = tuple[str, str]
Item = Mapping[str, AttributeValue]
_KB: Final = 1024
# "Two underlying writes of every item", and of its entries in indexes: so DynamoDB Local counts.
_OF_A_TRANSACTION: Final = 2


def units_of(
    write: ConditionalWrite | UnconditionalWrite,
    raw: Item,
    table: Table,
    find: Callable[[str], Table | None],
    *,
    unread: float = 0.0,
) -> Counter[Place]:
    """
    The units of *write*, which was made of the item *raw* of *table*.

    Args:
        find: Gives another table by its physical name, where that is known.
        unread: Bytes that *raw* has beside what was read of it.
    """
    if isinstance(write, UnconditionalWrite):
        ((kind, entry),) = json.loads(write.text).items()
        return _blind(write.table, kind, entry)
    factor = 1 if write.others is None else _OF_A_TRANSACTION
    after = None if write.delete else {n: v for n, v in raw.items() if n not in write.remove} | write.set
    units = _changed(table, raw, after, unread=unread, factor=factor)
    for action in write.others or ():
        ((kind, entry),) = action.items()
        other = find(entry["TableName"])
        if other is None:
            units[entry["TableName"], ""] += factor * _units(item_size(entry.get("Item", {})))
        else:
            units.update(_blind(other, f"{kind}Request", entry, factor=factor))
    return units


def _blind(table: Table, kind: str, entry: Mapping[str, Any], *, factor: int = 1) -> Counter[Place]:
    """Of a put or delete that does not know what is there: as if there were nothing, or an item like any other."""
    if kind == "PutRequest":
        return _changed(table, None, entry["Item"], factor=factor)
    return Counter({(table.name, ""): factor * _units(table.item_bytes)})


def _changed(
    table: Table, before: Item | None, after: Item | None, *, unread: float = 0.0, factor: int = 1
) -> Counter[Place]:
    size = max(item_size(one) if one else 0 for one in (before, after)) + unread
    units: Counter[Place] = Counter({(table.name, ""): factor * _units(size)})
    for index in table.indexes:
        old, new = index.entry(before), index.entry(after)
        if old == new:
            continue
        if old and new and any(old[name] != new[name] for name in index.keys):
            consumed = _units(item_size(old)) + _units(item_size(new))
        else:
            consumed = _units(max(item_size(one) if one else 0 for one in (old, new)))
        units[table.name, index.name if index.has_own_capacity else ""] += factor * consumed
    return units


def _units(size: float) -> int:
    return max(math.ceil(size / _KB), 1)
