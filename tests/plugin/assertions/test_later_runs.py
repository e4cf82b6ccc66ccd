"""What fails in a run that is not the first one."""

import pytest

from dynamigrate import MigrationFailed
from dynamigrate_pytest import MigrationTest
from tests.plugin.assertions.good import GOOD_FUNCTION
from tests.plugin.assertions.words import failure_of
from tests.plugin.conftest import ID, Write


class TestFailing:
    """What fails in a run that is not the first one."""

    def test_is_told_of_a_check_that_does_not_bear_what_is_done(
        self, migration_test: MigrationTest, write: Write
    ) -> None:
        """Half of it done, no deploy would come past it."""
        write(f"""
{GOOD_FUNCTION}

def check(ctx):
    found = ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]
    assert all("status" not in order or order["status"] == {{"S": "PAID"}} for order in found), "there are new ones"
""")
        said = failure_of(migration_test.assert_repeatable, ID)
        assert "done a second time, it fails." in said
        assert "there are new ones" in said
        said = failure_of(migration_test.assert_survives_crashes, ID)
        assert "and run again, it fails." in said
        assert "there are new ones" in said

    def test_is_told_of_one_that_is_stuck_on_what_somebody_wrote(
        self, migration_test: MigrationTest, write: Write
    ) -> None:
        """It fails for good, although it bears what was written before it began."""
        write("""
def do(ctx):
    orders = ctx.tables["orders"]
    for order in ctx.dynamodb.scan(TableName=orders)["Items"]:
        if "written_meanwhile" in order and "begun" in order:
            raise ValueError(order["orderId"]["S"])
        key = {"orderId": order["orderId"]}
        if "written_meanwhile" not in order:
            ctx.dynamodb.update_item(TableName=orders, Key=key, UpdateExpression="SET begun = :x",
                ConditionExpression="attribute_exists(orderId)", ExpressionAttributeValues={":x": {"BOOL": True}})
        ctx.dynamodb.update_item(TableName=orders, Key=key, UpdateExpression="SET done = :x",
            ConditionExpression="attribute_exists(orderId) AND NOT (attribute_exists(begun) AND attribute_exists(written_meanwhile))",
            ExpressionAttributeValues={":x": {"BOOL": True}})
""")
        said = failure_of(migration_test.assert_loses_no_write, ID)
        assert "it fails where somebody else writes in between, and again when it is run again." in said
        assert "the application set written_meanwhile to" in said
        assert "ValueError" in said or "1003" in said

    def test_is_told_with_the_migrations_own_line(self, migration_test: MigrationTest, write: Write) -> None:
        """And with no line of the plugin, also where the engine finds the fault."""
        for returned, said in (("1 / 0", r"\(20261123090000_add_status\.py:3\)"), ("7", r"a list of them, or None")):
            write(
                f"from dynamigrate import Backfill\ndef fault(item, ctx):\n    return {returned}\ndo = Backfill('orders', fault)\n"
            )
            with pytest.raises(MigrationFailed, match=said) as failed:
                migration_test.assert_repeatable(ID)
            assert "trial.py" not in str(failed.value)
