"""`assert_survives_crashes`: whenever a run is killed, the next one comes to the same end."""

import pytest

from dynamigrate_pytest import MigrationTest
from tests.plugin.assertions.words import failure_of, words
from tests.plugin.conftest import ID, Write


class TestCrashes:
    """`assert_survives_crashes`"""

    def test_finds_the_hole_between_two_writes(self, migration_test: MigrationTest, write: Write) -> None:
        """With the request's number and operation, and what was there at that moment."""
        write("""
def do(ctx):
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        if "note" in order:
            ctx.dynamodb.delete_item(TableName=ctx.tables["orders"], Key={"orderId": order["orderId"]})
            ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={**order, "orderId": {"S": "n-1"}})
""")
        assert failure_of(migration_test.assert_survives_crashes, ID) == words("""
            20261123090000_add_status: killed right after request 2 (DeleteItem to orders) of 3, before its answer came, and run again, it does not come to the same end.

              orders {"orderId": "n-1", "note": "by hand"}: the item should be there, is absent
              When it was killed:
              orders {"orderId": "n-1", "note": "by hand"}: the item should be there, was absent

            The smallest case that shows it, 1 of 3 items:
              orders {"orderId": "1002", "note": "by hand"}

            Whatever was done before the kill is done, and nothing after it: have each write stand by itself and be recognized when it is done already, or put those that belong together into one transaction.
        """)

    def test_finds_that_a_backfill_does_again_what_was_done(self, migration_test: MigrationTest, write: Write) -> None:
        """No checkpoint was saved since the write."""
        write("""
from dynamigrate import Backfill, Update

do = Backfill(table="orders", transform=lambda item, ctx: Update(set={"total": item["total"] + 1}))
""")
        said = failure_of(migration_test.assert_survives_crashes, ID)
        assert "(UpdateItem to orders)" in said
        assert 'orders {"orderId": "1003", "total": 7}' in said
        assert "total should be 8, is 9" in said

    def test_finds_that_the_next_run_fails(self, migration_test: MigrationTest, write: Write) -> None:
        """With what it raised."""
        write("""
def do(ctx):
    for number in range(2):
        ctx.dynamodb.put_item(
            TableName=ctx.tables["orders"],
            Item={"orderId": {"S": f"n-{number}"}},
            ConditionExpression="attribute_not_exists(orderId)",
        )
""")
        said = failure_of(migration_test.assert_survives_crashes, ID)
        assert "killed right after request 1 (PutItem to orders) of 2, before its answer came, and run again" in said
        assert "it fails." in said
        assert "ConditionalCheckFailedException" in said

    @pytest.mark.parametrize("early", [False, True], ids=["after the write", "before it"])
    def test_are_tried_at_each_checkpoint(self, migration_test: MigrationTest, write: Write, early: bool) -> None:
        """What is saved before its work is done is passed over by the run that goes on."""
        save = "done.append(order['orderId']['S'])\n            ctx.checkpoint.save(done)"
        write(f"""
def do(ctx):
    done = ctx.checkpoint.load() or []
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        if order["orderId"]["S"] not in done:
            {save if early else "pass"}
            ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={{**order, "seen": {{"BOOL": True}}}})
            {"pass" if early else save}
""")
        if not early:
            migration_test.assert_survives_crashes(ID)
            return
        said = failure_of(migration_test.assert_survives_crashes, ID)
        assert "killed right before request 2 (PutItem to orders) of 2, and run again" in said
        assert 'orders {"orderId": "1003"}: seen should be true, is absent' in said

    def test_are_not_outlived_by_what_catches_everything(self, migration_test: MigrationTest, write: Write) -> None:
        """Whatever it sends when it is dead gets nowhere."""
        write("""
def do(ctx):
    try:
        ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "n"}, "a": {"N": "1"}})
        ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "n"}, "a": {"N": "2"}})
    except BaseException:
        ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "broken"}})
""")
        migration_test.assert_survives_crashes(ID)

    def test_of_an_undo_are_found_too(self, migration_test: MigrationTest, write: Write) -> None:
        """It says so by the same words."""
        write("""
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "n"}, "left": {"N": "3"}})

def undo(ctx):
    orders = ctx.tables["orders"]
    ctx.dynamodb.update_item(
        TableName=orders,
        Key={"orderId": {"S": "n"}},
        UpdateExpression="ADD #left :less",
        ExpressionAttributeNames={"#left": "left"},
        ExpressionAttributeValues={":less": {"N": "-1"}},
    )
""")
        migration_test.assert_survives_crashes(ID)
        said = failure_of(migration_test.assert_survives_crashes, ID, "undo")
        assert 'orders {"orderId": "n"}: left should be 2, is 1' in said
        assert "It takes no item to show it." in said
