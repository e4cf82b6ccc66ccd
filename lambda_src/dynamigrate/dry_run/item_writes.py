"""The items that a request to DynamoDB would write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from .items import Item, table_name

_STATEMENT_TABLE: Final = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?([A-Za-z0-9_.:/-]+)"?', re.IGNORECASE)
_RETURNING: Final = re.compile(r"\bRETURNING\b", re.IGNORECASE)
_DELETES: Final = re.compile(r"\s*DELETE\b", re.IGNORECASE)
# "Two underlying writes of every item" of a transaction.
_TWICE: Final = 2
SINGLE: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
STATEMENTS: Final = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})
OPERATIONS: Final = SINGLE | STATEMENTS | {"BatchWriteItem", "TransactWriteItems"}


class ItemWrite(NamedTuple):
    """
    One item that would be written.

    Attributes:
        kind: ``put``, ``update``, ``delete``, ``check`` (nothing is written, and a unit consumed all the same) or
            ``statement``.
        content: The item, or its key; of a statement nothing.
        entry: Its part of the request.
        factor: How many units it consumes for each that it would consume by itself.
    """

    table: str
    kind: str
    content: Item
    entry: Mapping[str, Any]
    factor: int = 1

    @property
    def is_conditional(self) -> bool:
        return self.kind == "check" or bool(self.entry.get("ConditionExpression") or self.entry.get("Expected"))

    @property
    def deletes(self) -> bool:
        return self.kind == "delete" or (
            self.kind == "statement" and _DELETES.match(_statement(self.entry)) is not None
        )

    @property
    def returns(self) -> bool:
        """Whether a statement asks for the item that it writes."""
        return self.kind == "statement" and _RETURNING.search(_statement(self.entry)) is not None


def item_writes(operation: str, arguments: Mapping[str, Any]) -> Iterator[ItemWrite]:
    """All that *operation*, one of `OPERATIONS`, would write with those *arguments*."""
    if operation in SINGLE:
        kind = operation.removesuffix("Item").lower()
        yield _of(kind, "Item" if kind == "put" else "Key", arguments)
    elif operation == "BatchWriteItem":
        for table, entries in arguments.get("RequestItems", {}).items():
            for entry in entries:
                put = "PutRequest" in entry
                content = entry["PutRequest"]["Item"] if put else entry["DeleteRequest"]["Key"]
                yield ItemWrite(table_name(table), "put" if put else "delete", content, {})
    elif operation == "TransactWriteItems":
        for action in arguments.get("TransactItems", ()):
            for kind, entry in action.items():
                name = "check" if kind == "ConditionCheck" else kind.lower()
                yield _of(name, "Item" if kind == "Put" else "Key", entry, _TWICE)
    elif operation == "ExecuteStatement":
        yield _of_statement(arguments)
    else:
        factor = _TWICE if operation == "ExecuteTransaction" else 1
        for one in arguments.get("Statements") or arguments.get("TransactStatements") or ():
            yield _of_statement(one, factor)


def statement_table(statement: Mapping[str, Any]) -> str:
    """The table that a *statement* of PartiQL is about; empty: that can't be told."""
    found = _STATEMENT_TABLE.search(_statement(statement))
    return table_name(found[1]) if found else ""


def _of(kind: str, content: str, entry: Mapping[str, Any], factor: int = 1) -> ItemWrite:
    return ItemWrite(table_name(entry.get("TableName", "")), kind, entry.get(content, {}), entry, factor)


def _of_statement(statement: Mapping[str, Any], factor: int = 1) -> ItemWrite:
    return ItemWrite(statement_table(statement), "statement", {}, statement, factor)


def _statement(entry: Mapping[str, Any]) -> str:
    return str(entry.get("Statement", ""))
