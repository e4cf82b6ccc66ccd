"""What has to hold of 20261116101500_spell_out_statuses before it is deployed."""

import pytest

from dynamigrate_pytest import MigrationTest

MIGRATION = "20261116101500"


@pytest.fixture(autouse=True)
def before(migration_test: MigrationTest) -> None:
    """Orders in the old shape, and one that has no status."""
    migration_test.make_table(
        "orders",
        key="orderId",
        items=[{"orderId": "1001", "status": "S"}, {"orderId": "1002", "status": "N"}, {"orderId": "1003"}],
    )


def test_statuses_are_words(migration_test: MigrationTest) -> None:
    migration_test.do(MIGRATION)
    assert [one.get("status") for one in migration_test.items("orders")] == ["SHIPPED", "NEW", None]


def test_doing_it_twice_changes_nothing_more(migration_test: MigrationTest) -> None:
    migration_test.assert_repeatable(MIGRATION)


def test_its_undo_gives_back_what_was_there(migration_test: MigrationTest) -> None:
    migration_test.assert_undone(MIGRATION)


def test_it_survives_a_crash_at_every_request(migration_test: MigrationTest) -> None:
    migration_test.assert_survives_crashes(MIGRATION)
    migration_test.assert_survives_crashes(MIGRATION, "undo")


def test_it_loses_no_write_of_the_application(migration_test: MigrationTest) -> None:
    migration_test.assert_loses_no_write(MIGRATION)


def test_its_writes_are_guarded_by_all_that_they_depend_on(migration_test: MigrationTest) -> None:
    migration_test.assert_guarded(MIGRATION)
