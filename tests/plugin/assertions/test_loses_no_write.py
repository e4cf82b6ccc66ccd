"""`assert_loses_no_write`: what somebody else writes meanwhile is still there."""

import pytest

from dynamigrate_pytest import MigrationTest
from tests.plugin.assertions.good import GOOD_BACKFILL
from tests.plugin.assertions.words import failure_of, words
from tests.plugin.conftest import ID, Write


class TestLostWrites:
    """`assert_loses_no_write`"""

    def test_finds_a_put_of_what_was_read(self, migration_test: MigrationTest, write: Write) -> None:
        """Which writes over whatever came in between."""
        write("""
def do(ctx):
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        if "status" not in order:
            ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={**order, "status": {"S": "NEW"}})
""")
        assert failure_of(migration_test.assert_loses_no_write, ID) == words("""
            20261123090000_add_status: it writes over what somebody else wrote in between.

              orders {"orderId": "1002"}: the application set written_meanwhile to "by the application", right before request 2 (PutItem to orders)
              Had that come first, the end would be another:
              orders {"orderId": "1002"}: written_meanwhile should be "by the application", is absent

            The smallest case that shows it, 1 of 3 items:
              orders {"orderId": "1002"}

            Between reading an item and writing it somebody else may change it: set only the attributes that are yours (update_item, never put_item of what was read), on the condition that what was read is still so, and read again where it is not. A Backfill does all that, without overwrite=True.
        """)

    @pytest.mark.slow
    def test_finds_overwrite(self, migration_test: MigrationTest, write: Write) -> None:
        """What the application has given the item meanwhile is written over."""
        write(GOOD_BACKFILL.replace("transform=add)", "transform=add, overwrite=True)"))
        said = failure_of(migration_test.assert_loses_no_write, ID)
        assert 'orders {"orderId": "1002"}: the application set status to "' in said
        assert ', is "NEW"' in said

    @pytest.mark.slow
    def test_finds_what_brings_a_deleted_item_back(self, migration_test: MigrationTest, write: Write) -> None:
        """An update of an item that is not there makes it."""
        write("""
def do(ctx):
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        ctx.dynamodb.update_item(
            TableName=ctx.tables["orders"],
            Key={"orderId": order["orderId"]},
            UpdateExpression="SET seen = :yes",
            ExpressionAttributeValues={":yes": {"BOOL": True}},
        )
""")
        said = failure_of(migration_test.assert_loses_no_write, ID)
        assert (
            'orders {"orderId": "1003"}: the application deleted it, right before request 2 (UpdateItem to orders)'
            in said
        )
        assert 'orders {"orderId": "1003", "seen": true}: the item should be absent, is there' in said

    def test_finds_a_backfill_that_does_not_settle(self, migration_test: MigrationTest, write: Write) -> None:
        """A look afterwards would change items, in the words that a deploy has."""
        write("""
from dynamigrate import Backfill, Update

do = Backfill(table="orders", transform=lambda item, ctx: Update(set={"total": item["total"] * 100}))
""")
        said = failure_of(migration_test.assert_loses_no_write, ID)
        assert "20261123090000_add_status: once it is done, it would still change items: it does not settle." in said
        assert 'it would change the item {"orderId": "1003"}' in said
        assert "Say once=True, so that no item is changed twice" in said

    def test_says_that_runs_can_not_be_compared(self, migration_test: MigrationTest, write: Write) -> None:
        """Of one that makes something else of the data each time, no end is the right one."""
        write("""
from uuid import uuid4
from dynamigrate import Backfill, Update

do = Backfill(table="orders", transform=lambda item, ctx: Update(set={"ref": str(uuid4())}) if "ref" not in item else None)
""")
        said = failure_of(migration_test.assert_loses_no_write, ID)
        assert "it makes something else of it each time, so two runs of it can't be compared." in said
        assert 'orders {"orderId": "1003"}: ref was "' in said
