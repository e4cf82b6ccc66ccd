"""Passes over a table until one of them finds nothing to change: ``verify="full"``."""

from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import (
    Backfill,
    MemoryTarget,
    MigrationFailed,
    Put,
    RunUnfinished,
    UndoPlanner,
    Update,
)
from dynamigrate.backfill.control import RunControl
from dynamigrate.verification import Verification
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Raw, Tables, after, orders
from tests.unit.backfill.transforms import NEW, add_status
from tests.unit.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("unestimated")

AT_ONCE: dict[str, Any] = {"max_read_units": 1e9, "max_write_units": 1e9}


def found_of(target: MemoryTarget) -> Verification:
    """What is kept of what was found."""
    [record] = target.records()
    assert record.verified is not None
    return record.verified


def old_orders_come_in(tables: Tables, *at: int) -> None:
    """The application creates an order in the old shape right before scans of these numbers."""

    def before(operation: str, request: Raw) -> None:
        if operation == "Scan" and tables.requests["Scan"] in at:
            # Into the part that was read before.
            tables["orders"][f"late-{tables.requests['Scan']:02}"] = {"id": {"S": f"late-{tables.requests['Scan']:02}"}}

    tables.before = before


def all_new(tables: Tables) -> bool:
    return all(item.get("status") == NEW for item in tables["orders"].values())


def test_what_is_created_meanwhile_is_found_and_settled(backfill: RunBackfill, target: MemoryTarget) -> None:
    """By a further pass; the next one finds nothing, and it is done."""
    tables = Tables(orders=orders(30))
    old_orders_come_in(tables, 4)
    backfill(tables, add_status, segments=3, threads=1, verify="full")
    assert all_new(tables)
    found = found_of(target)
    assert (found.mode, found.whole, found.clean) == ("full", True, True)
    assert (found.checked, found.settled, found.passes) == (31, 1, 3)
    assert target.segments("1") == {}


def test_a_pass_that_changes_nothing_is_the_last_one(backfill: RunBackfill, target: MemoryTarget) -> None:
    """The first one too, where there was nothing to do."""
    tables = Tables(orders=orders(30, status={"S": "NEW"}))
    backfill(tables, add_status, segments=3, verify="full")
    assert tables.requests["Scan"] == 3
    assert (found_of(target).passes, found_of(target).settled) == (1, 0)


def test_the_figures_are_those_of_all_passes_and_say_which_one_it_is(backfill: RunBackfill) -> None:
    """How far it is, is how far the pass is."""
    tables = Tables(orders=orders(30))
    figures: list[Any] = []
    backfill(tables, add_status, segments=3, verify="full", settings={"measure": figures.append})
    assert figures[-1]["pass"] == 2
    assert (figures[-1]["done"], figures[-1]["total"], figures[-1]["written"]) == (30, 30, 30)
    assert figures[-1]["percent"] == 100


def test_a_pass_expects_as_many_items_as_the_one_before(backfill: RunBackfill, clock: FakeClock) -> None:
    """The service's count may be hours old, and was that of an empty table."""
    tables = Tables(orders=orders(3000))
    tables.described = {"ItemCount": 0}
    figures: list[Any] = []

    def before(operation: str, request: Raw) -> None:
        clock.turn(5)

    tables.before = before
    backfill(tables, add_status, segments=1, verify="full", settings={"measure": figures.append}, **AT_ONCE)
    assert {one["total"] for one in figures if one.get("pass") == 2} == {3000}


def test_passes_come_to_an_end_and_the_next_run_goes_on_with_as_many(
    backfill: RunBackfill, target: MemoryTarget
) -> None:
    """Nobody can settle what somebody goes on writing."""
    tables = Tables(orders=orders(30))
    old_orders_come_in(tables, 4, 7, 10, 13)
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, add_status, segments=3, threads=1, verify="full", passes=2)
    said = str(caught.value)
    assert "orders is not settled after 2 further passes: the last one still changed 1 item" in said
    assert 'such as {"id": "late-07"}' in said
    assert "it goes on" in said
    assert tables.requests["Scan"] == 9
    [record] = target.records()
    assert record.dirty
    backfill(tables, add_status, segments=3, threads=1, verify="full", passes=3)
    assert all_new(tables)
    # What was settled before counts.
    assert found_of(target).settled == 4
    # Not one item was written again: the first pass was over.
    assert sum(tables.sizes) == 34


def test_a_transform_that_does_not_settle_is_found_out_before_it_does_harm(
    backfill: RunBackfill, target: MemoryTarget
) -> None:
    """No item is changed a second time."""
    tables = Tables(orders=orders(30, price={"N": "5"}))

    def to_cents(item: Any, ctx: Any) -> Update:
        return Update(set={"price": item["price"] * 100})

    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, to_cents, segments=3, verify="full")
    said = str(caught.value)
    assert "to_cents, given the item id='order-000" in said
    assert "does not settle: calling it again on what it returned changes the item again" in said
    assert "once=True" in said
    assert all(item["price"] == {"N": "500"} for item in tables["orders"].values())
    # With the stamp it would be sound; without, it is given up.
    assert target.records()[0].dirty


def test_once_settles_it(backfill: RunBackfill, target: MemoryTarget) -> None:
    """What has the stamp is passed over."""
    tables = Tables(orders=orders(30, price={"N": "5"}))
    backfill(
        tables,
        lambda item, ctx: Update(set={"price": item["price"] * 100}),
        segments=3,
        once=True,
        verify="full",
    )
    assert all(item["price"] == {"N": "500"} for item in tables["orders"].values())
    assert found_of(target).clean


def test_a_filter_leaves_out_what_is_done(backfill: RunBackfill, target: MemoryTarget) -> None:
    """So a transform that would not settle is not asked again, where it writes what the filter looks at."""
    tables = Tables(orders=orders(30, price={"N": "5"}))
    scan = tables.scan

    def filtered(**request: Any) -> Raw:
        answer = scan(**request)
        answer["Items"] = [item for item in answer["Items"] if "currency" not in item]
        return answer

    tables.scan = filtered  # type: ignore[method-assign]
    backfill(
        tables,
        lambda item, ctx: Update(set={"price": item["price"] * 100, "currency": "cent"}),
        segments=1,
        filter="attribute_not_exists(currency)",
        verify="full",
    )
    assert all(item["price"] == {"N": "500"} for item in tables["orders"].values())
    assert (found_of(target).clean, found_of(target).checked) == (True, 30)


def test_items_that_are_left_out_are_counted_and_it_is_done_all_the_same(
    backfill: RunBackfill, target: MemoryTarget
) -> None:
    """They are in the way of no other; but it is not clean."""
    tables = Tables(orders=orders(30))

    def picky(item: Any, ctx: Any) -> Update | None:
        if item["id"] == "order-00007":
            raise ValueError("no such order")
        return add_status(item, ctx)

    figures: list[Any] = []
    backfill(tables, picky, segments=3, on_error="skip", verify="full", settings={"measure": figures.append})
    found = found_of(target)
    assert (found.clean, found.failed, found.would_change, found.passes) == (False, 1, 0, 2)
    assert figures[-1]["failed"] == 1


@pytest.mark.parametrize("table", ["copies", "orders"])
def test_other_items_settle_too(backfill: RunBackfill, target: MemoryTarget, table: str) -> None:
    """Whether they are as they should be is looked at before they are written again."""
    tables = Tables(orders=orders(30, kind={"S": "order"}), copies={})

    def copy(item: Any, ctx: Any) -> Put | None:
        if item.get("kind") != "order":
            return None
        return Put({"id": f"copy-{item['id']}", "n": 1}, table=table)

    backfill(tables, copy, segments=3, verify="full")
    assert len([key for key in tables[table] if key.startswith("copy-")]) == 30
    found = found_of(target)
    assert found.clean
    # Of one table, some of the copies were seen by the first pass.
    assert sum(tables.sizes) == 30
    assert tables.requests["BatchGetItem"] >= 1


def test_another_item_that_is_another_each_time_is_found_out(backfill: RunBackfill) -> None:
    """Its own item stays as it is, but there is no end to it."""
    tables = Tables(orders=orders(3), copies={})
    numbers = iter(range(1000))

    def copy(item: Any, ctx: Any) -> Put:
        return Put({"id": item["id"], "n": next(numbers)}, table="copies")

    with pytest.raises(MigrationFailed, match="does not settle"):
        backfill(tables, copy, segments=1, verify="full")
    assert {int(item["n"]["N"]) for item in tables["copies"].values()} == {0, 1, 2}


def test_a_run_that_stops_between_passes_goes_on_with_the_pass(
    backfill: RunBackfill, target: MemoryTarget, controls: list[RunControl]
) -> None:
    """What earlier passes counted is not lost."""
    tables = Tables(orders=orders(3000))
    # The second pass begins with the thirteenth.
    after(tables, "Scan", 14, lambda: target.request_stop("the deploy was cancelled"), lambda: controls[0].stopping)
    with pytest.raises(RunUnfinished, match="in its pass 2"):
        backfill(tables, add_status, segments=1, threads=1, verify="full", **AT_ONCE)
    tables.before = lambda operation, request: None
    figures: list[Any] = []
    backfill(tables, add_status, segments=1, verify="full", settings={"measure": figures.append}, **AT_ONCE)
    assert sum(tables.sizes) == 3000
    assert (figures[-1]["written"], figures[-1]["pass"]) == (3000, 2)
    assert (found_of(target).checked, found_of(target).settled) == (3000, 0)


@pytest.mark.parametrize("kind", ["sample", "full"])
def test_an_undo_is_not_verified(backfill: RunBackfill, target: MemoryTarget, kind: Any) -> None:
    """There is nothing that it would say of what is applied."""
    tables = Tables(orders=orders(10))
    back: Callable[[Any, Any], Update] = lambda item, ctx: Update(remove=["status"])  # noqa: E731 - it is given by name
    undo = Backfill("orders", back, segments=2, verify=kind)
    backfill(tables, add_status, segments=2, undo=undo, verify=None)
    scans = tables.requests["Scan"]
    backfill(tables, add_status, undo=undo, verify=None, settings={"planner": UndoPlanner()})
    assert tables.requests["Scan"] == scans + 2
    assert target.records() == ()


@pytest.mark.parametrize("kind", ["sample", "full"])
def test_a_dry_run_is_not_verified(backfill: RunBackfill, kind: Any) -> None:
    """All that it did not write would still be to be written."""
    tables = Tables(orders=orders(10))
    backfill(tables, add_status, segments=2, verify=kind, settings={"dry_run": True})
    assert tables.requests["Scan"] == 2
