"""`assert_undone`: an undo gives back what was there."""

from dynamigrate_pytest import MigrationTest
from tests.plugin.assertions.words import failure_of, words
from tests.plugin.conftest import ID, Write


class TestUndone:
    """`assert_undone`"""

    def test_names_the_attribute_that_the_undo_forgets(self, migration_test: MigrationTest, write: Write) -> None:
        """By its path, within a map within a list too."""
        write("""
from dynamigrate import Backfill, Update

def price(item, ctx):
    lines = [{**line, "cents": 100} for line in item.get("lines", [])]
    if lines:
        return Update(set={"lines": lines, "priced": True})

def unprice(item, ctx):
    if "priced" in item:
        return Update(remove=["priced"])

do = Backfill(table="orders", transform=price)
undo = Backfill(table="orders", transform=unprice)
""")
        assert failure_of(migration_test.assert_undone, ID) == words("""
            20261123090000_add_status: do, then undo, does not give back what was there.

              orders {"orderId": "1001"}: lines[0].cents was absent, is 100

            The smallest case that shows it, 1 of 3 items:
              orders {"orderId": "1001", "lines": [{}]}

            Have the undo put back what the do changed; what it can't know any more, the do has to keep.
        """)

    def test_says_that_there_is_no_undo(self, migration_test: MigrationTest, write: Write) -> None:
        """Nothing is run."""
        write("def do(ctx):\n    raise AssertionError\n")
        said = failure_of(migration_test.assert_undone, ID)
        assert said == "20261123090000_add_status has no undo, so there is nothing to assert of it."

    def test_does_not_take_the_engines_stamp_for_data(self, migration_test: MigrationTest, write: Write) -> None:
        """An item that ``once=True`` has marked is marked as undone."""
        write("""
from dynamigrate import Backfill, Update

do = Backfill(table="orders", transform=lambda item, ctx: Update(set={"total": item["total"] * 100}), once=True)
undo = Backfill(table="orders", transform=lambda item, ctx: Update(set={"total": item["total"] / 100}), once=True)
""")
        migration_test.assert_undone(ID)
        migration_test.assert_repeatable(ID)
