"""A dry run on each service: whatever a function sends, by whatever client, everything is as it was."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from dynamigrate import Backfill, Context, DynamoDBTarget, Put, Update
from dynamigrate.commands.process_door import ProcessDoor
from dynamigrate.commands.registry import respond
from tests.unit.dry_run.rehearsing import migrations, table, view

KEY = {"id": {"S": "o1"}}
SET: Any = {"UpdateExpression": "SET price = :p", "ExpressionAttributeValues": {":p": {"N": "7"}}}


@pytest.fixture
def orders(any_client: Any) -> str:
    name = f"dry-{uuid4().hex[:8]}"
    table(any_client, name, items=60)
    any_client.get_waiter("table_exists").wait(TableName=name)
    return name


def _requests(ctx: Context, orders: str) -> list[Callable[[], object]]:
    db = ctx.dynamodb
    put: Any = {"PutRequest": {"Item": {"id": {"S": "n"}}}}
    return [
        lambda: db.put_item(TableName=orders, Item={"id": {"S": "n"}}),
        lambda: db.update_item(TableName=orders, Key=KEY, **SET),
        lambda: db.delete_item(TableName=orders, Key=KEY),
        lambda: db.batch_write_item(RequestItems={orders: [put, {"DeleteRequest": {"Key": KEY}}]}),
        lambda: db.transact_write_items(
            TransactItems=[ctx.lock_condition(), {"Delete": {"TableName": orders, "Key": KEY}}]
        ),
        lambda: db.execute_statement(Statement=f"DELETE FROM \"{orders}\" WHERE id = 'o2'"),
        lambda: db.batch_execute_statement(Statements=[{"Statement": f"INSERT INTO \"{orders}\" VALUE {{'id': 'x'}}"}]),
        lambda: db.execute_transaction(
            TransactStatements=[{"Statement": f"UPDATE \"{orders}\" SET price = 1 WHERE id = 'o3'"}]
        ),
        lambda: db.update_time_to_live(
            TableName=orders, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"}
        ),
        lambda: db.update_table(TableName=orders, DeletionProtectionEnabled=True),
        lambda: db.delete_table(TableName=orders),
        lambda: db.create_table(
            TableName=f"{orders}-made",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        ),
    ]


def _as_it_is(client: Any, orders: str) -> Any:
    described = client.describe_table(TableName=orders)["Table"]
    return (
        sorted(client.list_tables()["TableNames"]),
        sorted(client.scan(TableName=orders, ConsistentRead=True)["Items"], key=str),
        {name: described.get(name) for name in ("DeletionProtectionEnabled", "TableStatus", "GlobalSecondaryIndexes")},
        client.describe_time_to_live(TableName=orders)["TimeToLiveDescription"]["TimeToLiveStatus"],
    )


def test_every_way_to_write_leaves_all_as_it_was(any_client: Any, orders: str) -> None:
    """One after the other in one function, and once more in threads of its own."""
    before = _as_it_is(any_client, orders)

    def do(ctx: Context) -> None:
        for request in _requests(ctx, orders):
            request()

    def in_threads(ctx: Context) -> None:
        threads = [threading.Thread(target=request) for request in _requests(ctx, orders)[:6]]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    found = view(do, any_client)
    assert "error" not in found
    assert (found["tables"][orders]["write_requests"], len(found["others"])) == (8, 4)
    assert view(in_threads, any_client)["tables"][orders]["write_requests"] == 6
    assert _as_it_is(any_client, orders) == before


def test_what_is_read_is_what_is_there(any_client: Any, orders: str) -> None:
    """Pages, single items and batches of them; with the units that they take."""
    seen: list[int] = []

    def do(ctx: Context) -> None:
        pages = ctx.dynamodb.get_paginator("scan").paginate(TableName=orders, PaginationConfig={"PageSize": 25})
        seen.append(sum(len(page["Items"]) for page in pages))
        seen.append(len(ctx.dynamodb.get_item(TableName=orders, Key=KEY, ConsistentRead=True)["Item"]))
        keys = [{"id": {"S": f"o{number}"}} for number in range(20)]
        seen.append(len(ctx.dynamodb.batch_get_item(RequestItems={orders: {"Keys": keys}})["Responses"][orders]))

    counts = view(do, any_client)["tables"][orders]
    assert seen == [60, 2, 20]
    assert (counts["items_read"], counts["write_requests"]) == (81, 0)
    assert counts["read_units"] >= 2


def test_a_backfill_writes_nothing(any_client: Any, orders: str) -> None:
    """Neither its table nor the other one that its transform writes to."""
    before = _as_it_is(any_client, orders)

    def transform(item: Any, ctx: Any) -> list[Any]:
        return [Update(set={"price": item["price"] + 1}), Put({"id": f"{item['id']}-copy"})]

    found = view(Backfill(orders, transform), any_client, sample=30)
    # Of a table that the service has not counted yet, as many parts are drawn as it takes.
    assert 30 <= found["sample"]["read"] <= 60
    assert found["sample"]["would_change"] == found["sample"]["read"]
    assert {one["outcome"] for one in found["sample"]["items"]} == {"update", "put"}
    assert _as_it_is(any_client, orders) == before


def test_the_state_is_only_read(any_client: Any, orders: str) -> None:
    """Where there are no state tables none are made, and where there are their items stay as they are."""
    name = f"state-{uuid4().hex[:8]}"
    target = DynamoDBTarget(any_client, table_name=name, lock_table_name=f"{name}-lock")

    class Source:
        def load(self) -> Any:
            return tuple(migrations(lambda ctx: ctx.dynamodb.put_item(TableName=orders, Item={"id": {"S": "n"}})))

    door = ProcessDoor(source=Source(), target=target, actor="ana", state={})
    before = sorted(any_client.list_tables()["TableNames"])
    assert respond({"action": "plan", "dry_run": True}, door)["ok"] is True
    assert sorted(any_client.list_tables()["TableNames"]) == before
    target.create()
    try:
        assert respond({"action": "plan", "dry_run": True}, door)["ok"] is True
        assert [any_client.scan(TableName=one)["Count"] for one in (name, f"{name}-lock")] == [0, 0]
        assert any_client.scan(TableName=orders)["Count"] == 60
    finally:
        target.destroy()
