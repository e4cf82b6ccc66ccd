"""Tables in memory, as a client of DynamoDB shows them: as much of it as a backfill asks for."""

import re
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from botocore.exceptions import ClientError

from dynamigrate.backfill.values.codec import same
from tests.unit.fakes import PATIENCE

Raw = dict[str, Any]
Hook = Callable[[str, Raw], None]

_CONDITION = re.compile(r""""([^"]+)"=\?|"([^"]+)" IS MISSING|attribute_type\("([^"]+)",'NULL'\)""")


def refusal(code: str, message: str = "refused", operation: str = "Scan") -> ClientError:
    """The service's error of that code."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Tables:
    """
    Tables whose key is the text ``id``.

    Attributes:
        before: Called before each request is carried out, with its operation and arguments; may raise, or change items.
        refuse: Called with the key of each write of a batch; true: it is throttled.
        place: Tells in which part of a scan a key is.
        requests: How many of each operation there were.
        sizes: Writes in each batch.
    """

    def __init__(self, **tables: dict[str, Raw]) -> None:
        self.items = {
            name: {key: {"id": {"S": key}, **item} for key, item in rows.items()} for name, rows in tables.items()
        }
        self.before: Hook = lambda operation, request: None
        self.refuse: Callable[[str], bool] = lambda key: False
        self.place: Callable[[str], int] = lambda key: zlib.crc32(key.encode())
        self.requests: Counter[str] = Counter()
        self.sizes: list[int] = []
        self.scanned: list[str] = []
        self.described: Raw = {}
        self._one_at_a_time = threading.RLock()

    def __getitem__(self, name: str) -> dict[str, Raw]:
        return self.items[name]

    def describe_table(self, **request: Any) -> Raw:
        self._begin("DescribeTable", request)
        table = self._table(request["TableName"])
        return {"Table": {"KeySchema": [{"AttributeName": "id"}], "ItemCount": len(table), **self.described}}

    def scan(self, **request: Any) -> Raw:
        self._begin("Scan", request)
        after = request.get("ExclusiveStartKey", {}).get("id", {}).get("S", "")
        with self._one_at_a_time:
            table = self._table(request["TableName"])
            keys = [
                key
                for key in sorted(table)
                if self.place(key) % request["TotalSegments"] == request["Segment"] and key > after
            ]
            page = keys[: request["Limit"]]
            self.scanned += page
            items = [_projected(table[key], request) for key in page]
            answer: Raw = {"Items": items, "ScannedCount": len(page)}
        if len(page) < len(keys):
            answer["LastEvaluatedKey"] = {"id": {"S": page[-1]}}
        return {**answer, "ConsumedCapacity": {"CapacityUnits": len(page) / 2}}

    def get_item(self, **request: Any) -> Raw:
        self._begin("GetItem", request)
        item = self._table(request["TableName"]).get(request["Key"]["id"]["S"])
        return {"Item": _projected(item, request)} if item else {}

    def batch_get_item(self, **request: Any) -> Raw:
        self._begin("BatchGetItem", request)
        responses: Raw = {}
        unprocessed: Raw = {}
        for name, asked in request["RequestItems"].items():
            keys = [key["id"]["S"] for key in asked["Keys"]]
            refused = [key for key in keys if self.refuse(key)]
            found = [self._table(name).get(key) for key in keys if key not in refused]
            responses[name] = [deepcopy(item) for item in found if item is not None]
            if refused:
                unprocessed[name] = {**asked, "Keys": [{"id": {"S": key}} for key in refused]}
        return {"Responses": responses, "UnprocessedKeys": unprocessed}

    def batch_execute_statement(self, **request: Any) -> Raw:
        self._begin("BatchExecuteStatement", request)
        self.sizes.append(len(request["Statements"]))
        with self._one_at_a_time:
            responses = [self._execute(one["Statement"], list(one["Parameters"])) for one in request["Statements"]]
        return {"Responses": responses, "ConsumedCapacity": [{"CapacityUnits": float(len(responses))}]}

    def batch_write_item(self, **request: Any) -> Raw:
        self._begin("BatchWriteItem", request)
        unprocessed: dict[str, list[Raw]] = {}
        self.sizes.append(sum(map(len, request["RequestItems"].values())))
        for name, writes in request["RequestItems"].items():
            for write in writes:
                item = write["PutRequest"]["Item"]
                if self.refuse(item["id"]["S"]):
                    unprocessed.setdefault(name, []).append(write)
                else:
                    self._table(name)[item["id"]["S"]] = item
        return {"UnprocessedItems": unprocessed}

    def update_item(self, **request: Any) -> Raw:
        self._begin("UpdateItem", request)
        item = self._table(request["TableName"])[request["Key"]["id"]["S"]]
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        for alias, value in re.findall(r"(#s\d+)=(:s\d+)", request["UpdateExpression"]):
            item[names[alias]] = values[value]
        return {"ConsumedCapacity": {"CapacityUnits": 1.0}}

    def transact_write_items(self, **request: Any) -> Raw:
        self._begin("TransactWriteItems", request)
        raise NotImplementedError("Only its refusals are tried here; it is carried out in tests/dynamodb.")

    def _begin(self, operation: str, request: Raw) -> None:
        with self._one_at_a_time:
            self.requests[operation] += 1
            self.before(operation, request)

    def _table(self, name: str) -> dict[str, Raw]:
        if name not in self.items:
            raise refusal("ResourceNotFoundException", "no such table")
        return self.items[name]

    def _execute(self, text: str, parameters: list[Raw]) -> Raw:
        head, _, where = text.partition(" WHERE ")
        table = self._table(head.split('"')[1])
        sets = {name: parameters.pop(0) for name in re.findall(r'SET "([^"]+)"=\?', head)}
        key = parameters.pop(0)["S"]
        if self.refuse(key):
            return {"Error": {"Code": "ThrottlingError", "Message": "slow down"}}
        item = table.get(key)
        if item is None or not self._holds(item, where.partition(" AND ")[2], parameters):
            return {"Error": {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}}
        if head.startswith("DELETE"):
            del table[key]
        else:
            item.update(sets)
            for name in re.findall(r'REMOVE "([^"]+)"', head):
                item.pop(name, None)
        return {}

    def _holds(self, item: Raw, where: str, parameters: list[Raw]) -> bool:
        for equal, missing, null in _CONDITION.findall(where):
            if equal and not same(item.get(equal), parameters.pop(0)):
                return False
            if missing and missing in item:
                return False
            if null and item.get(null) != {"NULL": True}:
                return False
        return True


def _projected(item: Raw, request: Raw) -> Raw:
    """What of *item* is asked for."""
    if "ProjectionExpression" not in request:
        return deepcopy(item)
    names = {request["ExpressionAttributeNames"][one] for one in request["ProjectionExpression"].split(",")}
    return {name: deepcopy(value) for name, value in item.items() if name in names}


def orders(count: int, **attributes: Any) -> dict[str, Raw]:
    """So many, with these attributes."""
    return {f"order-{number:05d}": deepcopy(attributes) for number in range(count)}


def after(tables: Tables, operation: str, count: int, act: Any, noticed: Any = lambda: True) -> None:
    """Have *act* called before the request of that number, which then waits until that is *noticed*."""

    def before(name: str, request: Any) -> None:
        if name == operation and tables.requests[name] == count:
            act()
            give_up = time.monotonic() + PATIENCE
            while not noticed() and time.monotonic() < give_up:
                threading.Event().wait(0.002)

    tables.before = before
