"""Items beside the one that transform was given."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from ..wire import Wire
from .codec import AttributeValue, encode, item_size, same
from .errors import Unwritable
from .table import Table, describe
from .writes import Delete, Put

_LARGEST_ITEM: Final = 400 * 1024
_WORTH_MEASURING: Final = 10_000


class Neighbours:
    """
    Says which writes are about the scanned item, and turns the others into actions of a transaction.

    Args:
        table: The one that is scanned.
        tables: Logical name to physical name.
    """

    def __init__(self, wire: Wire, table: Table, tables: Mapping[str, str]) -> None:
        self._wire = wire
        self._table = table
        self._names = tables
        self._tables: dict[str, Table] = {table.name: table}
        self._one_at_a_time = threading.Lock()

    def is_own(self, raw: Mapping[str, AttributeValue], write: Put | Delete) -> bool:
        """
        Whether *write* is about the item *raw* itself.

        Raises:
            Unwritable: It has no key, or too much of one.
        """
        table = self._table
        if write.table is not None and self._physical(write.table) != table.name:
            return False
        if isinstance(write, Put):
            key = write.item
        elif write.key is None:
            return True
        else:
            key = write.key
        _check_key(table, key, whole=isinstance(write, Delete))
        return all(same(raw[name], encode(key[name])) for name in table.keys)

    def action(self, write: Put | Delete) -> tuple[dict[str, Any], str]:
        """
        An entry of ``TransactItems``, and what it is on: the same text for the same item, and for no other.

        Raises:
            Unwritable: It can't be written.
            BackfillError: Its table can't be used.
        """
        table = self._find(write.table)
        if isinstance(write, Delete):
            if write.key is None:
                raise Unwritable(f"a Delete in the table {table.name} needs a key.")
            part, given = "Key", write.key
        else:
            part, given = "Item", write.item
        _check_key(table, given, whole=part == "Key")
        content = {name: encode(value) for name, value in given.items()}
        if any(type(value) is str and len(value) > _WORTH_MEASURING for value in given.values()):
            # Any other one that is too large is refused by the service.
            check_size(content)
        kind = "Delete" if part == "Key" else "Put"
        return {kind: {"TableName": table.name, part: content}}, str([table.name, *table.key_of(content).values()])

    def _find(self, name: str | None) -> Table:
        if name is None:
            return self._table
        physical = self._physical(name)
        table = self._tables.get(physical)
        if table is None:
            with self._one_at_a_time:
                table = self._tables[physical] = describe(self._wire, physical)
        return table

    def _physical(self, name: str) -> str:
        return self._names.get(name, name)


def _check_key(table: Table, item: Mapping[str, Any], *, whole: bool) -> None:
    missing = [name for name in table.keys if name not in item]
    if missing:
        raise Unwritable(f"{', '.join(missing)} is missing, which is part of the key of {table.name}.")
    if whole and len(item) != len(table.keys):
        raise Unwritable(f"the key of {table.name} is {', '.join(table.keys)}, and nothing else.")


def check_size(item: Mapping[str, AttributeValue]) -> None:
    """
    Raises:
        Unwritable: The service would refuse *item* for its size.
    """
    size = item_size(item)
    if size > _LARGEST_ITEM:
        raise Unwritable(
            f"the item would have {size:,} bytes, and {_LARGEST_ITEM:,} fit.",
            next_step="Keep less in it, or spread it over several items.",
        )
