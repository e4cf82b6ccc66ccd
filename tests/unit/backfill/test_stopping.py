"""A backfill that stops, waits, fails or is taken over, and the one that goes on from there."""

import random
import threading
from typing import Any

import pytest

from dynamigrate import (
    Backfill,
    LockLost,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    RunUnfinished,
    StopRequested,
    Update,
    migrate,
    repair,
)
from dynamigrate.backfill.control import RunControl
from dynamigrate.backfill.segment import Segment
from dynamigrate.lifecycle import (
    LifecycleEvent,
    MigrationPaused,
    MigrationResumed,
    MigrationVerified,
    RunEnded,
)
from dynamigrate.next_step import Repair
from dynamigrate.runtime import Runtime
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables, after, orders, refusal
from tests.unit.fakes import FakeClock

NEW = {"S": "NEW"}
# Nobody waits for the rate limiter.
AT_ONCE: dict[str, Any] = {"max_read_units": 1e9, "max_write_units": 1e9}


def add_status(item: Any, ctx: Any) -> Update | None:
    return None if "status" in item else Update(set={"status": "NEW"})


def test_stops_at_the_next_page_and_goes_on_from_there(
    backfill: RunBackfill, target: MemoryTarget, controls: list[RunControl]
) -> None:
    """What was written is not read again."""
    tables = Tables(orders=orders(5000))
    # Four pages are looked at for what it costs.
    after(tables, "Scan", 4 + 4, lambda: target.request_stop("the deploy was cancelled"), lambda: controls[0].stopping)
    with pytest.raises(RunUnfinished) as caught:
        backfill(tables, add_status, segments=3, threads=1, **AT_ONCE)
    assert "the deploy was cancelled" in str(caught.value)
    assert "stopped at 1,000 of about 5,000 items (20 %)" in str(caught.value)
    assert sum(item.get("status") == NEW for item in tables["orders"].values()) == 1000
    first = set(tables.scanned[200:])
    tables.before = lambda operation, request: None
    tables.scanned.clear()
    assert backfill(tables, add_status, verify=None).applied == ("1",)
    assert all(item["status"] == NEW for item in tables["orders"].values())
    assert not first & set(tables.scanned)
    assert target.segments("1") == {}


def test_stops_when_its_time_is_almost_up(backfill: RunBackfill, controls: list[RunControl]) -> None:
    """The reserve is what is left for draining and for the answer."""
    tables = Tables(orders=orders(1000))
    left = [100.0]
    after(tables, "Scan", 2, lambda: left.__setitem__(0, 5.0), lambda: controls[0].stopping)
    with pytest.raises(RunUnfinished, match="5 seconds were left"):
        backfill(tables, add_status, segments=1, settings={"remaining": lambda: left[0], "reserve": 20})


def test_waits_while_it_is_paused(
    backfill: RunBackfill, target: MemoryTarget, clock: FakeClock, controls: list[RunControl]
) -> None:
    """And goes on when it is resumed; both are told."""
    tables, told = Tables(orders=orders(1000)), list[LifecycleEvent]()
    after(tables, "Scan", 2, target.request_pause, lambda: controls[0].paused)
    seen = []

    def sleeping() -> None:
        if not controls[0].paused:
            return
        seen.append(tables.requests.total())
        if len(seen) == 40:
            target.request_resume()
        threading.Event().wait(0.002)

    clock.before_sleep = sleeping
    backfill(tables, add_status, segments=1, settings={"tell": told.append}, **AT_ONCE)
    assert all(item["status"] == NEW for item in tables["orders"].values())
    assert len(seen) >= 40
    assert len(set(seen)) == 1
    paused, resumed, verified, ended = told
    assert isinstance(paused, MigrationPaused)
    assert (paused.migration.id, paused.reason) == ("1", "somebody asked the run to pause")
    assert isinstance(resumed, MigrationResumed)
    assert isinstance(verified, MigrationVerified)
    assert verified.found.clean
    assert isinstance(ended, RunEnded)
    assert (ended.record.applied, ended.error) == (("1",), None)


def test_a_failure_keeps_what_was_done(backfill: RunBackfill, target: MemoryTarget) -> None:
    """The next run, with the code corrected, goes on from there."""
    tables = Tables(orders=orders(1000))

    def picky(item: Any, ctx: Any) -> Update | None:
        if item["id"] == "order-00700":
            raise KeyError("total")
        return add_status(item, ctx)

    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, picky, segments=1)
    said = str(caught.value)
    assert "picky, given the item id='order-00700' of the table orders, raised KeyError: 'total'" in said
    assert "test_stopping.py:" in said
    assert "it goes on from its checkpoint" in said
    tables.scanned.clear()
    backfill(tables, add_status, verify=None)
    assert min(tables.scanned) == "order-00500"
    assert all(item["status"] == NEW for item in tables["orders"].values())


def test_a_checkpoint_never_goes_beyond_what_is_written(backfill: RunBackfill, monkeypatch: pytest.MonkeyPatch) -> None:
    """At no request: a kill may come at any."""
    made: list[Segment] = []
    too_far: list[tuple[str, str]] = []

    class Watched(Segment):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            made.append(self)

    def before(operation: str, request: Any) -> None:
        for cursor in [segment.cursor() for segment in made]:
            reached = "~" if cursor["done"] else cursor["after"]["id"]["S"] if cursor["after"] else ""
            for key, item in tables["orders"].items():
                if key <= reached and "status" not in item:
                    too_far.append((operation, key))

    monkeypatch.setattr("dynamigrate.backfill.checkpoints.Segment", Watched)
    tables = Tables(orders=orders(1010))
    dice = random.Random(7)
    tables.refuse = lambda key: dice.random() < 0.1
    tables.before = before
    backfill(tables, add_status, segments=1, **AT_ONCE)
    before("the end", {})
    assert too_far == []
    assert [segment.done for segment in made] == [True]
    assert tables.requests["BatchExecuteStatement"] > 40


def test_items_that_fail_can_be_skipped(backfill: RunBackfill, caplog: pytest.LogCaptureFixture) -> None:
    """They are logged, counted and left alone."""
    tables = Tables(orders=orders(100))

    def picky(item: Any, ctx: Any) -> Update | None:
        if item["id"].endswith("7"):
            raise KeyError("total")
        return add_status(item, ctx)

    figures: list[Any] = []
    backfill(tables, picky, on_error="skip", settings={"measure": figures.append})
    assert sum("status" not in item for item in tables["orders"].values()) == 10
    assert figures[-1]["failed"] == 10
    skipped = [record.error for record in caplog.records if getattr(record, "event", None) == "backfill.item_skipped"]  # type: ignore[attr-defined]
    assert len(skipped) == 10
    assert all("KeyError: 'total'" in one for one in skipped)


@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_what_the_context_raises_in_a_transform_is_about_the_run(backfill: RunBackfill, on_error: str) -> None:
    """And not about the item: nothing is skipped for it."""
    tables = Tables(orders=orders(3))

    def transform(item: Any, ctx: Any) -> Update:
        raise StopRequested("asked to")

    with pytest.raises(RunUnfinished):
        backfill(tables, transform, on_error=on_error)
    assert backfill(tables, add_status, on_error=on_error).applied == ("1",)
    assert all(item["status"] == NEW for item in tables["orders"].values())


def test_writes_nothing_once_the_lock_is_lost(backfill: RunBackfill, target: MemoryTarget) -> None:
    """From the very next request on."""
    tables = Tables(orders=orders(1000))
    after(tables, "BatchExecuteStatement", 3, target.break_lock)
    with pytest.raises(LockLost):
        backfill(tables, add_status, segments=1)
    assert tables.requests["BatchExecuteStatement"] == 3


def test_a_table_that_is_deleted_half_way_ends_it(backfill: RunBackfill) -> None:
    """Saying which."""
    tables = Tables(orders=orders(1000))
    after(tables, "Scan", 3, lambda: tables.items.pop("orders"))
    with pytest.raises(MigrationFailed, match="There is no table orders"):
        backfill(tables, add_status, segments=1)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (
            refusal("AccessDeniedException", "not authorized to perform: dynamodb:Scan"),
            "Access to the table orders was denied: not authorized",
        ),
        (refusal("ResourceNotFoundException", "no"), "There is no table orders"),
        (
            refusal("ValidationException", "bad filter"),
            "The service refused a request about the table orders: ValidationException: bad filter",
        ),
    ],
)
def test_what_no_further_try_changes_ends_it(backfill: RunBackfill, refused: Exception, message: str) -> None:
    """With the table's name in it."""
    tables = Tables(orders=orders(10))

    def before(operation: str, request: Any) -> None:
        if operation == "Scan":
            raise refused

    tables.before = before
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, add_status)
    assert message in str(caught.value)


def test_an_unknown_table_is_said_so(backfill: RunBackfill) -> None:
    """Before anything is read."""
    with pytest.raises(MigrationFailed, match=r"There is no table orders\. .* name one of ctx\.tables"):
        backfill(Tables(), add_status)
    with pytest.raises(MigrationFailed, match=r"'or ders' can't be the name of a table"):
        backfill(Tables(), add_status, table="or ders")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"segments": 7}, "1_add_a_status was begun with segments=3, and its code has 7 now."),
        ({"table": "customers"}, "1_add_a_status was begun with table='orders', and its code has 'customers' now."),
    ],
)
def test_a_checkpoint_of_other_code_is_refused(
    backfill: RunBackfill, target: MemoryTarget, options: dict[str, Any], message: str
) -> None:
    """Its keys would mean other items."""
    tables = Tables(orders=orders(10), customers={})
    after(tables, "Scan", 1, lambda: tables.items.pop("orders"))
    with pytest.raises(MigrationFailed):
        backfill(tables, add_status, segments=3)
    with pytest.raises(MigrationFailed) as caught:
        backfill(Tables(orders=orders(10), customers={}), add_status, **options)
    assert message in str(caught.value)
    assert caught.value.next_step == (
        "Bring back the code that it was begun with and run it to its end; or, to begin anew, invoke "
        '{"action": "repair", "migration": "1", "as": "pending", "confirm": true}.'
    )
    assert caught.value.repair == Repair("1", "pending")


@pytest.mark.parametrize("checkpoint", [{"after": 7}, 7, {"backfill": 1}, {"backfill": 2, "begun": True}])
def test_a_checkpoint_that_no_backfill_wrote_is_refused(
    target: MemoryTarget, clock: FakeClock, checkpoint: Any
) -> None:
    """Such as that of the function that was there before."""
    target.add("1")
    target.save_checkpoint("1", checkpoint)
    source = MemorySource()
    source.add(Migration("1", "add a status", do=Backfill("orders", add_status)))
    with pytest.raises(MigrationFailed, match="has a checkpoint that no backfill of this version wrote"):
        migrate(source, target, dynamodb=Tables(orders={}), runtime=Runtime(clock=clock))


def test_repaired_as_pending_it_begins_anew(backfill: RunBackfill, target: MemoryTarget, clock: FakeClock) -> None:
    """Nothing of the old checkpoints is left, or taken for its own."""
    tables = Tables(orders=orders(1000))
    after(tables, "Scan", 3, lambda: tables.items.pop("orders"))
    with pytest.raises(MigrationFailed):
        backfill(tables, add_status, segments=1)
    kept = target.segments("1")
    assert kept
    repair(target, "1", "pending", clock=clock)
    assert target.segments("1") == {}
    # As if clearing had failed.
    target.save_segments("1", kept)
    again = Tables(orders=orders(1000))
    backfill(again, add_status, segments=1)
    assert all(item["status"] == NEW for item in again["orders"].values())


def test_killed_between_its_last_page_and_its_record_it_has_nothing_left_to_do(
    backfill: RunBackfill, target: MemoryTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a page is read again."""
    tables = Tables(orders=orders(100))
    monkeypatch.setattr(target, "finish_migration", _fail)
    with pytest.raises(MigrationFailed, match="did its work, but that could not be recorded"):
        backfill(tables, add_status)
    monkeypatch.undo()
    tables.scanned.clear()
    assert backfill(tables, add_status).applied == ("1",)
    assert tables.scanned == []


def _fail(*_: Any) -> None:
    raise OSError("killed")
