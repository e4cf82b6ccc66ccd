"""A backfill from its first page to its last."""

import random
from typing import Any

import pytest

from dynamigrate import (
    MemoryTarget,
    MigrationFailed,
    Put,
    Update,
)
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables, orders, refusal
from tests.unit.backfill.transforms import NEW, add_status
from tests.unit.fakes import FakeClock


def test_every_item_is_transformed_once_and_written_in_full_batches(backfill: RunBackfill) -> None:
    """However many pages a segment has."""
    tables = Tables(orders=orders(1010, total={"N": "1"}))
    outcome = backfill(tables, add_status, segments=1, threads=1, verify=None)
    assert outcome.applied == ("1",)
    assert all(item["status"] == NEW for item in tables["orders"].values())
    # Before that, a few pages were looked at for what it costs.
    assert sorted(tables.scanned[200:]) == sorted(tables["orders"])
    assert tables.sizes == [25] * 40 + [10]


def test_large_items_do_not_wait_until_a_request_is_full(backfill: RunBackfill) -> None:
    """Each thread has its waiting writes in memory, and 25 items may be 10 MB."""
    tables = Tables(orders=orders(20), copies={})
    note = "x" * 100_000
    backfill(tables, lambda item, ctx: Put({"id": item["id"], "note": note}, table="copies"), segments=1)
    assert max(tables.sizes) <= 5
    assert len(tables["copies"]) == 20


def test_items_that_need_nothing_cost_no_write(backfill: RunBackfill) -> None:
    """Those that have what is to be set, too."""
    tables = Tables(orders=orders(60, status={"S": "NEW"}))
    backfill(tables, lambda item, ctx: Update(set={"status": "NEW"}, remove=["gone"]))
    assert "BatchExecuteStatement" not in tables.requests


def test_writes_that_are_few_and_far_between_share_their_batches(backfill: RunBackfill) -> None:
    """Pages of one segment fill one batch together."""
    rows = orders(2500, status={"S": "OLD"})
    for number in range(0, 2500, 50):
        del rows[f"order-{number:05d}"]["status"]
    tables = Tables(orders=rows)
    backfill(tables, add_status, segments=1)
    assert tables.sizes == [25, 25]


@pytest.mark.parametrize("kind", ["guarded", "plain"])
def test_what_the_service_sends_back_is_sent_again_in_full_batches(backfill: RunBackfill, kind: str) -> None:
    """With a third of all writes refused, at most 1.6 times the requests."""
    tables = Tables(orders=orders(5000), copies={})
    random.seed(7)
    tables.refuse = lambda key: random.random() < 0.3

    def copy(item: Any, ctx: Any) -> Put:
        return Put({"id": item["id"], "status": "NEW"}, table="copies")

    backfill(tables, add_status if kind == "guarded" else copy, segments=1)
    written = tables["orders" if kind == "guarded" else "copies"]
    assert sum(item.get("status") == NEW for item in written.values()) == 5000
    assert len(tables.sizes) <= 1.6 * 5000 / 25


def test_passing_errors_are_sat_out(backfill: RunBackfill, clock: FakeClock) -> None:
    """Throttled and failing requests are sent again, after a pause."""
    tables = Tables(orders=orders(100))
    errors = ["ProvisionedThroughputExceededException", "InternalServerError", "ThrottlingException"] * 2

    def before(operation: str, request: Any) -> None:
        if operation != "DescribeTable" and errors:
            raise refusal(errors.pop())

    tables.before = before
    backfill(tables, add_status, segments=2)
    assert all(item["status"] == NEW for item in tables["orders"].values())
    assert clock.slept


def test_a_table_that_takes_nothing_is_given_up_after_minutes(backfill: RunBackfill) -> None:
    """Not at once, and not never."""
    tables = Tables(orders=orders(10))

    def before(operation: str, request: Any) -> None:
        if operation == "Scan":
            raise refusal("ThrottlingException")

    tables.before = before
    with pytest.raises(MigrationFailed, match="The table took nothing for 300 seconds"):
        backfill(tables, add_status, segments=1)


def test_rehearsing_reads_and_counts_and_writes_nothing(backfill: RunBackfill, target: MemoryTarget) -> None:
    """As migrate(dry_run=True) asks for."""
    tables = Tables(orders=orders(60))
    figures: list[Any] = []
    outcome = backfill(tables, add_status, settings={"dry_run": True, "measure": figures.append})
    assert outcome.applied == ("1",)
    assert set(tables.requests) == {"DescribeTable", "Scan"}
    assert figures[-1]["written"] == 60
    assert target.done() == ()


def test_tells_how_far_it_is(backfill: RunBackfill) -> None:
    """Everything that a person wants to watch."""
    tables = Tables(orders=orders(100))
    figures: list[Any] = []
    backfill(tables, add_status, settings={"measure": figures.append})
    last = figures[-1]
    assert (last["done"], last["total"], last["percent"], last["written"]) == (100, 100, 100.0, 100)
    assert last["read_units"] == 50
    assert last["write_units"] == 100
    assert {"per_second", "conflicts", "throttles", "failed", "gone"} <= set(last)


def test_the_table_may_have_a_logical_name(backfill: RunBackfill) -> None:
    """As given in the construct."""
    tables = Tables(**{"shop-orders-1X2": orders(5)})
    backfill(tables, add_status, settings={"tables": {"orders": "shop-orders-1X2"}})
    assert all(item["status"] == NEW for item in tables["shop-orders-1X2"].values())
