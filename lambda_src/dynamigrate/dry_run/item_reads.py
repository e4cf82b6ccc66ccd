"""Reads of items: sent, counted, and looked at for whether they would find something else in a real run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .ended import Ended
from .given_answers import not_found, succeeded
from .item_writes import statement_table
from .items import Item, bytes_of, identity, read_units, table_name
from .ledger import Ledger
from .request import Answer, Request
from .world import Pretended, World

OPERATIONS: Final = frozenset(
    {
        "BatchExecuteStatement",
        "BatchGetItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "GetItem",
        "Query",
        "Scan",
        "TransactGetItems",
    }
)
_ASKED: Final = "ReturnConsumedCapacity"
_TWICE: Final = 2.0


class ItemReads:
    """
    For the function of one migration.

    Args:
        who: The migration, in words.
    """

    def __init__(self, world: World, ledger: Ledger, who: str) -> None:
        self._world = world
        self._ledger = ledger
        self._who = who
        # The segments of parallel scans of which the first page was read.
        self._begun: set[tuple[Any, ...]] = set()

    def answer(self, request: Request) -> Answer:
        """
        The service's answer, or that of a table which only a real run would have made.

        Raises:
            Ended: It would read what only a real run would have written, and nothing else.
        """
        arguments, tables = request.arguments, _tables(request)
        for table in tables:
            if table in self._world.removed:
                return not_found(table)
            if table in self._world.made:
                return self._of_made(request, table)
            self._tell_dependence(request, table)
        quiet = arguments.get(_ASKED, "NONE") == "NONE"
        http, parsed = request.send(arguments={**arguments, _ASKED: "TOTAL"} if quiet else arguments)
        if http.status_code < 300:
            self._count(request, parsed, tables)
        else:
            for table in tables:
                self._ledger.count(table, read_requests=1)
        if quiet:
            parsed.pop("ConsumedCapacity", None)
        return http, parsed

    def _of_made(self, request: Request, table: str) -> Answer:
        """What a table has that was only made just now."""
        if self._world.pretended(table) is not None or request.operation not in ("GetItem", "Query", "Scan"):
            raise Ended(f"{request.operation} reads {table}, which is there only in a real run.")
        self._ledger.count(table, read_requests=1)
        return succeeded({} if request.operation == "GetItem" else {"Items": [], "Count": 0, "ScannedCount": 0})

    def _tell_dependence(self, request: Request, table: str) -> None:
        index = request.arguments.get("IndexName")
        if index and index in {one["IndexName"] for one in self._world.changed.get(table, {}).get("made", ())}:
            raise Ended(f"{request.operation} reads the index {index} of {table}, which is there only in a real run.")
        begins = self._begins_segment(request, table)
        pretended = self._world.pretended(table)
        if pretended is None or self._is_apart(request, table, pretended, behind=begins):
            return
        others = [one for one in pretended.by if one != self._who]
        if others:
            self._ledger.unknown(
                f"It reads {table}, which {' and '.join(others)} would have changed before it: there it would find that."
            )
        if self._who in pretended.by:
            self._ledger.unknown(
                f"It reads {table} after writes to it that were not sent: from there on it would find these."
            )

    def _is_apart(self, request: Request, table: str, pretended: Pretended, *, behind: bool) -> bool:
        """
        Whether none of what would have been written can be among what is read.

        Args:
            behind: It reads a segment that was not read before.
        """
        if pretended.vague:
            return False
        arguments, known = request.arguments, self._world.known(table)
        if behind or "ExclusiveStartKey" in arguments:
            # What comes behind a page, or in a segment of its own, does not have what was in pages before.
            return pretended.by == [self._who] and not pretended.ahead
        keys = _keys(request, table)
        if keys is None or known is None or not known.keys:
            return False
        return all(identity(known.keys, key) not in pretended.keys for key in keys)

    def _begins_segment(self, request: Request, table: str) -> bool:
        """Whether it is the first page, for the first time, of one of several segments."""
        arguments = request.arguments
        segment = (table, arguments.get("IndexName"), arguments.get("TotalSegments", 1), arguments.get("Segment"))
        if segment[2] == 1 or segment in self._begun:
            return False
        self._begun.add(segment)
        return True

    def _count(self, request: Request, parsed: Mapping[str, Any], tables: list[str]) -> None:
        found = _found(request, parsed, tables)
        units = _units(parsed.get("ConsumedCapacity"))
        for table in tables:
            items = found.get(table, [])
            count = len(items)
            if request.operation in ("Query", "Scan"):
                count = int(parsed.get("Count", count))
            self._ledger.count(
                table,
                read_requests=1,
                items_read=count,
                read_units=units[table] if units.get(table) else _reckoned(request, table, items),
            )
            known = self._world.table(table, request)
            if known is not None and "ProjectionExpression" not in request.arguments:
                self._world.read(known, items, in_pages=request.operation in ("Query", "Scan"))


def _tables(request: Request) -> list[str]:
    arguments = request.arguments
    match request.operation:
        case "BatchGetItem":
            names = [table_name(name) for name in arguments.get("RequestItems", ())]
        case "TransactGetItems":
            names = [table_name(one["Get"]["TableName"]) for one in arguments.get("TransactItems", ())]
        case "ExecuteStatement":
            names = [statement_table(arguments)]
        case "BatchExecuteStatement" | "ExecuteTransaction":
            names = [
                statement_table(one) for one in arguments.get("Statements") or arguments.get("TransactStatements") or ()
            ]
        case _:
            names = [table_name(arguments.get("TableName", ""))]
    return [name for name in dict.fromkeys(names) if name]


def _keys(request: Request, table: str) -> list[Item] | None:
    """Those of *table*'s items that are asked for by key; None: it is asked for otherwise."""
    arguments = request.arguments
    match request.operation:
        case "GetItem":
            return [arguments["Key"]]
        case "BatchGetItem":
            asked = {table_name(name): one for name, one in arguments["RequestItems"].items()}
            return list(asked[table]["Keys"])
        case "TransactGetItems":
            gets = [one["Get"] for one in arguments["TransactItems"]]
            return [one["Key"] for one in gets if table_name(one["TableName"]) == table]
        case _:
            return None


def _found(request: Request, parsed: Mapping[str, Any], tables: list[str]) -> dict[str, list[Item]]:
    """The items in an answer, by table."""
    match request.operation:
        case "GetItem":
            return {tables[0]: [parsed["Item"]] if parsed.get("Item") else []}
        case "BatchGetItem":
            return {table_name(name): list(items) for name, items in parsed.get("Responses", {}).items()}
        case "TransactGetItems" | "BatchExecuteStatement" | "ExecuteTransaction":
            items = [one["Item"] for one in parsed.get("Responses", ()) if one.get("Item")]
            # Of several tables it is not told whose an item is.
            return {tables[0]: items} if len(tables) == 1 else {}
        case _:
            return {tables[0]: list(parsed.get("Items", ()))} if tables else {}


def _units(consumed: Any) -> dict[str, float]:
    """What a service says that it consumed, by table; not every stand-in does."""
    told = consumed if isinstance(consumed, list) else [consumed] if consumed else []
    units: dict[str, float] = {}
    for one in told:
        name = table_name(one.get("TableName", ""))
        units[name] = units.get(name, 0.0) + float(one.get("CapacityUnits", 0.0))
    return units


def _reckoned(request: Request, table: str, items: list[Item]) -> float:
    """By the sizes of the items, where the service does not say."""
    arguments = request.arguments
    if request.operation in ("Query", "Scan"):
        return read_units(sum(map(bytes_of, items)), consistent=bool(arguments.get("ConsistentRead")))
    if request.operation == "BatchGetItem":
        asked = {table_name(name): one for name, one in arguments["RequestItems"].items()}[table]
        return sum(read_units(bytes_of(one), consistent=bool(asked.get("ConsistentRead"))) for one in items)
    if request.operation in ("TransactGetItems", "ExecuteTransaction"):
        return _TWICE * sum(read_units(bytes_of(one), consistent=True) for one in items)
    return read_units(sum(map(bytes_of, items)), consistent=bool(arguments.get("ConsistentRead")))
