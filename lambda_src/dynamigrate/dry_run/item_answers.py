"""Answers writes of items as if they had been made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ..transport.item_size import size as value_size
from .ended import Ended
from .given_answers import not_found, refused, succeeded
from .item_writes import SINGLE, ItemWrite, item_writes
from .items import bytes_of, identity, write_units
from .ledger import Ledger
from .request import Answer, Request
from .world import KnownTable, World

# The table in the ConditionCheck that a dry run's ctx.lock_condition() is: it stands for the run's lock.
LOCK: Final = "dynamigrate-lock-of-a-dry-run"
CONDITIONS: Final = "Conditions of writes were taken to hold: whether they do shows only where they are sent."
STATEMENTS: Final = "A statement of PartiQL that writes is counted as one write unit: what it writes is not known."
_SIZES: Final = "The sizes of some items in {table} were taken to be as those of others: they were not read."
_INDEXES: Final = (
    "The write units of {table} are the table's own: it has {count}, which take{verb} units as well where their keys or "
    "copies change."
)


class _Judged(NamedTuple):
    """A write, the table that it is about, and the units that it would consume."""

    write: ItemWrite
    table: KnownTable
    units: float


class ItemAnswers:
    """
    For the function of one migration.

    Args:
        who: The migration, in words.
    """

    def __init__(self, world: World, ledger: Ledger, who: str) -> None:
        self._world = world
        self._ledger = ledger
        self._who = who

    def answer(self, request: Request) -> Answer:
        """
        What the service would say; it is counted, and not sent.

        Raises:
            Ended: That can't be known.
        """
        arguments = request.arguments
        writes = [one for one in item_writes(request.operation, arguments) if one.table != LOCK]
        if request.operation in SINGLE or any(one.returns for one in writes):
            self._require_answerable(request, writes)
        judged = []
        for write in writes:
            table = self._world.table(write.table, request) if write.table else KnownTable(name="?")
            if table is None:
                return not_found(write.table)
            if write.content and (missing := [name for name in table.keys if name not in write.content]):
                return refused(
                    "ValidationException",
                    f"One or more parameter values were invalid: Missing the key {missing[0]} in the item",
                )
            judged.append(_Judged(write, table, self._units(write, table, request)))
        old = self._old(request, judged[0]) if request.operation in SINGLE else {}
        self._note(judged)
        return succeeded({**_nothing_of(request, writes), **old, **_consumed(arguments, request.operation, judged)})

    def _require_answerable(self, request: Request, writes: list[ItemWrite]) -> None:
        wants = request.arguments.get("ReturnValues", "NONE")
        if any(one.returns for one in writes):
            wants = "RETURNING"
        if wants in ("NONE", "ALL_OLD"):
            return
        table = writes[0].table
        self._ledger.count(table, write_requests=1)
        raise Ended(
            f"{request.operation} of {table} asks for the item as the write leaves it ({wants}), which only the service knows."
        )

    def _old(self, request: Request, judged: _Judged) -> dict[str, Any]:
        """The item as it was, where the request asks for that."""
        if request.arguments.get("ReturnValues", "NONE") != "ALL_OLD":
            return {}
        table, content = judged.table, judged.write.content
        which = identity(table.keys, content)
        pretended = self._world.pretended(table.name)
        if pretended is not None and (which in pretended.keys or pretended.vague):
            raise Ended(
                f"{request.operation} of {table.name} asks for the item as it was, which an earlier write would have changed."
            )
        if table.made:
            return {}
        found = self._world.item(table, {name: content[name] for name in table.keys}, request) if table.keys else None
        if found is None:
            raise Ended(f"{request.operation} of {table.name} asks for the item as it was, and it can't be read.")
        return {"Attributes": found} if found else {}

    def _units(self, write: ItemWrite, table: KnownTable, request: Request) -> float:
        if write.kind == "statement":
            self._ledger.unknown(STATEMENTS)
            return float(write.factor)
        if write.kind == "put":
            return float(write.factor * write_units(bytes_of(write.content)))
        size, is_known = self._world.size(table, write.content, request)
        if not is_known:
            self._ledger.unknown(_SIZES.format(table=table.name))
        if write.kind == "update":
            size += _given(write.entry)
        return float(write.factor * write_units(size))

    def _note(self, judged: list[_Judged]) -> None:
        ledger = self._ledger
        for table in {one.table.name: one.table for one in judged}.values():
            mine = [one for one in judged if one.table.name == table.name]
            deleted = sum(one.write.deletes for one in mine)
            ledger.count(
                table.name,
                write_requests=1,
                write_units=sum(one.units for one in mine),
                items_deleted=deleted,
                items_written=sum(one.write.kind != "check" for one in mine) - deleted,
            )
            if table.indexes:
                count = "an index" if table.indexes == 1 else f"{table.indexes} indexes"
                verb = "s" if table.indexes == 1 else ""
                ledger.unknown(_INDEXES.format(table=table.name, count=count, verb=verb))
            for one in mine:
                if one.write.kind != "check":
                    self._world.wrote(table.name, identity(table.keys, one.write.content) or None, self._who)
        if any(one.write.is_conditional for one in judged):
            ledger.unknown(CONDITIONS)


def _given(entry: Mapping[str, Any]) -> int:
    """Bytes of the values that an update has for the item."""
    values = [*entry.get("ExpressionAttributeValues", {}).values()]
    values += [one["Value"] for one in entry.get("AttributeUpdates", {}).values() if "Value" in one]
    return sum(map(value_size, values))


def _nothing_of(request: Request, writes: list[ItemWrite]) -> dict[str, Any]:
    """What the answer to a request has that was done and asked for nothing."""
    match request.operation:
        case "BatchWriteItem":
            return {"UnprocessedItems": {}}
        case "ExecuteStatement":
            return {"Items": []}
        case "BatchExecuteStatement":
            return {"Responses": [{"TableName": one.table} for one in writes]}
        case "ExecuteTransaction":
            return {"Responses": [{} for _ in writes]}
        case _:
            return {}


def _consumed(arguments: Mapping[str, Any], operation: str, judged: list[_Judged]) -> dict[str, Any]:
    """What was consumed, where the request asks for that."""
    if arguments.get("ReturnConsumedCapacity", "NONE") == "NONE":
        return {}
    units: dict[str, float] = {}
    for one in judged:
        units[one.table.name] = units.get(one.table.name, 0.0) + one.units
    told = [{"TableName": name, "CapacityUnits": count} for name, count in units.items()]
    return {"ConsumedCapacity": told[0] if operation in SINGLE | {"ExecuteStatement"} and told else told}
