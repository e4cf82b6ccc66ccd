"""Where moto is otherwise than the service, a good migration passes all the same."""

from typing import Any

import boto3
import pytest

from dynamigrate import FolderSource, MemoryTarget, migrate
from dynamigrate_pytest import MigrationTest
from tests.plugin.conftest import ID, Write

BACKFILL = """
from dynamigrate import Backfill, Update

def add(item, ctx):
    if "status" not in item:
        return Update(set={"status": "NEW"})

do = Backfill(table="sessions", transform=add)
"""


def test_the_undo_of_an_index_gives_back_the_table(migration_test: MigrationTest, write: Write) -> None:
    """Its key is named in no request of the migration's, as the service asks for the index's keys alone."""
    write("""
from dynamigrate import create_index, delete_index

def do(ctx):
    create_index(ctx, "orders", "by-customer", partition_key={"customer": "S"}, sort_key={"at": "N"})

def undo(ctx):
    delete_index(ctx, "orders", "by-customer")
""")
    migration_test.make_table("orders", key=("id", "line"), items=[{"id": 1, "line": b"a", "customer": "c", "at": 2}])
    migration_test.assert_undone(ID)
    migration_test.assert_survives_crashes(ID, "undo")


def test_a_backfill_goes_through_a_table_with_a_binary_key(migration_test: MigrationTest, write: Write) -> None:
    """Which moto can't scan in segments."""
    write(BACKFILL)
    migration_test.make_table("sessions", key="id", items=[{"id": b"\0\1"}, {"id": b"\2", "status": "OLD"}])
    migration_test.assert_repeatable(ID)
    migration_test.do(ID)
    assert migration_test.items("sessions") == [{"id": b"\0\1", "status": "NEW"}, {"id": b"\2", "status": "OLD"}]


def test_each_item_with_a_binary_key_is_in_one_segment(
    migration_test: MigrationTest, write: Write, tmp_path: Any
) -> None:
    """Of however many, for the engine and for a function that scans in segments itself, on a client of any age."""
    write(BACKFILL)
    client = boto3.client("dynamodb")
    migration_test.make_table("sessions", key="id", items=[{"id": bytes([number])} for number in range(5)])
    migrate(FolderSource(tmp_path / "migrations"), MemoryTarget(), dynamodb=migration_test.dynamodb)
    found = [
        item
        for segment in range(3)
        for item in client.scan(
            TableName="sessions",
            Segment=segment,
            TotalSegments=3,
            FilterExpression="#status = :new",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":new": {"S": "NEW"}},
        )["Items"]
    ]
    assert len(found) == 5


@pytest.mark.parametrize(
    "value",
    [{"a": [1, {"b": {"x", "y"}}], "c": None}, b"\0\xff", {b"1", b"2"}, {1, 2}, [], {}, "", [[], {}], True],
    ids=["map", "binary", "binaries", "numbers", "empty list", "empty map", "empty text", "lists", "bool"],
)
def test_values_come_out_of_moto_as_they_went_in(migration_test: MigrationTest, value: object) -> None:
    """However deep, although their types are looked up another way than moto's."""
    items = [{"id": "1", "value": value, "within": {"list": [value]}}]
    migration_test.make_table("things", key="id", items=items)
    assert migration_test.items("things") == items
