"""A backfill that leaves others what they use."""

import logging
import threading
from typing import Any

import pytest

from dynamigrate import MemoryTarget, MigrationFailed, Update
from dynamigrate.consumption import CapacityKey, Kind, OwnConsumption
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.meters import BY_CUSTOMER, READS, WRITES, FakeMeter
from tests.unit.backfill.monitor_scene import index, provisioned, said
from tests.unit.backfill.tables import Tables, orders
from tests.unit.fakes import MORNING, FakeClock

NEW = {"S": "NEW"}


def test_a_backfill_keeps_to_what_others_leave(backfill: RunBackfill, clock: FakeClock) -> None:
    """It takes as long as that takes, and its figures say why."""
    tables = Tables(orders=orders(2000))
    tables.described = provisioned(1000)
    meter = FakeMeter(clock)
    meter.others = lambda capacity_key, minute: 460.0 if capacity_key == WRITES else 0.0
    figures: list[Any] = []
    began = clock.monotonic()
    backfill(tables, add_status, threads=1, settings={"meter": meter, "measure": figures.append})
    assert 45 <= clock.monotonic() - began < 80
    last = figures[-1]
    assert (last["write_ceiling"], last["others_write"]) == (40.0, 460.0)
    assert (last["read_ceiling"], last["others_read"]) == (500.0, 0.0)
    assert meter.asked[0] == (READS, WRITES)


def test_its_first_line_says_what_others_use(
    backfill: RunBackfill, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """So that nobody wonders why it is slow."""
    caplog.set_level(logging.INFO, "dynamigrate.run")
    tables = Tables(orders=orders(10))
    tables.described = provisioned(1000)
    meter = FakeMeter(clock)
    meter.others = lambda capacity_key, minute: 460.0
    backfill(tables, add_status, settings={"meter": meter})
    [started] = said(caplog, "backfill.started")
    assert (started.write_ceiling, started.others_write) == (40.0, 460.0)
    assert (started.read_ceiling, started.others_read) == (40.0, 460.0)


def test_one_that_goes_on_knows_what_the_run_before_it_consumed(
    backfill: RunBackfill, target: MemoryTarget, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It lies with the checkpoints, and goes with them."""
    caplog.set_level(logging.INFO, "dynamigrate.run")
    tables = Tables(orders=orders(5000))
    tables.described = provisioned(40)
    truth = OwnConsumption()
    stopped = False

    def before(operation: str, request: Any) -> None:
        nonlocal stopped
        if operation != "BatchExecuteStatement":
            return
        units = {"": float(len(request["Statements"]))}
        truth.note("orders", "write", units, sent=clock.time(), answered=clock.time())
        if tables.requests[operation] == 150 and not stopped:
            stopped = True
            raise KeyError("killed")

    tables.before = before
    settings = {"meter": FakeMeter(clock, truth)}
    with pytest.raises(MigrationFailed, match="killed"):
        backfill(tables, add_status, segments=1, settings=settings)
    assert clock.time() - MORNING > 180
    backfill(tables, add_status, segments=1, settings=settings)
    assert all(item["status"] == NEW for item in tables["orders"].values())
    first, second = said(caplog, "backfill.started")
    assert (first.write_ceiling, second.write_ceiling) == (20.0, pytest.approx(20.0, abs=1))
    assert target.segments("1") == {}


def test_an_authors_own_maximum_is_not_lowered(backfill: RunBackfill, clock: FakeClock) -> None:
    """Who says how much it may be has thought of the others; nothing is asked about that direction."""
    tables = Tables(orders=orders(100))
    tables.described = provisioned(1000)
    meter = FakeMeter(clock)
    meter.others = lambda capacity_key, minute: 460.0
    figures: list[Any] = []
    settings = {"meter": meter, "measure": figures.append}
    backfill(tables, add_status, max_write_units=3000, settings=settings)
    assert set(meter.asked) == {(READS,)}
    assert figures[-1]["write_ceiling"] == 3000
    assert "others_write" not in figures[-1]


def test_with_both_maxima_nobody_is_asked(backfill: RunBackfill, clock: FakeClock) -> None:
    """Nor is a thread begun."""
    meter = FakeMeter(clock)
    tables = Tables(orders=orders(100))
    backfill(tables, add_status, max_read_units=1e6, max_write_units=1e6, settings={"meter": meter})
    assert meter.asked == []
    assert tables.requests["DescribeTable"] == 1
    assert [thread.name for thread in threading.enumerate() if "capacity-monitor" in thread.name] == []


def test_what_it_consumes_is_noted_of_the_table_and_of_each_index(backfill: RunBackfill, clock: FakeClock) -> None:
    """It asks for both where there are indexes, and for no more where there are none."""
    tables = Tables(orders=orders(100))
    tables.described = provisioned(1000, GlobalSecondaryIndexes=[index("by-customer", 1000)])
    details: set[str] = set()
    execute = tables.batch_execute_statement

    def indexed(**request: Any) -> Any:
        details.add(request["ReturnConsumedCapacity"])
        answer = execute(**request)
        count = float(len(request["Statements"]))
        answer["ConsumedCapacity"] = [
            {
                "TableName": "orders",
                "CapacityUnits": count * 3,
                "GlobalSecondaryIndexes": {"by-customer": {"CapacityUnits": count * 2}},
            }
        ]
        return answer

    tables.batch_execute_statement = indexed  # type: ignore[method-assign]
    meter = FakeMeter(clock)
    used: dict[CapacityKey, float] = {}
    note, adding = OwnConsumption.note, threading.Lock()

    def noting(self: OwnConsumption, table: str, kind: Kind, units: Any, **times: float) -> None:
        # Threads call it side by side.
        with adding:
            for name, more in units.items():
                used[CapacityKey(kind, name)] = used.get(CapacityKey(kind, name), 0.0) + more
        note(self, table, kind, units, **times)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OwnConsumption, "note", noting)
        backfill(tables, add_status, verify=None, settings={"meter": meter})
    # Read twice: for what it costs, too.
    assert used == {WRITES: 100.0, BY_CUSTOMER: 200.0, READS: 2 * 50.0}
    assert details == {"INDEXES"}


def add_status(item: Any, ctx: Any) -> Update | None:
    return None if "status" in item else Update(set={"status": "NEW"})


def test_what_a_fleet_consumed_is_counted_once_by_whoever_goes_on_alone(
    backfill: RunBackfill, target: MemoryTarget, clock: FakeClock
) -> None:
    """Each worker has told it in a part of its own; counted twice, it would hide as much of others' use."""
    tables = Tables(orders=orders(5000))
    tables.described = provisioned(40)
    settings = {"meter": FakeMeter(clock)}
    minute = MORNING // 60 * 60 - 60

    def killed(operation: str, request: Any) -> None:
        if operation == "BatchExecuteStatement" and tables.requests[operation] % 50 == 0:
            raise KeyError("killed")

    tables.before = killed
    with pytest.raises(MigrationFailed, match="killed"):
        backfill(tables, add_status, segments=1, settings=settings)
    [record] = target.records()
    told = [["write", "", minute, 100.0, 100.0]]
    workers = {number: {"token": record.checkpoint["token"], "consumed": told} for number in (2, 3)}
    target.save_segments("1", workers)
    for _ in range(2):
        with pytest.raises(MigrationFailed, match="killed"):
            backfill(tables, add_status, segments=1, settings=settings)
        known = OwnConsumption()
        for part in target.segments("1").values():
            known.restore("orders", part.get("consumed", ()))
        assert known.minute("orders", WRITES, int(minute)).least == 200
