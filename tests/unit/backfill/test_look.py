"""A look over the table of a backfill that has run: at any time, in part or whole, settling or not."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamigrate import (
    Backfill,
    Delete,
    MemoryTarget,
    Migration,
    MigrationNotFound,
    Put,
    StopRequested,
    Update,
)
from dynamigrate.backfill.control import RunControl
from dynamigrate.backfill.errors import BackfillError
from dynamigrate.records import Details, Record
from dynamigrate.verification import Verification
from dynamigrate.verifying import CantVerify, NotABackfill, applied, function_to_verify
from tests.unit.backfill.tables import Raw, Tables, after, orders, refusal
from tests.unit.backfill.transforms import NEW, add_status
from tests.unit.fakes import FakeClock

Look = Callable[..., Verification]
WRITES = ("BatchExecuteStatement", "BatchWriteItem", "UpdateItem", "TransactWriteItems", "PutItem", "DeleteItem")


def half_done(count: int = 100) -> Tables:
    """Every tenth order has no status yet."""
    rows = orders(count, status={"S": "NEW"}, note={"S": "x"})
    for number in range(0, count, 10):
        del rows[f"order-{number:05d}"]["status"]
    return Tables(orders=rows)


def test_all_of_it_is_looked_at_and_nothing_is_written(look: Look, target: MemoryTarget) -> None:
    """What is found is kept with the migration, which is not dirty for a moment."""
    tables = half_done()
    found = look(tables, add_status)
    assert (found.mode, found.checked, found.total, found.would_change) == ("full", 100, 100, 10)
    assert (found.clean, found.unsettled, found.failed, found.settled) == (False, 0, 0, 0)
    assert found.interval == (0.1, 0.1)
    assert len(found.keys) == 5
    assert set(found.keys) <= {f'{{"id": "order-{number:05d}"}}' for number in range(0, 100, 10)}
    assert (found.run_id, found.app_version) == ("run-1", "1.2")
    assert not any(tables.requests[one] for one in WRITES)
    [record] = target.records()
    assert (record.verified, record.dirty) == (found, False)
    assert target.cursors("1") == {}


def test_a_read_only_look_reads_no_more_than_transform_asks_for(look: Look) -> None:
    """Once it has seen what that is."""
    tables = Tables(orders=orders(3_000, status={"S": "NEW"}, **{f"a{n}": {"S": "x"} for n in range(8)}))
    read: list[str] = []
    tables.before = lambda operation, request: read.append(request.get("ProjectionExpression", "all"))
    look(tables, add_status, segments=1)
    assert read[-1] == "#p0,#p1"
    # Pages are larger than those of a run, which are held until they are written.
    assert tables.requests["Scan"] == 3


def test_what_a_scan_reads_as_it_was_is_read_again(look: Look) -> None:
    """It is eventually consistent, and what the application has just brought into the new shape is no finding."""
    tables = Tables(orders=orders(50, status={"S": "NEW"}))
    late = tables["orders"]["order-00007"]
    del late["status"]

    def before(operation: str, request: Any) -> None:
        if operation == "GetItem":
            assert request["ConsistentRead"] is True
            late["status"] = {"S": "NEW"}

    tables.before = before
    found = look(tables, add_status)
    assert (found.would_change, found.clean, tables.requests["GetItem"]) == (0, True, 1)


@pytest.mark.parametrize("result", [Update(set={"price": 500}), Delete(), None, Update(remove=["gone"])])
def test_what_settles_is_not_unsettled(look: Look, result: Any) -> None:
    found = look(Tables(orders=orders(5, price={"N": "5"})), lambda item, ctx: result)
    assert found.unsettled == 0


@pytest.mark.parametrize(
    ("transform", "unsettled"),
    [
        (lambda item, ctx: Update(set={"price": item["price"] * 100}), 5),
        (lambda item, ctx: Put({**item, "price": item["price"] * 100}), 5),
        (lambda item, ctx: [Update(set={"price": item["price"] + 1}), Put({"id": f"log-{item['id']}"})], 5),
        (lambda item, ctx: [Update(set={"price": 6}), Put({"id": "log"})], 0),
        (lambda item, ctx: Update(set={"price": item["price"] * 100}) if item["price"] < 100 else None, 0),
        (lambda item, ctx: Update(set={"old": item["price"]}, remove=["price"]) if "price" in item else None, 0),
        (lambda item, ctx: Update(set={"price": 6}, when={"price": 5}), 0),
        (lambda item, ctx: Update(set={"tags": {"a", "b"}, "n": item.get("n", 0)}), 0),
    ],
)
def test_a_transform_is_called_on_what_it_returned(look: Look, transform: Any, unsettled: int) -> None:
    """What it wants then is counted once more."""
    found = look(Tables(orders=orders(5, price={"N": "5"})), transform)
    assert (found.would_change, found.unsettled) == (5, unsettled)
    assert bool(found.about_unsettled) == bool(unsettled)


def test_with_a_stamp_nothing_is_unsettled(look: Look) -> None:
    """What is stamped is passed over."""
    tables = Tables(orders=orders(5, price={"N": "5"}))
    tables["orders"]["order-00003"]["_migration_1"] = {"S": "do"}
    found = look(tables, lambda item, ctx: Update(set={"price": item["price"] * 100}), once=True)
    assert (found.would_change, found.unsettled) == (4, 0)


def test_other_items_are_looked_at(look: Look) -> None:
    """Whether they are there, and as they should be; numbers however they are written."""
    tables = Tables(orders=orders(250, n={"N": "1"}), copies=orders(200, n={"N": "1.0"}))
    tables["copies"]["order-00007"]["n"] = {"N": "2"}
    tables.described = {"ItemCount": 250}
    found = look(tables, lambda item, ctx: Put({"id": item["id"], "n": item["n"]}, table="copies"), segments=1)
    assert (found.would_change, found.unsettled) == (51, 0)
    assert '{"id": "order-00007"}' in found.keys
    assert tables.requests["BatchGetItem"] == 3


def test_other_items_that_are_to_be_gone_are_looked_at(look: Look) -> None:
    tables = Tables(orders=orders(10), copies=orders(4))
    found = look(tables, lambda item, ctx: Delete({"id": item["id"]}, table="copies"), segments=1)
    assert found.would_change == 4


def test_keys_that_come_back_are_asked_for_again(look: Look) -> None:
    tables = Tables(orders=orders(10), copies=orders(10))
    refused: list[str] = []

    def refuse(key: str) -> bool:
        if len(refused) < 7:
            refused.append(key)
            return True
        return False

    tables.refuse = refuse
    found = look(tables, lambda item, ctx: Put({"id": item["id"]}, table="copies"), segments=1)
    assert found.clean
    assert tables.requests["BatchGetItem"] == 2


def test_other_items_that_can_not_be_read_are_told(look: Look) -> None:
    tables = Tables(orders=orders(10), copies=orders(10))

    def before(operation: str, request: Raw) -> None:
        if operation == "BatchGetItem":
            raise refusal("AccessDeniedException", "not authorized to perform: dynamodb:BatchGetItem")

    tables.before = before
    with pytest.raises(BackfillError, match="Access to the table copies was denied"):
        look(tables, lambda item, ctx: Put({"id": item["id"]}, table="copies"))


def test_what_raises_is_counted_and_the_first_are_named(look: Look, caplog: pytest.LogCaptureFixture) -> None:
    """It is no reason to end: what the others need is worth knowing."""
    found = look(half_done(), lambda item, ctx: 1 / 0, threads=1)
    assert (found.failed, found.would_change, found.clean) == (100, 0, False)
    told = [one for one in caplog.records if getattr(one, "event", "") == "verify.item_failed"]
    assert len(told) == 3
    assert "raised ZeroDivisionError" in told[0].message


def test_it_goes_on_from_where_it_stopped(
    look: Look, target: MemoryTarget, clock: FakeClock, controls: list[RunControl]
) -> None:
    """With all that was found before, each item once."""
    tables = half_done(10_000)
    left = [900.0]
    after(tables, "Scan", 5, lambda: left.__setitem__(0, 5.0), lambda: controls[-1].stopping)
    with pytest.raises(StopRequested, match="stopped at 5,000 of about 10,000 items: 5 seconds were left"):
        look(tables, add_status, segments=2, threads=1, remaining=lambda: left[0])
    assert target.records()[0].verified is None
    assert target.cursors("1")
    tables.before = lambda operation, request: None
    seen = set(tables.scanned)
    tables.scanned.clear()
    found = look(tables, add_status, run_id="run-2", segments=2)
    assert (found.checked, found.would_change) == (10_000, 1_000)
    assert not seen & set(tables.scanned)
    assert target.cursors("1") == {}


def test_a_sample_goes_on_too(look: Look, target: MemoryTarget, controls: list[RunControl]) -> None:
    tables = half_done(20_000)
    left = [900.0]
    after(tables, "Scan", 10, lambda: left.__setitem__(0, 5.0), lambda: controls[-1].stopping)
    with pytest.raises(StopRequested):
        look(tables, add_status, sample=2_000, remaining=lambda: left[0])
    tables.before = lambda operation, request: None
    seen = len(tables.scanned)
    found = look(tables, add_status, sample=2_000)
    assert 2_000 <= found.checked <= 2_100
    assert len(tables.scanned) == found.checked
    assert seen > 300
    assert target.cursors("1") == {}


@pytest.mark.parametrize(
    "change",
    [
        {"sample": 500},
        {"transform": lambda item, ctx: None},
        {"days": 2},
        {"locked": "run-9"},
        {"checksum": "as it is now"},
        {"redone": True},
    ],
    ids=["a sample", "another transform", "a day later", "in a run", "corrected code", "undone and done again"],
)
def test_another_look_begins_anew(
    look: Look,
    target: MemoryTarget,
    clock: FakeClock,
    controls: list[RunControl],
    change: dict[str, Any],
) -> None:
    """What was seen then, or by others, is no part of it."""
    tables = half_done(10_000)
    left = [900.0]
    after(tables, "Scan", 5, lambda: left.__setitem__(0, 5.0), lambda: controls[-1].stopping)
    with pytest.raises(StopRequested):
        look(tables, add_status, segments=2, threads=1, remaining=lambda: left[0], checksum="as it was")
    tables.before = lambda operation, request: None
    tables.scanned.clear()
    clock.turn(change.get("days", 0) * 86_400)
    if "redone" in change:
        clock.turn(60)
        target.start_migration("1")
        target.remove("1")
    transform = change.get("transform", add_status)
    if "locked" in change:
        with target.lock() as lock:
            found = look(tables, transform, segments=2, lock=lock, run_id=change["locked"])
    else:
        found = look(
            tables, transform, segments=2, sample=change.get("sample"), checksum=change.get("checksum", "as it was")
        )
    assert len(tables.scanned) == found.checked
    assert target.cursors("1") == {}


def test_two_looks_at_one_time_are_both_right(look: Look, target: MemoryTarget, controls: list[RunControl]) -> None:
    """Each saves its own cursors over the other's, and a third goes on from whatever is left."""
    tables = half_done(10_000)
    left = [900.0]
    found: list[Verification] = []

    def meanwhile() -> None:
        found.append(look(half_done(10_000), add_status, segments=2))
        left[0] = 5.0

    after(tables, "Scan", 5, meanwhile, lambda: controls[0].stopping)
    with pytest.raises(StopRequested):
        look(tables, add_status, segments=2, threads=1, remaining=lambda: left[0])
    tables.before = lambda operation, request: None
    found.append(look(tables, add_status, segments=2))
    assert [(one.checked, one.would_change) for one in found] == [(10_000, 1_000)] * 2
    assert target.cursors("1") == {}


def test_what_would_change_is_settled_where_that_is_ordered(look: Look, target: MemoryTarget) -> None:
    """Pass after pass, under the run's lock, until one finds nothing."""
    tables = half_done()
    with target.lock() as lock:
        found = look(tables, add_status, settle=True, lock=lock)
    assert (found.clean, found.settled, found.passes, found.checked) == (True, 10, 2, 100)
    assert all(item["status"] == NEW for item in tables["orders"].values())
    assert target.records()[0].verified == found
    assert not target.records()[0].dirty


def test_what_does_not_settle_is_not_written(look: Look, target: MemoryTarget) -> None:
    tables = Tables(orders=orders(5, price={"N": "5"}))
    with target.lock() as lock, pytest.raises(BackfillError, match="does not settle"):
        look(tables, lambda item, ctx: Update(set={"price": item["price"] * 100}), settle=True, lock=lock)
    assert not any(tables.requests[one] for one in WRITES)


def test_without_a_lock_nothing_is_settled(look: Look) -> None:
    with pytest.raises(ValueError, match="lock"):
        look(half_done(), add_status, settle=True)


def test_a_look_in_a_run_waits_stops_and_goes_on_as_the_run_does(
    look: Look, target: MemoryTarget, controls: list[RunControl]
) -> None:
    """A run that is handed over goes on with it in its next process."""
    tables = half_done(10_000)
    after(tables, "Scan", 5, lambda: target.request_stop("the deploy was cancelled"), lambda: controls[-1].stopping)
    with target.lock() as lock, pytest.raises(StopRequested, match="the deploy was cancelled"):
        look(tables, add_status, segments=2, threads=1, lock=lock)
    tables.before = lambda operation, request: None
    tables.scanned.clear()
    with target.lock() as lock:
        assert look(tables, add_status, segments=2, lock=lock).would_change == 1_000
    assert 4_000 <= len(tables.scanned) <= 5_000


def test_a_failure_keeps_what_was_found(look: Look, target: MemoryTarget) -> None:
    tables = half_done(10_000)

    def before(operation: str, request: Raw) -> None:
        if operation == "Scan" and tables.requests["Scan"] == 5:
            raise refusal("ValidationException", "no")

    tables.before = before
    with pytest.raises((BackfillError, ClientError)):
        look(tables, add_status, segments=2, threads=1)
    tables.before = lambda operation, request: None
    tables.scanned.clear()
    assert look(tables, add_status, segments=2).would_change == 1_000
    assert len(tables.scanned) == 6_000


def _calls_one(ctx: Any) -> None:
    Backfill("orders", add_status)(ctx)


@pytest.mark.parametrize("do", [_calls_one, lambda ctx: None])
def test_only_a_backfill_itself_can_be_looked_over(do: Any) -> None:
    """A function that calls one may do other things, too."""
    with pytest.raises(NotABackfill) as caught:
        function_to_verify(Migration("1", "add a status", do=do))
    assert "1_add_a_status is no Backfill" in str(caught.value)
    assert "do = Backfill(...); a function that calls one can't" in str(caught.value)


@pytest.mark.parametrize(
    ("record", "error", "said"),
    [
        (None, CantVerify, "has not run: it is pending"),
        (Record(id="1", dirty=True, checkpoint={}), CantVerify, "began and is not finished"),
        (Record(id="1", dirty=True, running=True), CantVerify, "is at work at this moment"),
    ],
)
def test_one_that_is_not_applied_can_not_be_looked_over(record: Record | None, error: Any, said: str) -> None:
    migration = Migration("1", "add a status", do=Backfill("orders", add_status))
    with pytest.raises(error) as caught:
        applied("01", [migration], [] if record is None else [record])
    assert said in str(caught.value)
    assert "Nothing was read" in str(caught.value)


def test_nor_one_whose_code_is_not_here() -> None:
    record = Record(id="1", dirty=False, details=Details(description="add a status"))
    with pytest.raises(MigrationNotFound, match="1 is in the history, but not in this code"):
        applied("1", [], [record])
    with pytest.raises(MigrationNotFound, match="2 is neither in the code nor in the history"):
        applied("2", [], [record])


def test_transform_can_write_nothing_by_itself(look: Look) -> None:
    """Its context has a client that only reads, and says that nothing may be written; what it refuses is told."""
    tables = half_done()
    told: list[bool] = []

    def transform(item: Any, ctx: Any) -> Update | None:
        told.append(ctx.dry_run)
        assert ctx.dynamodb.get_item(TableName="orders", Key={"id": {"S": item["id"]}})["Item"]
        if item["id"] == "order-00007":
            ctx.dynamodb.update_item(TableName="orders", Key={"id": {"S": "order-00001"}})
        return add_status(item, ctx)

    found = look(tables, transform)
    assert (found.would_change, found.failed, all(told)) == (10, 1, True)
    assert not any(tables.requests[one] for one in WRITES)


def test_a_look_beside_the_runs_takes_back_nothing_that_a_run_has_found_since(look: Look, target: MemoryTarget) -> None:
    """What it saw may have been settled before it came to its end."""
    tables = half_done()
    found_clean = "2026-11-23T10:00:00.000Z"
    after(tables, "Scan", 2, lambda: target.note_clean("1", found_clean))
    found = look(tables, add_status, segments=2, threads=1)
    assert not found.clean
    [record] = target.records()
    assert (record.clean_since, record.verified) == (found_clean, None)
    # One that begins now is about what is there now.
    assert look(tables, add_status) == target.records()[0].verified
    assert target.records()[0].clean_since is None


def test_what_was_seen_before_a_run_found_it_clean_is_not_gone_on_with(
    look: Look, target: MemoryTarget, controls: list[RunControl]
) -> None:
    tables = half_done(10_000)
    left = [900.0]
    after(tables, "Scan", 5, lambda: left.__setitem__(0, 5.0), lambda: controls[-1].stopping)
    with pytest.raises(StopRequested):
        look(tables, add_status, segments=2, threads=1, remaining=lambda: left[0])
    tables.before = lambda operation, request: None
    for item in tables["orders"].values():
        item["status"] = NEW
    target.note_clean("1", "2026-11-23T10:00:00.000Z")
    assert look(tables, add_status, segments=2).clean
