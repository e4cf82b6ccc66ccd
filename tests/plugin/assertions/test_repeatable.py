"""`assert_repeatable`: what is done already is not done again."""

import pytest

from dynamigrate_pytest import MigrationTest
from tests.plugin.assertions.words import failure_of, words
from tests.plugin.conftest import ID, Write


class TestRepeated:
    """`assert_repeatable`"""

    def test_says_what_the_second_time_changes(self, migration_test: MigrationTest, write: Write) -> None:
        """With the one item, and the one attribute of it, that shows it."""
        write("""
from dynamigrate import Backfill, Update

def to_cents(item, ctx):
    if item.get("total", 0) > 5:
        return Update(set={"total": item["total"] * 100})

do = Backfill(table="orders", transform=to_cents)
""")
        assert failure_of(migration_test.assert_repeatable, ID) == words("""
            20261123090000_add_status: done a second time, it changes what it did the first time.

              orders {"orderId": "1003"}: total was 700, is 70000

            The smallest case that shows it, 1 of 3 items:
              orders {"orderId": "1003", "total": 7}

            A deploy that is killed does it again, over what is done already. Look first whether an item's work is done, take no time of day and no random number, and count nothing up; or, in a Backfill, say once=True.
        """)

    def test_finds_a_clock_that_counts_days(self, migration_test: MigrationTest, write: Write) -> None:
        """Both times are within one second, and the second one is another day to the migration."""
        write("""
import datetime as dt
from datetime import date
import time
from dynamigrate import Backfill, Update

def stamp(item, ctx):
    now = dt.datetime.now(dt.UTC)
    assert isinstance(now, dt.datetime)
    return Update(set={"at": now.date().isoformat(), "day": date.today().isoformat(), "s": int(time.time()) // 3600})

do = Backfill(table="orders", transform=stamp)
""")
        said = failure_of(migration_test.assert_repeatable, ID)
        assert 'orders {"orderId": "1003"}: at was "' in said
        assert ": day was " in said
        assert ": s was " in said

    def test_says_that_the_second_time_fails(self, migration_test: MigrationTest, write: Write) -> None:
        """With what was raised."""
        write("""
def do(ctx):
    ctx.dynamodb.create_table(
        TableName="labels",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "code", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "code", "KeyType": "HASH"}],
    )
""")
        said = failure_of(migration_test.assert_repeatable, ID)
        assert "20261123090000_add_status: done a second time, it fails." in said
        assert "ResourceInUseException" in said
        assert "The smallest case that shows it, 0 of 3 items" not in said
        assert "It takes no item to show it." in said

    def test_does_not_pass_for_what_changes_nothing(self, migration_test: MigrationTest, write: Write) -> None:
        """It would say nothing of a migration for other data."""
        write("def do(ctx):\n    pass\n")
        said = failure_of(migration_test.assert_repeatable, ID)
        assert "it changes nothing of the data that this test made, so there is nothing to judge." in said

    def test_lets_a_failure_of_the_first_time_through(self, migration_test: MigrationTest, write: Write) -> None:
        """It is the migration's own, with its line."""
        write("def do(ctx):\n    raise KeyError('status')\n")
        with pytest.raises(Exception, match=r"KeyError: 'status' \(20261123090000_add_status\.py:2\)"):
            migration_test.assert_repeatable(ID)
