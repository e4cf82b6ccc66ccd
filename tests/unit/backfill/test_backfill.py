"""A backfill from its first page to its last."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

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
from tests.unit.backfill.tables import Tables, orders, refusal
from tests.unit.fakes import FakeClock

NEW = {"S": "NEW"}


def add_status(item: Any, ctx: Any) -> Update | None:
    return None if "status" in item else Update(set={"status": "NEW"})


def test_every_item_is_transformed_once_and_written_in_full_batches(backfill: RunBackfill) -> None:
    """However many pages a segment has."""
    tables = Tables(orders=orders(1010, total={"N": "1"}))
    outcome = backfill(tables, add_status, segments=1, threads=1)
    assert outcome.applied == ("1",)
    assert all(item["status"] == NEW for item in tables["orders"].values())
    assert sorted(tables.scanned) == sorted(tables["orders"])
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


LOST: list[Exception] = [
    refusal("InternalServerError"),
    ReadTimeoutError(endpoint_url="http://127.0.0.1"),
    ConnectionClosedError(endpoint_url="http://127.0.0.1"),
]


def _lose_an_answer(tables: Tables, then: Callable[[], None] = lambda: None, *, error: Exception = LOST[0]) -> None:
    """The first batch is written and looks as if it failed; then *then* is called."""
    execute = tables.batch_execute_statement
    lost = [True]

    def losing(**request: Any) -> Any:
        answer = execute(**request)
        if lost and lost.pop():
            then()
            raise error
        return answer

    tables.batch_execute_statement = losing  # type: ignore[method-assign]


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_a_write_whose_answer_was_lost_is_recognized(backfill: RunBackfill, error: Exception) -> None:
    """The item equals what was to be written, so it is not transformed again."""
    tables = Tables(orders=orders(25, price={"N": "2"}))
    _lose_an_answer(tables, error=error)
    backfill(tables, lambda item, ctx: Update(set={"price": item["price"] * 100}), segments=1)
    assert {item["price"]["N"] for item in tables["orders"].values()} == {"200"}


@pytest.mark.parametrize(
    "error",
    [*LOST[1:], ClientError({"Error": {"Code": "Odd"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "Scan")],  # type: ignore[typeddict-item]
)
def test_a_page_whose_answer_was_lost_is_read_again(backfill: RunBackfill, error: Exception) -> None:
    """Whoever it was that failed in passing, and whatever words a proxy has for it."""
    tables = Tables(orders=orders(5))
    errors = [error]

    def before(operation: str, request: Any) -> None:
        if operation == "Scan" and errors:
            raise errors.pop()

    tables.before = before
    backfill(tables, lambda item, ctx: Update(set={"status": "NEW"}), segments=1)
    assert all(item["status"] == {"S": "NEW"} for item in tables["orders"].values())


def test_of_two_puts_on_one_item_the_later_stays_although_the_first_came_back(backfill: RunBackfill) -> None:
    """An older write is no news after a newer one."""
    tables = Tables(orders=orders(2), copies={})
    refused = ["one"]
    tables.refuse = lambda key: bool(refused) and bool(refused.pop())
    backfill(tables, lambda item, ctx: Put({"id": "one", "from": item["id"]}, table="copies"), segments=1)
    assert tables["copies"]["one"]["from"] == {"S": "order-00001"}


def test_once_holds_although_the_application_puts_the_old_value_back(backfill: RunBackfill) -> None:
    """The answer was lost and the value is as it was read: the stamp alone tells that the write was made."""
    tables = Tables(orders=orders(1, price={"N": "2"}))
    _lose_an_answer(tables, lambda: tables["orders"]["order-00000"].update(price={"N": "2"}))
    backfill(tables, lambda item, ctx: Update(set={"price": item["price"] * 100}), once=True)
    assert tables["orders"]["order-00000"]["price"] == {"N": "2"}


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
