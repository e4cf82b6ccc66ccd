"""What the stub answers to each operation."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any, Final

from . import shortcuts
from .tables import Table

Request = dict[str, Any]

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
        if not self._unprocessed and (short := shortcuts.answer(operation, body)):
            return short
        return respond(json.loads(body))

    def _refuses(self) -> bool:
        return self._unprocessed > 0 and self._random.random() < self._unprocessed

    def _batch_write_item(self, request: Request) -> bytes:
        unprocessed: dict[str, list[Any]] = {}
        for table, writes in request["RequestItems"].items():
            if refused := [write for write in writes if self._refuses()]:
                unprocessed[table] = refused
        capacity = [
            (table, (len(writes) - len(unprocessed.get(table, ()))) * _write_units(table))
            for table, writes in request["RequestItems"].items()
        ]
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
                capacity.append((table, _write_units(table)))
        return _dump({"Responses": responses, **_consumed(request, capacity)})


def _scan(request: Request) -> bytes:
    table = Table.named(request["TableName"])
    page = table.page(request)
    rest: Request = {"Count": len(page), "ScannedCount": len(page)}
    if not table.is_last(page, request):
        rest["LastEvaluatedKey"] = {table.key_name: {"S": table.key(page.stop - 1)}}
    units = len(page) * table.item_size / _BYTES_A_READ_UNIT
    rest |= _consumed(request, [(table.name, units if request.get("ConsistentRead") else units / 2)], one=True)
    wires = _projected(table, request) or table.wires
    return b'{"Items":[%b],%b' % (wires(page), _dump(rest)[1:])


def _projected(table: Table, request: Request) -> Callable[[range], bytes] | None:
    """Makes items of the attributes that *request* names, where it names any; only they depend on the item's number."""
    expression = request.get("ProjectionExpression")
    if expression is None:
        return None
    given = request.get("ExpressionAttributeNames", {})
    names = {given.get(one, one) for one in map(str.strip, expression.split(","))}
    if names & table.varying - {table.key_name}:
        return lambda numbers: b",".join(
            _dump({n: v for n, v in item.items() if n in names}) for item in json.loads(b"[%b]" % table.wires(numbers))
        )
    (item,) = json.loads(b"[%b]" % table.wires(range(1)))
    rest = {n: v for n, v in item.items() if n in names - {table.key_name}}
    # The key alone is another in each item.
    end = _dump(rest)[1:] if rest else b"}"
    head = b'{"%b":{"S":"' % table.key_name.encode()
    between = b'"},' if rest else b'"}'
    return lambda numbers: b",".join(head + table.key(number).encode() + between + end for number in numbers)


def _get_item(request: Request) -> bytes:
    item = Table.named(request["TableName"]).find(request["Key"])
    return b"{}" if item is None else b'{"Item":%b}' % item


def _write_item(request: Request) -> bytes:
    table = request["TableName"]
    return _dump(_consumed(request, [(table, _write_units(table))], one=True))


def _transact_write_items(request: Request) -> bytes:
    tables = [next(iter(action.values()))["TableName"] for action in request["TransactItems"]]
    return _dump(_consumed(request, [(table, 2 * _write_units(table)) for table in tables]))


def _describe_table(request: Request) -> bytes:
    return _dump({"Table": Table.named(request["TableName"]).description()})


def _write_units(table: str) -> float:
    return float(Table.named(table).write_units)


def _consumed(request: Request, capacity: list[tuple[str, float]], *, one: bool = False) -> Request:
    """The units consumed, if *request* asks for them: an entry for each write, or table, as *capacity* has them."""
    if request.get("ReturnConsumedCapacity", "NONE") == "NONE":
        return {}
    entries = [{"TableName": table, "CapacityUnits": units} for table, units in capacity]
    return {"ConsumedCapacity": entries[0] if one else entries}


def _dump(value: Request) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
