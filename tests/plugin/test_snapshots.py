"""The data of a test: what differs, and back to how it was."""

from decimal import Decimal
from typing import Any

import pytest

from dynamigrate_pytest import MigrationTest
from dynamigrate_pytest.values import differing_maps, to_raw, told, told_item
from tests.plugin.conftest import ID, Write


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": Decimal("1.0")}, []),
        ({"a": {"x", "y"}}, {"a": {"y", "x"}}, []),
        ({"a": 1}, {"a": "1"}, ['a was 1, is "1"']),
        ({"a": 1}, {}, ["a was 1, is absent"]),
        (
            {"a": {"b": [1, {"c": True}]}},
            {"a": {"b": [1, {"c": None}, 2]}},
            ["a.b[1].c was true, is null", "a.b[2] was absent, is 2"],
        ),
        ({"a": b"1"}, {"a": b"2"}, ['a was "MQ==", is "Mg=="']),
        ({"a": []}, {"a": {}}, ["a was [], is {}"]),
    ],
)
def test_what_differs_is_told_by_its_path(before: Any, after: Any, found: list[str]) -> None:
    """Equal is what DynamoDB would store as one value."""
    told_of = [
        f"{path} was {told(old)}, is {told(new)}" for path, old, new in differing_maps(to_raw(before), to_raw(after))
    ]
    assert told_of == found


def test_a_large_item_is_told_in_short() -> None:
    """An item may have 400 KB."""
    text = told_item(to_raw({"a": "x" * 5000}))
    assert len(text) < 400
    assert text.endswith("... (5,009 characters)")


def test_what_a_migration_does_to_tables_is_put_back(migration_test: MigrationTest, write: Write) -> None:
    """Indexes and TTL too; both are compared, and said."""
    write("""
from dynamigrate import create_index, enable_ttl, delete_index

def do(ctx):
    create_index(ctx, "orders", "by-status", partition_key={"status": "S"})
    enable_ttl(ctx, "orders", "expires")
    ctx.dynamodb.delete_item(TableName="orders", Key={"orderId": {"S": "1001"}})

def undo(ctx):
    pass
""")
    migration_test.make_table("orders", key="orderId", items=[{"orderId": "1001", "status": "a"}, {"orderId": "1002"}])
    before = migration_test.items("orders")
    migration_test.assert_repeatable(ID)
    with pytest.raises(AssertionError) as failed:
        migration_test.assert_undone(ID)
    said = str(failed.value)
    assert "table orders: GlobalSecondaryIndexes was absent, is [" in said
    assert "table orders: items expire by was nothing, is expires" in said
    assert migration_test.items("orders") == before
    table = migration_test.dynamodb.describe_table(TableName="orders")["Table"]
    assert not table.get("GlobalSecondaryIndexes")
    assert [one["AttributeName"] for one in table["AttributeDefinitions"]] == ["orderId"]


def test_tables_that_were_there_before_are_somebody_elses(
    request: pytest.FixtureRequest, migration_test: MigrationTest, write: Write
) -> None:
    """As on a server that more than one test uses: they are neither looked at nor deleted."""
    write("def do(ctx):\n    ctx.dynamodb.put_item(TableName='mine', Item={'id': {'S': 'new'}})\n")
    _, traffic, _ = request.getfixturevalue("_dynamigrate_stand_in")
    migration_test.make_table("theirs", key="id")
    traffic.made.remove("theirs")
    migration_test.make_table("mine", key="id")
    migration_test.assert_repeatable(ID)
    assert sorted(migration_test.dynamodb.list_tables()["TableNames"]) == ["mine", "theirs"]
