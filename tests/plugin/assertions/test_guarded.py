"""`assert_guarded`: what a transform goes by is compared when its write arrives."""

import pytest

from dynamigrate_pytest import MigrationTest
from tests.plugin.assertions.good import GOOD_BACKFILL
from tests.plugin.assertions.words import failure_of
from tests.plugin.conftest import ID, Write


class TestGuarded:
    """`assert_guarded`"""

    def test_finds_what_is_read_elsewhere(self, migration_test: MigrationTest, write: Write) -> None:
        """In another table, by a request of transform's own."""
        migration_test.make_table("customers", key="id", items=[{"id": "c", "country": "DE"}])
        write("""
from dynamigrate import Backfill, Update

def country(item, ctx):
    found = ctx.dynamodb.get_item(TableName=ctx.tables["customers"], Key={"id": {"S": "c"}})
    if "country" not in item:
        return Update(set={"country": found.get("Item", {}).get("country", {}).get("S", "?")})

do = Backfill(table="orders", transform=country)
""")
        said = failure_of(migration_test.assert_guarded, ID)
        assert "transform asks for more than its item, and what it is told is in no condition." in said
        assert "orders {'orderId': '1003'}: transform sends GetItem to customers" in said

    @pytest.mark.parametrize(
        "value", ["time.strftime('%j')", "int(time.time()) // 90_000", "random.random()", "next(COUNT)"]
    )
    def test_finds_what_is_no_function_of_the_item(
        self, migration_test: MigrationTest, write: Write, value: str
    ) -> None:
        """The clock, chance, and what is kept from one call to the next."""
        write(f"""
import itertools, random, time
from dynamigrate import Backfill, Update

COUNT = itertools.count()

def add(item, ctx):
    if "n" not in item:
        return Update(set={{"n": str({value})}})

do = Backfill(table="orders", transform=add)
""")
        said = failure_of(migration_test.assert_guarded, ID)
        assert "transform makes something else of the same item each time" in said
        assert "it returned Update(set={'n': '" in said

    def test_finds_a_cache(self, migration_test: MigrationTest, write: Write) -> None:
        """What was read of an item in an earlier call is compared in none that comes later."""
        write("""
from dynamigrate import Backfill, Update

LABELS = {}

def label(item, ctx):
    if "label" not in item:
        key = item["orderId"]
        if key not in LABELS:
            LABELS[key] = f"{item['total']} EUR"
        return Update(set={"label": LABELS[key]})

do = Backfill(table="orders", transform=label)
""")
        said = failure_of(migration_test.assert_guarded, ID)
        assert "transform keeps what it read of an item, so a later call's write is not compared with it." in said
        assert "called again, it did not read total, and returned the same" in said

    def test_finds_overwrite(self, migration_test: MigrationTest, write: Write) -> None:
        """Nothing is compared at all."""
        write(GOOD_BACKFILL.replace("transform=add)", "transform=add, overwrite=True)"))
        said = failure_of(migration_test.assert_guarded, ID)
        assert "it says overwrite=True, so nothing that transform reads is compared when its write arrives." in said

    def test_finds_a_single_write_elsewhere(self, migration_test: MigrationTest, write: Write) -> None:
        """It is compared with nothing; in a list it would be."""
        migration_test.make_table("copies", key="orderId")
        write("""
from dynamigrate import Backfill, Put

do = Backfill(table="orders", transform=lambda item, ctx: Put({**item}, table="copies"))
""")
        said = failure_of(migration_test.assert_guarded, ID)
        assert "transform writes another item by itself" in said
        assert "Return it in a list" in said
        write("""
from dynamigrate import Backfill, Put

do = Backfill(table="orders", transform=lambda item, ctx: [Put({**item}, table="copies")])
""")
        migration_test.assert_guarded(ID)
