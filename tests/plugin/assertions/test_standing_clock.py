"""The clock stands still in the files of a migration, so what goes by it can be judged."""

import time

import pytest

from dynamigrate_pytest import MigrationTest
from tests.plugin.assertions.words import failure_of
from tests.plugin.conftest import ID, Write


class TestTheClock:
    """It stands still in the files of a migration, so what goes by it can be judged."""

    @pytest.mark.slow
    def test_stands_still_in_runs_that_are_compared(self, migration_test: MigrationTest, write: Write) -> None:
        """A time that is written once is the same, whenever the process was killed."""
        write("""
import time
from datetime import UTC, datetime
from dynamigrate import Backfill, Update

def stamp(item, ctx):
    if "at" not in item:
        return Update(set={"at": datetime.now(UTC).isoformat(), "expires": int(time.time()) + 86_400})

do = Backfill(table="orders", transform=stamp)
""")
        migration_test.assert_repeatable(ID)
        migration_test.assert_survives_crashes(ID)
        migration_test.assert_loses_no_write(ID)
        assert "another day" in failure_of(migration_test.assert_guarded, ID)

    def test_goes_on_for_whoever_waits_by_it(self, migration_test: MigrationTest, write: Write) -> None:
        """And is everybody's own again afterwards, as it is for a migration that is done."""
        write("""
import time

def do(ctx):
    until = time.time() + 5
    while time.time() < until:
        time.sleep(0)
    ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "n"}})
""")
        migration_test.assert_repeatable(ID)
        write("""
import time

def do(ctx):
    now = {"S": str(time.time())}
    ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "0"}, "at": now})
""")
        seen = []
        for _ in range(2):
            migration_test.do(ID)
            seen.append(float(migration_test.items("orders")[0]["at"]))
        assert seen[0] < seen[1]
        assert abs(time.time() - seen[1]) < 60
