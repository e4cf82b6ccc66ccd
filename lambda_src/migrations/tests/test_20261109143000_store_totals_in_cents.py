"""What has to hold of 20261109143000_store_totals_in_cents before it is deployed."""

import pytest

from dynamigrate_pytest import MigrationTest

MIGRATION = "20261109143000"


@pytest.fixture(autouse=True)
def before(migration_test: MigrationTest) -> None:
    """Orders in the old shape, one without a total."""
    migration_test.make_table(
        "orders",
        key="orderId",
        items=[{"orderId": "1001", "total": "19.90"}, {"orderId": "1002", "total": "5"}, {"orderId": "1003"}],
    )


def test_totals_are_cents_beside_the_text(migration_test: MigrationTest) -> None:
    migration_test.do(MIGRATION)
    assert migration_test.items("orders") == [
        {"orderId": "1001", "total": "19.90", "totalCents": 1990},
        {"orderId": "1002", "total": "5", "totalCents": 500},
        {"orderId": "1003"},
    ]


def test_an_order_that_has_cents_already_keeps_them(migration_test: MigrationTest) -> None:
    migration_test.put("orders", {"orderId": "1004", "total": "7", "totalCents": 701})
    migration_test.do(MIGRATION)
    assert migration_test.items("orders")[-1]["totalCents"] == 701


def test_doing_it_twice_changes_nothing_more(migration_test: MigrationTest) -> None:
    migration_test.assert_repeatable(MIGRATION)


def test_its_undo_gives_back_what_was_there(migration_test: MigrationTest) -> None:
    migration_test.assert_undone(MIGRATION)


def test_it_survives_a_crash_at_every_request(migration_test: MigrationTest) -> None:
    migration_test.assert_survives_crashes(MIGRATION)
    migration_test.assert_survives_crashes(MIGRATION, "undo")


def test_it_loses_no_write_of_the_application(migration_test: MigrationTest) -> None:
    migration_test.assert_loses_no_write(MIGRATION)
