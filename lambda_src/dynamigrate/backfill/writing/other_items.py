"""Items beside the one that transform was given."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from ...error_text import describe_error, safe_repr
from ...transport import Transport
from ...transport.item_size import item_size
from ..errors import BackfillError, Unwritable
from ..table import Table, find
from ..values.codec import AttributeValue, encode, encode_all, same
from ..values.key_rules import check_key_attributes
from ..values.names import plainly_named
from ..writes import Delete, Put
from .item_writes import UnconditionalWrite, identity
from .splice import spliced

_LARGEST_ITEM: Final = 400 * 1024
# Entries of a BatchWriteItem.
_NOTHING: Final[Mapping[str, Any]] = {}
_PUT: Final = '{"PutRequest":{"Item":%s}}'
_DELETE: Final = '{"DeleteRequest":{"Key":%s}}'


class OtherItems:
    """
    Says which writes are about the scanned item, and turns the others into unconditional writes and actions of transactions.

    Args:
        table: The one that is scanned.
        tables: Logical name to physical name.
    """

    def __init__(self, transport: Transport, table: Table, tables: Mapping[str, str]) -> None:
        self._transport = transport
        self._table = table
        self._names = tables
        self._tables: dict[str, Table] = {table.name: table}
        # By the names that writes give.
        self._found: dict[str, Table] = {}
        self._one_at_a_time = threading.Lock()

    def table(self, name: str) -> Table:
        """
        The table of that physical name.

        Raises:
            BackfillError: It can't be used.
        """
        return self._tables.get(name) or self._find(name)

    def is_own(self, raw: Mapping[str, AttributeValue], write: Put | Delete) -> bool:
        """
        Whether *write* is about the item *raw* itself.

        Raises:
            Unwritable: It has no key, or too much of one.
            BackfillError: Its table can't be used.
        """
        table = self._table
        if write.table is not None and self._find(write.table) is not table:
            return False
        if isinstance(write, Delete) and write.key is None:
            return True
        given = _content(table, write)
        return all(same(raw[name], encode(given[name])) for name in table.keys)

    def unconditional(
        self, raw: dict[str, AttributeValue], write: Put | Delete, text: str = "", read: Mapping[str, Any] = _NOTHING
    ) -> UnconditionalWrite:
        """
        *write*, made by itself, on account of the scanned item *raw*.

        Args:
            text: *raw* as JSON, if that is at hand.
            read: What transform was given of it.

        Raises:
            Unwritable: It can't be written.
            BackfillError: Its table can't be used.
        """
        table = self._find(write.table)
        given = _content(table, write)
        _check_keys(table, given)
        content = spliced(text, raw, read, given)
        # It is never shorter than what the service counts.
        if len(content) > _LARGEST_ITEM or (not content.isascii() and len(content.encode()) > _LARGEST_ITEM):
            check_size(encode_all(given))
        entry = _PUT if isinstance(write, Put) else _DELETE
        return UnconditionalWrite(self._table.key_of(raw), table, identity(table, given), entry % content)

    def action(self, write: Put | Delete) -> dict[str, Any]:
        """*write* as an entry of ``TransactItems``; raises as `unconditional`."""
        table = self._find(write.table)
        given = _content(table, write)
        _check_keys(table, given)
        content = encode_all(given)
        check_size(content)
        kind, part = ("Put", "Item") if isinstance(write, Put) else ("Delete", "Key")
        return {kind: {"TableName": table.name, part: content}}

    def known(self, physical: str) -> Table | None:
        """The table of that *physical* name, if a write was about it before."""
        return self._tables.get(physical)

    def _find(self, name: str | None) -> Table:
        if name is None:
            return self._table
        if not isinstance(name, str):
            raise Unwritable(f"table={safe_repr(name)} is not the name of a table.")
        name = str.__str__(name)
        table = self._found.get(name)
        if table is not None:
            return table
        physical = self._names.get(name, name)
        with self._one_at_a_time:
            table = self._tables.get(physical) or self._describe(name)
            self._found[name] = self._tables[physical] = table
        return table

    def _describe(self, name: str) -> Table:
        try:
            return find(self._transport, self._names, name)
        except BackfillError:
            raise
        except Exception as error:
            # Met on account of an item, and not the item's fault.
            raise BackfillError(f"The table {name} could not be asked for: {describe_error(error)}.") from error


def _content(table: Table, write: Put | Delete) -> Mapping[str, Any]:
    """The item or the key that *write* gives, in which there is all of the key."""
    content = write.item if isinstance(write, Put) else write.key
    if content is None:
        raise Unwritable(f"a Delete in the table {table.name} needs a key.")
    content = plainly_named(content)
    if "" in content:
        raise Unwritable("'' is no name of an attribute.")
    for name in table.keys:
        if name not in content:
            raise Unwritable(f"{name} is missing, which is part of the key of {table.name}.")
    if isinstance(write, Delete) and len(content) != len(table.keys):
        raise Unwritable(f"the key of {table.name} is {', '.join(table.keys)}, and nothing else.")
    return content


def _check_keys(table: Table, given: Mapping[str, Any]) -> None:
    rules = table.key_rules
    # Most are short texts, and are spared the closer look; a character has four bytes at most.
    odd = [
        name
        for name, rule in rules.items()
        if name in given
        and not (rule.kind == "S" and type(given[name]) is str and 0 < len(given[name]) * 4 <= rule.most)
    ]
    if odd:
        check_key_attributes(table.name, rules, {name: encode(given[name]) for name in odd})


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
