"""What has to hold of 20261123090000_add_status before it is packaged."""

import pytest

from dynamigrate_pytest import MigrationTest

MIGRATION = "20261123090000"


@pytest.fixture(autouse=True)
def before(migration_test: MigrationTest) -> None:
    """An order without a status, and one that new code has made already."""
    migration_test.make_table(
        "orders", key="orderId", items=[{"orderId": "1001"}, {"orderId": "1002", "status": "PAID"}]
    )


def test_every_order_has_a_status(migration_test: MigrationTest) -> None:
    migration_test.do(MIGRATION)
    assert {one["orderId"]: one["status"] for one in migration_test.items("orders")} == {"1001": "NEW", "1002": "PAID"}


def test_doing_it_twice_changes_nothing_more(migration_test: MigrationTest) -> None:
    migration_test.assert_repeatable(MIGRATION)
