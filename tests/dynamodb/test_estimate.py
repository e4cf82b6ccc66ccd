"""
An estimate, and the units that the service counts for the same.

On DynamoDB Local, as no other stand-in counts items by their size. Of a statement in PartiQL it tells nothing either, so the
writes are made once more by other requests.
"""

import random
from typing import Any
from uuid import uuid4

import pytest

from dynamigrate import Backfill, MemorySource, MemoryTarget, Migration, Put, Update, migrate

pytestmark = pytest.mark.dynamodb_local

NEAR = 0.05


def _table(client: Any, items: int) -> str:
    """Orders of 100 to 3,000 bytes, with an index by status that has all of them, and one by city that has their keys."""
    name = f"estimated-{uuid4().hex[:8]}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("id", "status", "city")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-status",
                "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "by-city",
                "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
    )
    client.get_waiter("table_exists").wait(TableName=name)
    sizes = random.Random(7)
    for start in range(0, items, 25):
        puts = [
            {"PutRequest": {"Item": _order(number, sizes.randrange(100, 3000))}}
            for number in range(start, min(start + 25, items))
        ]
        client.batch_write_item(RequestItems={name: puts})
    return name


def _order(number: int, size: int) -> dict[str, Any]:
    order = {"id": {"S": f"o{number:05}"}, "city": {"S": "Rome"}, "note": {"S": "x" * size}}
    return order | ({"status": {"S": "OLD"}} if number % 2 else {})


def _cost(client: Any, table: str, transform: Any, **options: Any) -> dict[str, float]:
    source, target = MemorySource(), MemoryTarget()
    source.add(Migration("1", "rewrite", do=Backfill(table, transform, **options)))
    migrate(source, target, dynamodb=client)
    return dict(target.records()[0].cost)


def _rename(item: Any, ctx: Any) -> Update | None:
    """Of two in three, a new status: into the index, or to another place in it."""
    return Update(set={"status": "NEW"}) if int(item["id"][1:]) % 3 else None


def _move(item: Any, ctx: Any) -> list[Any]:
    return [Update(set={"city": "Oslo"}), Put({"id": f"copy-{item['id']}", "city": "Oslo"})]


def _renaming(client: Any, table: str, number: int) -> float:
    """The units that the service counts for that."""
    if number % 3 == 0:
        return 0.0
    answer = client.update_item(**_update(table, number, "status", "NEW"), ReturnConsumedCapacity="INDEXES")
    return float(answer["ConsumedCapacity"]["CapacityUnits"])


def _moving(client: Any, table: str, number: int) -> float:
    copy = {"id": {"S": f"copy-o{number:05}"}, "city": {"S": "Oslo"}}
    answer = client.transact_write_items(
        TransactItems=[{"Update": _update(table, number, "city", "Oslo")}, {"Put": {"TableName": table, "Item": copy}}],
        ReturnConsumedCapacity="INDEXES",
    )
    return float(sum(one["CapacityUnits"] for one in answer["ConsumedCapacity"]))


def _update(table: str, number: int, name: str, value: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "Key": {"id": {"S": f"o{number:05}"}},
        "UpdateExpression": "SET #n = :v",
        "ExpressionAttributeNames": {"#n": name},
        "ExpressionAttributeValues": {":v": {"S": value}},
    }


@pytest.mark.parametrize(
    ("items", "transform", "write"), [(200, _rename, _renaming), (50, _move, _moving), (1500, _rename, _renaming)]
)
def test_it_is_near_what_the_service_counts(dynamodb_local: Any, items: int, transform: Any, write: Any) -> None:
    """Of a small table all was looked at; of a large one a part, of which the share that changes is a guess."""
    cost = _cost(dynamodb_local, _table(dynamodb_local, items), transform, segments=4)
    again = _table(dynamodb_local, items)
    counted = sum(write(dynamodb_local, again, number) for number in range(items))
    whole = items <= 250
    assert cost["estimated_items"] == items
    assert cost["estimated_write_units"] == pytest.approx(counted, rel=0.0 if whole else 0.25)
    # While one moves, the copies are read too.
    if transform is _rename and whole:
        assert cost["estimated_read_units"] == pytest.approx(cost["read_units"], rel=NEAR)
