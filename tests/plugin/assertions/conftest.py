"""The table that the migrations are about."""

import pytest

from dynamigrate_pytest import MigrationTest


@pytest.fixture(autouse=True)
def orders(migration_test: MigrationTest) -> None:
    """Of three orders, of which one is as the migrations would have it."""
    migration_test.make_table(
        "orders",
        key="orderId",
        items=[
            {"orderId": "1001", "total": 5, "lines": [{"sku": "a", "count": 2}, {"sku": "b", "count": 1}]},
            {"orderId": "1002", "total": 6, "note": "by hand"},
            {"orderId": "1003", "status": "PAID", "total": 7},
        ],
    )
