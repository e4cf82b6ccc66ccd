"""
The units that a dry run counts, and those that the service counts for the same in earnest.

On DynamoDB Local, as no other stand-in counts items by their size.
"""

import random
from typing import Any
from uuid import uuid4

import pytest

from dynamigrate import Context
from tests.unit.dry_run.rehearsing import table, view

pytestmark = pytest.mark.dynamodb_local


@pytest.fixture
def orders(dynamodb_local: Any) -> str:
    """Forty items of up to six KB."""
    name, sizes = f"units-{uuid4().hex[:8]}", random.Random(7)
    table(dynamodb_local, name)
    for number in range(40):
        item = {"id": {"S": f"o{number}"}, "text": {"S": "x" * sizes.randrange(10, 6000)}}
        dynamodb_local.put_item(TableName=name, Item=item)
    return name


class Counting:
    """A client that adds up what the service says that it consumed."""

    def __init__(self, client: Any) -> None:
        self.units = 0.0
        self._client = client

    def __getattr__(self, name: str) -> Any:
        def send(**request: Any) -> Any:
            answer = getattr(self._client, name)(**request, ReturnConsumedCapacity="TOTAL")
            told = answer["ConsumedCapacity"]
            self.units += sum(one["CapacityUnits"] for one in (told if isinstance(told, list) else [told]))
            return answer

        return send


def _write(client: Any, orders: str) -> None:
    large = {"S": "y" * 3000}
    for number in range(10):
        key = {"id": {"S": f"o{number}"}}
        client.delete_item(TableName=orders, Key=key)
        client.put_item(TableName=orders, Item={"id": {"S": f"n{number}"}, "text": large})
        changed = {"UpdateExpression": "SET note = :n", "ExpressionAttributeValues": {":n": {"S": "z" * 50}}}
        client.update_item(TableName=orders, Key={"id": {"S": f"o{number + 10}"}}, **changed)
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": orders, "Item": {"id": {"S": f"t{number}"}, "text": large}}},
                {"Update": {"TableName": orders, "Key": {"id": {"S": f"o{number + 20}"}}, **changed}},
            ]
        )
    puts = [{"PutRequest": {"Item": {"id": {"S": f"b{number}"}, "text": large}}} for number in range(25)]
    client.batch_write_item(RequestItems={orders: puts})


def test_writes_are_counted_as_the_service_counts_them(dynamodb_local: Any, orders: str) -> None:
    """New items, changed ones and deleted ones, alone, in batches and in transactions."""
    found = view(lambda ctx: _write(ctx.dynamodb, orders), dynamodb_local)
    counting = Counting(dynamodb_local)
    _write(counting, orders)
    assert found["tables"][orders]["write_units"] == counting.units


def test_reads_are_counted_as_the_service_counts_them(dynamodb_local: Any, orders: str) -> None:
    """As it says itself."""

    def read(client: Any) -> None:
        client.scan(TableName=orders)
        client.scan(TableName=orders, ConsistentRead=True, Limit=7)
        for number in range(10):
            client.get_item(TableName=orders, Key={"id": {"S": f"o{number}"}})
        keys = [{"id": {"S": f"o{number}"}} for number in range(20)]
        client.batch_get_item(RequestItems={orders: {"Keys": keys, "ConsistentRead": True}})
        client.transact_get_items(TransactItems=[{"Get": {"TableName": orders, "Key": key}} for key in keys[:5]])

    def do(ctx: Context) -> None:
        read(ctx.dynamodb)

    counting = Counting(dynamodb_local)
    read(counting)
    assert view(do, dynamodb_local)["tables"][orders]["read_units"] == counting.units
