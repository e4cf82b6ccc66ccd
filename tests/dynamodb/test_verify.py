"""Backfills that are verified, as DynamoDB sees them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from boto3.dynamodb.conditions import Attr

from dynamigrate import Backfill, DynamoDBTarget, MemorySource, Migration, MigrationFailed, Put, Update, migrate
from dynamigrate.context import Environment
from dynamigrate.records import Run
from dynamigrate.verifiable import VerifyOrder
from dynamigrate.verification import Verification
from dynamigrate.verifying import verify
from tests.dynamodb.fleets import ID, Begin

Make = Callable[..., str]


@pytest.fixture
def make(client: Any) -> Make:
    """Creates a table of so many orders, and an index over those that have a customer."""

    def create(count: int = 0, *, customers: bool = False, **attributes: Any) -> str:
        name = f"verify-{uuid4().hex[:8]}"
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "customer", "AttributeType": "S"},
            ],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-customer",
                    "KeySchema": [{"AttributeName": "customer", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        client.get_waiter("table_exists").wait(TableName=name)
        for start in range(0, count, 25):
            puts = [
                {
                    "PutRequest": {
                        "Item": {
                            "id": {"S": f"o-{number}"},
                            **({"customer": {"S": "c"}} if customers and number % 2 else {}),
                            **attributes,
                        }
                    }
                }
                for number in range(start, min(start + 25, count))
            ]
            client.batch_write_item(RequestItems={name: puts})
        return name

    return create


class Run1:
    """The migrations of one test, and what is kept of them."""

    def __init__(self, client: Any, backfill: Backfill) -> None:
        name = f"state-{uuid4().hex[:8]}"
        self._client = client
        self.target = DynamoDBTarget(client, table_name=name, lock_table_name=f"{name}-lock")
        self.migration = Migration("1", "rewrite", do=backfill)

    def migrate(self) -> Verification | None:
        source = MemorySource()
        source.add(self.migration)
        migrate(source, self.target, dynamodb=self._client)
        return self.target.records()[0].verified

    def look(self, *, sample: int | None = None) -> Verification:
        return verify(
            self.migration,
            self.target.records()[0],
            self.target,
            Environment(connect=lambda: self._client),
            run=Run(id="look"),
            order=VerifyOrder(sample=sample),
        )


def add_status(item: Any, ctx: Any) -> Update | None:
    return None if "status" in item else Update(set={"status": "NEW"})


def _put(client: Any, table: str, number: str, **attributes: Any) -> None:
    client.put_item(TableName=table, Item={"id": {"S": number}, **attributes})


@pytest.mark.parametrize("how", ["sample", "full"])
def test_what_is_written_is_found_to_be_so(client: Any, make: Make, how: Any) -> None:
    """And kept with the migration, which the next process reads."""
    table = make(60, price={"N": "1.50"})

    def rewrite(item: Any, ctx: Any) -> Update:
        return Update(set={"price": item["price"], "tags": {"a", "b"}, "lines": [{"n": 1}], "none": None})

    found = Run1(client, Backfill(table, rewrite, segments=2, verify=how)).migrate()
    assert found is not None
    assert (found.clean, found.whole, found.checked) == (True, True, 60)


def test_an_order_in_the_old_shape_is_found_by_a_look(client: Any, make: Make) -> None:
    """At any time after, read by read; nothing is written, and no lock is taken."""
    table = make(60)
    run = Run1(client, Backfill(table, add_status, segments=2))
    run.migrate()
    _put(client, table, "late")
    with run.target.lock():
        found = run.look()
    assert (found.would_change, found.checked, found.keys) == (1, 61, ('{"id": "late"}',))
    assert "status" not in client.get_item(TableName=table, Key={"id": {"S": "late"}})["Item"]
    [record] = run.target.records()
    assert (record.verified, record.dirty) == (found, False)
    assert run.target.cursors("1") == {}


def test_a_sample_is_drawn_from_everywhere(client: Any, make: Make) -> None:
    """In random parts of a scan in many."""
    table = make(400, status={"S": "NEW"})
    run = Run1(client, Backfill(table, add_status, segments=1, threads=1, verify=None))
    run.migrate()
    found = run.look(sample=100)
    assert (found.mode, found.clean, found.whole) == ("sample", True, False)
    assert 100 <= found.checked < 200
    assert 100 < found.total < 2_000


def test_what_the_filter_leaves_out_counts_as_looked_at(client: Any, make: Make) -> None:
    """It needs nothing; a condition of values is looked at by the service."""
    table = make(50, price={"N": "5"})
    backfill = Backfill(
        table,
        lambda item, ctx: Update(set={"price": item["price"] * 100, "currency": "cent"}),
        filter=Attr("currency").ne("cent"),
        segments=2,
        verify="full",
    )
    run = Run1(client, backfill)
    found = run.migrate()
    assert found is not None
    assert (found.clean, found.checked, found.settled, found.passes) == (True, 50, 0, 2)
    assert run.look().unsettled == 0


def test_of_an_index_what_it_has_is_looked_at(client: Any, make: Make) -> None:
    table = make(40, customers=True)
    run = Run1(client, Backfill(table, add_status, index="by-customer", segments=2, verify="full"))
    found = run.migrate()
    assert found is not None
    assert (found.clean, found.checked) == (True, 20)


def test_copies_in_another_table_are_compared(client: Any, make: Make) -> None:
    """More of them than one request reads, with all that an item can have."""
    table, copies = make(130, price={"N": "1.50"}, tags={"SS": ["b", "a"]}, data={"B": b"\x00\xff"}), make()

    def copy(item: Any, ctx: Any) -> Put:
        return Put(dict(item), table=copies)

    run = Run1(client, Backfill(table, copy, segments=1, verify="full"))
    found = run.migrate()
    assert found is not None
    assert (found.clean, found.checked, found.passes) == (True, 130, 2)
    client.delete_item(TableName=copies, Key={"id": {"S": "o-7"}})
    client.update_item(
        TableName=copies,
        Key={"id": {"S": "o-8"}},
        UpdateExpression="SET price = :p",
        ExpressionAttributeValues={":p": {"N": "2"}},
    )
    found = run.look()
    assert (found.would_change, sorted(found.keys)) == (2, ['{"id": "o-7"}', '{"id": "o-8"}'])


def test_transactions_with_other_items_settle(client: Any, make: Make) -> None:
    """Those that leave the item itself alone are compared; those that change it are made once."""
    table, log = make(10, n={"N": "1"}), make()

    def note(item: Any, ctx: Any) -> list[Any]:
        return [Put({"id": f"log-{item['id']}", "n": item["n"]}, table=log)]

    found = Run1(client, Backfill(table, note, segments=1, verify="full")).migrate()
    assert found is not None
    assert (found.clean, found.passes) == (True, 2)


def test_what_does_not_settle_is_not_changed_twice(client: Any, make: Make) -> None:
    table = make(10, price={"N": "5"})
    run = Run1(client, Backfill(table, lambda item, ctx: Update(set={"price": item["price"] * 100}), verify="full"))
    with pytest.raises(MigrationFailed, match="does not settle"):
        run.migrate()
    prices = {item["price"]["N"] for item in client.scan(TableName=table)["Items"]}
    assert prices == {"500"}


def test_further_passes_go_on_in_a_fleet(begin: Begin) -> None:
    """What its first pass did not see is found by the second one, of other workers, and nothing is left by the third."""
    came: list[str] = []

    def transform(item: Any, ctx: Any) -> Update | None:
        if len(came) < 5:
            # Into whichever segment: some of them were read already.
            came.append(f"late-{len(came)}")
            run.client.put_item(TableName=run.name, Item={"id": {"S": came[-1]}, "price": {"N": "1"}})
        return None if "cents" in item else Update(set={"cents": item["price"] * 100})

    run = begin(transform, verify="full")
    outcome = run.run()
    assert outcome.applied == (ID,)
    pages = run.client.get_paginator("scan").paginate(TableName=run.name, ConsistentRead=True)
    items = [item for page in pages for item in page["Items"]]
    assert all(int(item["cents"]["N"]) == 100 * int(item["price"]["N"]) for item in items)
    [record] = run.target.records()
    assert record.verified is not None
    assert (record.verified.clean, record.verified.checked) == (True, len(items))
    assert run.fleets == record.verified.passes >= 2
    assert (run.target.segments(ID), run.target.lock_status()) == ({}, None)


def test_a_worker_that_finds_that_it_does_not_settle_fails_the_migration(begin: Begin) -> None:
    """Before an item is changed a second time."""
    run = begin(lambda item, ctx: Update(set={"price": item["price"] * 100}), verify="full")
    with pytest.raises(MigrationFailed, match="does not settle"):
        run.run()
    pages = run.client.get_paginator("scan").paginate(TableName=run.name, ConsistentRead=True)
    assert {item["id"]["S"]: int(item["price"]["N"]) for page in pages for item in page["Items"]} == {
        f"i{n}": n * 100 for n in range(240)
    }
