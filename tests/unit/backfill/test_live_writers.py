"""An application that writes to the table while a backfill runs: nothing of it is lost."""

from decimal import Decimal
from typing import Any

import pytest

from dynamigrate import (
    Backfill,
    Delete,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    Put,
    UndoPlanner,
    Update,
    migrate,
)
from dynamigrate.runtime import Runtime
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables, orders
from tests.unit.backfill.transforms import NEW, add_status
from tests.unit.fakes import FakeClock


def test_what_the_application_writes_meanwhile_stays(backfill: RunBackfill) -> None:
    """The item is read again, and transformed again."""
    tables = Tables(orders=orders(30, total={"N": "1"}))
    changed = {f"order-{number:05d}" for number in range(0, 30, 3)}

    def before(operation: str, request: Any) -> None:
        if operation == "BatchExecuteStatement" and changed:
            for key in changed:
                tables["orders"][key]["total"] = {"N": "5"}
            changed.clear()

    tables.before = before
    figures: list[Any] = []
    backfill(
        tables,
        lambda item, ctx: Update(set={"cents": item["total"] * 100}),
        segments=1,
        settings={"measure": figures.append},
    )
    assert {item["cents"]["N"] for item in tables["orders"].values()} == {"100", "500"}
    assert all(Decimal(item["cents"]["N"]) == Decimal(item["total"]["N"]) * 100 for item in tables["orders"].values())
    assert figures[-1]["conflicts"] == 10
    assert figures[-1]["written"] == 30


def test_a_change_of_what_transform_did_not_look_at_is_no_conflict(backfill: RunBackfill) -> None:
    """Guards are no wider than they have to be."""
    tables = Tables(orders=orders(30, total={"N": "1"}, note={"S": "a"}))

    def before(operation: str, request: Any) -> None:
        for item in tables["orders"].values():
            item["note"] = {"S": operation}

    tables.before = before
    backfill(tables, lambda item, ctx: Update(set={"cents": item["total"] * 100}))
    assert "GetItem" not in tables.requests
    assert all(item["cents"] == {"N": "100"} for item in tables["orders"].values())


def test_an_item_that_was_deleted_meanwhile_stays_deleted(backfill: RunBackfill) -> None:
    """A write never makes one."""
    tables = Tables(orders=orders(25))

    def before(operation: str, request: Any) -> None:
        if operation == "BatchExecuteStatement":
            tables["orders"].pop("order-00003", None)

    tables.before = before
    backfill(tables, add_status, segments=1)
    assert len(tables["orders"]) == 24
    assert all(item["status"] == NEW for item in tables["orders"].values())


def test_an_item_that_is_busier_than_the_pace_is_written_all_the_same(backfill: RunBackfill, clock: FakeClock) -> None:
    """It changes every second, and a unit a second is all there is: it is read when its turn has come, not before."""
    tables = Tables(orders=orders(30, total={"N": "1"}))
    busy = tables["orders"]["order-00029"]
    changed = clock.monotonic()

    def before(operation: str, request: Any) -> None:
        nonlocal changed
        if clock.monotonic() - changed >= 0.9:
            changed = clock.monotonic()
            busy["total"] = {"N": str(int(busy["total"]["N"]) + 1)}

    tables.before = before
    backfill(tables, lambda item, ctx: Update(set={"cents": item["total"] * 100}), segments=1, max_write_units=1)
    assert int(busy["cents"]["N"]) > 100
    assert all("cents" in item for item in tables["orders"].values())


def test_an_item_that_never_holds_still_is_given_up_and_named(backfill: RunBackfill) -> None:
    """After twenty tries."""
    tables = Tables(orders=orders(1, total={"N": "1"}))

    def before(operation: str, request: Any) -> None:
        if operation == "BatchExecuteStatement":
            total = tables["orders"]["order-00000"]["total"]
            total["N"] = str(int(total["N"]) + 1)

    tables.before = before
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, lambda item, ctx: Update(set={"cents": item["total"] * 100}))
    assert "The item id='order-00000' of the table orders was changed by somebody else 20 times" in str(caught.value)


@pytest.mark.parametrize("overwrite", [False, True])
def test_when_is_a_condition_of_its_own(backfill: RunBackfill, *, overwrite: bool) -> None:
    """An item for which it does not hold is left alone, also with overwrite."""
    tables = Tables(orders={"a": {"v": {"N": "1"}}, "b": {"v": {"N": "2"}}, "c": {}})

    def bump(item: Any, ctx: Any) -> Update:
        return Update(set={"v": 3}, when={"v": Update.ABSENT if item["id"] == "c" else 1})

    backfill(tables, bump, overwrite=overwrite)
    assert [item["v"]["N"] for item in tables["orders"].values()] == ["3", "2", "3"]


def test_when_holds_at_the_moment_of_the_write(backfill: RunBackfill) -> None:
    """Not only when the item was read."""
    tables = Tables(orders={"a": {"v": {"N": "1"}}})

    def before(operation: str, request: Any) -> None:
        if operation == "BatchExecuteStatement":
            tables["orders"]["a"]["v"] = {"N": "2"}

    tables.before = before
    backfill(tables, lambda item, ctx: Update(set={"v": 3}, when={"v": 1}), overwrite=True)
    assert tables["orders"]["a"]["v"] == {"N": "2"}


def test_a_delete_of_the_item_itself_is_guarded(backfill: RunBackfill) -> None:
    """What transform looked at must still be so."""
    tables = Tables(orders=orders(10, expired={"BOOL": True}))

    def before(operation: str, request: Any) -> None:
        if operation == "BatchExecuteStatement":
            tables["orders"]["order-00004"]["expired"] = {"BOOL": False}

    tables.before = before
    backfill(tables, lambda item, ctx: Delete() if item["expired"] else None, segments=1)
    assert list(tables["orders"]) == ["order-00004"]


def test_a_put_of_the_item_itself_keeps_what_others_add(backfill: RunBackfill) -> None:
    """It changes what differs, guarded by all that there was."""
    tables = Tables(orders=orders(10, old={"S": "x"}, total={"N": "1"}))

    def before(operation: str, request: Any) -> None:
        if operation == "BatchExecuteStatement":
            tables["orders"]["order-00004"]["added"] = {"S": "meanwhile"}

    tables.before = before
    backfill(tables, lambda item, ctx: Put({"id": item["id"], "total": item["total"], "new": 1}), segments=1)
    assert tables["orders"]["order-00003"] == {"id": {"S": "order-00003"}, "total": {"N": "1"}, "new": {"N": "1"}}
    assert tables["orders"]["order-00004"]["added"] == {"S": "meanwhile"}
    assert "old" not in tables["orders"]["order-00004"]


def test_overwrite_does_without_guards_but_makes_no_item(backfill: RunBackfill) -> None:
    """For whoever knows that nobody else writes."""
    tables = Tables(orders=orders(10, total={"N": "1"}))

    def before(operation: str, request: Any) -> None:
        if operation == "BatchExecuteStatement":
            tables["orders"]["order-00003"]["total"] = {"N": "7"}
            tables["orders"].pop("order-00004", None)

    tables.before = before
    backfill(tables, lambda item, ctx: Update(set={"total": item["total"] * 2}), segments=1, overwrite=True)
    assert tables["orders"]["order-00003"]["total"] == {"N": "2"}
    assert "order-00004" not in tables["orders"]


def test_once_survives_what_happens_to_the_value_afterwards(
    target: MemoryTarget, clock: FakeClock, backfill: RunBackfill
) -> None:
    """An item that was done is not done again, and an undo undoes it once."""
    tables = Tables(orders=orders(30, price={"N": "2"}))
    source = MemorySource()
    times, undo = (
        Backfill("orders", lambda item, ctx: Update(set={"price": item["price"] * 100}), once=True),
        Backfill("orders", lambda item, ctx: Update(set={"price": item["price"] / 100}), once=True),
    )
    source.add(Migration("1", "cents", do=times, undo=undo))

    def prices() -> set[Decimal]:
        return {Decimal(item["price"]["N"]) for item in tables["orders"].values()}

    migrate(source, target, dynamodb=tables, runtime=Runtime(clock=clock))
    assert prices() == {200}
    # As after a repair, and after a run that was killed before its first checkpoint.
    target.remove("1")
    migrate(source, target, dynamodb=tables, runtime=Runtime(clock=clock))
    assert prices() == {200}
    migrate(source, target, planner=UndoPlanner(), dynamodb=tables, runtime=Runtime(clock=clock))
    assert prices() == {2}
    migrate(source, target, dynamodb=tables, runtime=Runtime(clock=clock))
    assert prices() == {200}
