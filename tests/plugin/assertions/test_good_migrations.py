"""Good migrations pass each assertion, which leaves the data as it was."""

import pytest

from dynamigrate_pytest import MigrationTest
from tests.plugin.assertions.good import GOOD_BACKFILL, GOOD_FUNCTION
from tests.plugin.conftest import ID, Write


class TestGoodOnes:
    """They pass, and leave the data as it was."""

    @pytest.mark.slow
    @pytest.mark.parametrize("text", [GOOD_BACKFILL, GOOD_FUNCTION], ids=["backfill", "function"])
    def test_pass_all(self, migration_test: MigrationTest, write: Write, text: str) -> None:
        """In both directions."""
        write(text)
        before = migration_test.items("orders")
        migration_test.assert_repeatable(ID)
        migration_test.assert_undone(ID)
        migration_test.assert_survives_crashes(ID)
        migration_test.assert_survives_crashes(ID, "undo")
        migration_test.assert_loses_no_write(ID)
        assert migration_test.items("orders") == before

    @pytest.mark.slow
    @pytest.mark.parametrize("made", ["before", "when it is called"])
    def test_may_call_a_backfill(self, migration_test: MigrationTest, write: Write, made: str) -> None:
        """One item after the other there, too."""
        call = "both(ctx)" if made == "before" else "Backfill(table='orders', transform=add)(ctx)"
        write(f"""
from dynamigrate import Backfill, Update
from threading import current_thread

THREADS = set()

def add(item, ctx):
    if "status" not in item:
        THREADS.add(current_thread().name)
        return Update(set={{"status": "NEW"}})

both = Backfill(table="orders", transform=add)

def do(ctx):
    {call}
    assert len(THREADS) <= 2, "one for the estimate, one for the work"
""")
        migration_test.assert_survives_crashes(ID)
        migration_test.assert_loses_no_write(ID)

    def test_are_guarded(self, migration_test: MigrationTest, write: Write) -> None:
        """Of a function only its author knows the conditions."""
        write(GOOD_BACKFILL)
        migration_test.assert_guarded(ID)
        write(GOOD_FUNCTION)
        with pytest.raises(TypeError, match="20261123090000_add_status is no Backfill"):
            migration_test.assert_guarded(ID)
