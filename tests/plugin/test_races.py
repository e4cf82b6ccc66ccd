"""How often a migration is run so that it meets all that the application may write."""

from typing import Any

import pytest

from dynamigrate_pytest import MigrationTest
from dynamigrate_pytest.trial import Trial
from tests.plugin.conftest import ID, Write


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each time that a migration is run."""
    made: list[str] = []
    run = Trial.run

    def counted(self: Trial, target: Any, direction: Any = "do", **more: Any) -> Any:
        made.append(direction)
        return run(self, target, direction, **more)

    monkeypatch.setattr(Trial, "run", counted)
    return made


SET_STATUS = """
from dynamigrate import Backfill, Update

def add(item, ctx):
    if "status" not in item:
        return Update(set={"status": "NEW"})

do = Backfill(table="orders", transform=add)
"""

WRITES_BACK = """
def do(ctx):
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        ctx.dynamodb.update_item(
            TableName=ctx.tables["orders"],
            Key={"id": order["id"]},
            UpdateExpression="SET a7 = :read, done = :done",
            ConditionExpression="attribute_exists(id)",
            ExpressionAttributeValues={":read": order["a7"], ":done": {"BOOL": True}},
        )
"""


def wide_items(migration_test: MigrationTest) -> None:
    items = [{"id": str(number), **{f"a{place}": place for place in range(20)}} for number in range(4)]
    migration_test.make_table("orders", key="id", items=items)


@pytest.mark.slow
def test_of_items_that_look_alike_one_has_each_attribute_changed(
    migration_test: MigrationTest, write: Write, runs: list[str]
) -> None:
    """Twenty attributes in each of four items would be two hundred runs."""
    write(SET_STATUS)
    wide_items(migration_test)
    migration_test.assert_loses_no_write(ID)
    assert len(runs) < 75


@pytest.mark.slow
def test_an_attribute_that_is_written_back_as_it_was_is_found_all_the_same(
    migration_test: MigrationTest, write: Write
) -> None:
    """It is one of twenty that are afterwards what they were."""
    write(WRITES_BACK)
    wide_items(migration_test)
    with pytest.raises(AssertionError, match="the application set a7 to 1") as failed:
        migration_test.assert_loses_no_write(ID)
    assert "a7 should be 1, is 7" in str(failed.value)


def test_a_large_item_is_none_too_large_for_the_application(migration_test: MigrationTest, write: Write) -> None:
    """What it can't write, it does not write."""
    write(SET_STATUS)
    items = [{"id": "1", "text": "x" * 300_000, "more": {"list": ["y" * 90_000]}}]
    migration_test.make_table("orders", key="id", items=items)
    migration_test.assert_loses_no_write(ID)
