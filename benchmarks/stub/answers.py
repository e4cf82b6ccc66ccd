"""What the stub answers to each operation."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any, Final

from .tables import Table

Request = dict[str, Any]

# An item of up to 1 KB, as all of ours are, is written for one unit, and for two in a transaction.
_WRITE_UNITS: Final = 1.0
_BYTES_A_READ_UNIT: Final = 4096
_STATEMENT_TABLE: Final = re.compile(r'(?:UPDATE|INTO|FROM)\s+"?([\w.-]+)', re.IGNORECASE)


class UnknownOperation(Exception):
    """The stub has no answer for it."""


class Answers:
    """
    Accepts everything and remembers nothing.

    Args:
        unprocessed: The share of writes in batches, between 0 and 1, that are sent back as throttled. Which ones is
            random, and the same in every process.
    """

    def __init__(self, *, unprocessed: float = 0.0) -> None:
        self._unprocessed = unprocessed
        self._random = random.Random(1)
        self._operations: dict[str, Callable[[Request], bytes]] = {
            "Scan": _scan,
            "GetItem": _get_item,
            "PutItem": _write_item,
            "UpdateItem": _write_item,
            "DeleteItem": _write_item,
            "TransactWriteItems": _transact_write_items,
            "DescribeTable": _describe_table,
            "BatchWriteItem": self._batch_write_item,
            "BatchExecuteStatement": self._batch_execute_statement,
        }

    def answer(self, operation: str, body: bytes) -> bytes:
        """
        The body of the answer.

        Raises:
            UnknownOperation: There is none.
        """
        try:
            respond = self._operations[operation]
        except KeyError:
            raise UnknownOperation(operation) from None
        return respond(json.loads(body))

    def _refuses(self) -> bool:
        return self._unprocessed > 0 and self._random.random() < self._unprocessed

    def _batch_write_item(self, request: Request) -> bytes:
        unprocessed: dict[str, list[Any]] = {}
        for table, writes in request["RequestItems"].items():
            if refused := [write for write in writes if self._refuses()]:
                unprocessed[table] = refused
        accepted = {
            table: len(writes) - len(unprocessed.get(table, ())) for table, writes in request["RequestItems"].items()
        }
        capacity = [(table, count * _WRITE_UNITS) for table, count in accepted.items()]
        return _dump({"UnprocessedItems": unprocessed, **_consumed(request, capacity)})

    def _batch_execute_statement(self, request: Request) -> bytes:
        responses = []
        capacity = []
        for statement in request["Statements"]:
            found = _STATEMENT_TABLE.search(statement["Statement"])
            table = found[1] if found else ""
            if self._refuses():
                error = {"Code": "ProvisionedThroughputExceeded", "Message": "Throughput exceeds the current capacity."}
                responses.append({"Error": error, "TableName": table})
            else:
                responses.append({"TableName": table})
                capacity.append((table, _WRITE_UNITS))
        return _dump({"Responses": responses, **_consumed(request, capacity)})


def _scan(request: Request) -> bytes:
    table = Table.named(request["TableName"])
    page = table.page(request)
    rest: Request = {"Count": len(page), "ScannedCount": len(page)}
    if not table.is_last(page, request):
        rest["LastEvaluatedKey"] = {table.key_name: {"S": table.key(page.stop - 1)}}
    units = len(page) * table.item_size / _BYTES_A_READ_UNIT
    rest |= _consumed(request, [(table.name, units if request.get("ConsistentRead") else units / 2)], one=True)
    wire = _projected(table, request) or table.wire
    return b'{"Items":[%b],%b' % (b",".join(map(wire, page)), _dump(rest)[1:])


def _projected(table: Table, request: Request) -> Callable[[int], bytes] | None:
    """Makes items of the attributes that *request* names, where it names any; only they depend on the item's number."""
    expression = request.get("ProjectionExpression")
    if expression is None:
        return None
    names = {request["ExpressionAttributeNames"].get(one, one) for one in expression.split(",")}
    if names & table.varying - {table.key_name}:
        return lambda number: _dump({n: v for n, v in json.loads(table.wire(number)).items() if n in names})
    rest = {n: v for n, v in json.loads(table.wire(0)).items() if n in names - {table.key_name}}
    # The key alone is another in each item.
    end = _dump(rest)[1:] if rest else b"}"
    head = b'{"%b":{"S":"' % table.key_name.encode()
    between = b'"},' if rest else b'"}'
    return lambda number: head + table.key(number).encode() + between + end


def _get_item(request: Request) -> bytes:
    item = Table.named(request["TableName"]).find(request["Key"])
    return b"{}" if item is None else b'{"Item":%b}' % item


def _write_item(request: Request) -> bytes:
    return _dump(_consumed(request, [(request["TableName"], _WRITE_UNITS)], one=True))


def _transact_write_items(request: Request) -> bytes:
    tables = [next(iter(action.values()))["TableName"] for action in request["TransactItems"]]
    return _dump(_consumed(request, [(table, 2 * _WRITE_UNITS) for table in tables]))


def _describe_table(request: Request) -> bytes:
    return _dump({"Table": Table.named(request["TableName"]).description()})


def _consumed(request: Request, capacity: list[tuple[str, float]], *, one: bool = False) -> Request:
    """The units consumed in each table, if *request* asks for them."""
    if request.get("ReturnConsumedCapacity", "NONE") == "NONE":
        return {}
    totals: dict[str, float] = {}
    for table, units in capacity:
        totals[table] = totals.get(table, 0.0) + units
    entries = [{"TableName": table, "CapacityUnits": units} for table, units in totals.items()]
    return {"ConsumedCapacity": entries[0] if one else entries}


def _dump(value: Request) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
