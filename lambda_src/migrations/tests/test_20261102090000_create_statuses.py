"""What has to hold of 20261102090000_create_statuses before it is deployed."""

import pytest

from dynamigrate_pytest import MigrationTest

MIGRATION = "20261102090000"


@pytest.fixture(autouse=True)
def before(migration_test: MigrationTest) -> None:
    """No table yet: the migration makes it."""
    migration_test.params["statuses_table"] = "order-statuses"


def test_it_has_a_label_for_each_status(migration_test: MigrationTest) -> None:
    migration_test.do(MIGRATION)
    assert {one["code"]: one["label"] for one in migration_test.items("order-statuses")} == {
        "NEW": "New",
        "PAID": "Paid",
        "SHIPPED": "On its way",
        "CANCELLED": "Cancelled",
    }


def test_doing_it_twice_changes_nothing_more(migration_test: MigrationTest) -> None:
    migration_test.assert_repeatable(MIGRATION)


def test_its_undo_gives_back_what_was_there(migration_test: MigrationTest) -> None:
    migration_test.assert_undone(MIGRATION)


def test_it_survives_a_crash_at_every_request(migration_test: MigrationTest) -> None:
    migration_test.assert_survives_crashes(MIGRATION)
    migration_test.assert_survives_crashes(MIGRATION, "undo")
