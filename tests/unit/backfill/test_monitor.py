"""What others use of a table is left to them, and nobody waits for the news of it."""

import logging
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from dynamigrate import MemoryTarget, MigrationFailed, Update
from dynamigrate.backfill.capacity.monitor import CapacityMonitor
from dynamigrate.backfill.capacity.rate_limiter import Budget
from dynamigrate.backfill.capacity.units import Ceiling, Spent
from dynamigrate.backfill.table import describe
from dynamigrate.clock import timestamp
from dynamigrate.consumption import CapacityKey, Counted, Kind, Meter, OwnConsumption
from dynamigrate.records import Run, RunRecord
from dynamigrate.transport.boto import BotoTransport
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.meters import BY_CUSTOMER, READS, WRITES, FakeMeter
from tests.unit.backfill.tables import Tables, orders, refusal
from tests.unit.fakes import MORNING, PATIENCE, FakeClock

NEW = {"S": "NEW"}


def provisioned(units: float, **more: Any) -> dict[str, Any]:
    """As DescribeTable has it: so many reads and writes a second."""
    return {"ProvisionedThroughput": {"ReadCapacityUnits": units, "WriteCapacityUnits": units}, **more}


def index(name: str, units: float) -> dict[str, Any]:
    return provisioned(units, IndexName=name)


class Scene:
    """A table with 1,000 units a second, what is spent on it, and somebody who looks."""

    def __init__(self, clock: FakeClock, *, kinds: tuple[Kind, ...] = ("write",), metered: bool = True) -> None:
        self.clock = clock
        self.tables = Tables(orders={})
        self.tables.described = provisioned(1000)
        self.own_consumption = OwnConsumption()
        self.meter = FakeMeter(clock, self.own_consumption)
        self._kinds = kinds
        self._metered = metered
        self.target = MemoryTarget()

    def open(self, meter: Meter | None = None) -> CapacityMonitor:
        ctx: Any = SimpleNamespace(
            runtime=SimpleNamespace(
                meter=(meter or self.meter) if self._metered else None,
                own_consumption=self.own_consumption,
                runs=self.target.runs,
                clock=self.clock,
            ),
            logger=logging.getLogger("dynamigrate.run"),
            run_id="run",
            migration=SimpleNamespace(id="1"),
        )
        transport = BotoTransport(self.tables)
        table = describe(transport, "orders")
        self.budgets = {
            kind: Budget(
                kind,
                Ceiling.shared(table.units(kind), {}),
                table="orders",
                clock=self.clock,
                own_consumption=self.own_consumption,
                segments=8,
            )
            for kind in self._kinds
        }
        return CapacityMonitor(ctx, transport, list(self.budgets.values()), table=table)

    @property
    def writes(self) -> Budget:
        return self.budgets["write"]

    def spend(self, seconds: int, rate: float) -> None:
        """So many units a second, of our own."""
        for _ in range(seconds):
            now = self.clock.time()
            reservation = self.writes.limiter.reserve(0)
            self.writes.settle(reservation, Spent(rate, {"": rate}, 0.0), 0, sent=now)
            self.clock.turn(1)


@pytest.fixture
def scene(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> Scene:
    caplog.set_level(logging.INFO, "dynamigrate.run")
    return Scene(clock)


def said(caplog: pytest.LogCaptureFixture, event: str) -> list[Any]:
    return [record for record in caplog.records if getattr(record, "event", None) == event]


def until(there: Callable[[], bool]) -> None:
    """Waits for another thread."""
    give_up = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < give_up, "it never came"
        threading.Event().wait(0.002)


def test_others_that_appear_lower_the_ceiling_and_that_leave_raise_it(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """By what they use; our own use does not count as theirs, however much it is."""
    monitor = scene.open()
    began = scene.clock.time()
    scene.meter.others = lambda capacity_key, minute: 300.0 if began + 300 <= minute < began + 600 else 0.0
    ceilings = []
    for _ in range(16):
        monitor.refresh()
        ceilings.append(round(scene.writes.ceiling.units))
        scene.spend(60, scene.writes.ceiling.units)
    # Their first minute is over after six, and told a minute and a half later; so is the third that is quiet again.
    assert ceilings == [500] * 8 + [200] * 7 + [500]
    assert scene.writes.limiter.rate <= 500
    changes = [(record.kind, record.units, record.others) for record in said(caplog, "backfill.ceiling")]
    assert changes == [("write", 200.0, 300.0), ("write", 500.0, 0.0)]


def test_others_that_take_more_than_half_leave_one_unit_a_second(scene: Scene) -> None:
    """It never stands still."""
    scene.meter.others = lambda capacity_key, minute: 800.0
    scene.open().refresh()
    assert scene.writes.figures() == {"write_rate": 1.0, "write_ceiling": 1.0, "others_write": 800.0}


def test_a_run_right_before_is_not_taken_for_others(scene: Scene) -> None:
    """What it used nobody can tell from others' use: half of the capacity, until a minute is over that it had no part in."""
    began = scene.clock.time()
    run = Run(id="before", actor="a deploy")
    started = timestamp(began - 120)
    scene.target.record_run(RunRecord(run=run, started_at=started, seconds=118.0, result="succeeded"))
    scene.meter.others = lambda capacity_key, minute: 400.0 if minute < began else 100.0
    monitor = scene.open()
    ceilings = []
    for _ in range(6):
        monitor.refresh()
        ceilings.append(round(scene.writes.ceiling.units))
        scene.clock.turn(60)
    assert ceilings[0] == 500
    assert set(ceilings) == {500, 400}
    assert ceilings[-1] == 400


def test_each_index_has_others_of_its_own(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """One question is asked for the table and all of them, and the log names the one that holds us back."""
    scene.tables.described["GlobalSecondaryIndexes"] = [index("by-customer", 400), index("by-state", 1000)]
    scene.meter.others = lambda capacity_key, minute: 150.0 if capacity_key == BY_CUSTOMER else 20.0
    monitor = scene.open()
    assert scene.writes.ceiling.units == 200
    monitor.refresh()
    assert scene.meter.asked == [(WRITES, BY_CUSTOMER, CapacityKey("write", "by-state"))]
    assert (scene.writes.ceiling.index, scene.writes.ceiling.units) == ("by-customer", 50)
    assert [record.index for record in said(caplog, "backfill.ceiling")] == ["by-customer"]


def test_our_own_use_of_an_index_is_not_others(scene: Scene) -> None:
    """It is told apart from the table's."""
    scene.tables.described["GlobalSecondaryIndexes"] = [index("by-customer", 1000)]
    monitor = scene.open()
    for _ in range(300):
        reservation = scene.writes.limiter.reserve(0)
        scene.writes.settle(
            reservation, Spent(900.0, {"": 450.0, "by-customer": 450.0}, 0.0), 0, sent=scene.clock.time()
        )
        scene.clock.turn(1)
    monitor.refresh()
    assert scene.writes.ceiling.units == 500
    assert scene.writes.ceiling.others == 0


def test_what_the_run_before_consumed_is_not_others(scene: Scene) -> None:
    """It was stopped a moment ago, and kept what it had used."""
    scene.open()
    scene.spend(300, 500)
    kept = scene.own_consumption.kept("orders")
    scene.own_consumption = OwnConsumption()
    again = scene.open()
    again.refresh()
    assert scene.writes.ceiling.units == 1, "nobody told it of the run before"
    scene.own_consumption.restore("orders", kept)
    again = scene.open()
    again.refresh()
    assert scene.writes.ceiling.units == 500


def test_where_it_can_not_be_read_it_is_half_of_the_capacity_and_said_once(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """With the reason; and it is tried again."""
    scene.meter.error = refusal("AccessDenied", "not authorized to perform: cloudwatch:GetMetricData", "GetMetricData")
    scene.meter.others = lambda capacity_key, minute: 300.0
    monitor = scene.open()
    for _ in range(3):
        monitor.refresh()
        scene.clock.turn(60)
    assert scene.writes.ceiling.units == 500
    [warning] = said(caplog, "backfill.others_unknown")
    assert warning.levelname == "WARNING"
    assert "not authorized to perform: cloudwatch:GetMetricData" in warning.reason
    assert (warning.table, warning.migration) == ("orders", "1")
    scene.meter.error = None
    monitor.refresh()
    assert scene.writes.ceiling.units == 200
    scene.meter.error = OSError("no route")
    monitor.refresh()
    assert [record.reason for record in said(caplog, "backfill.others_unknown")][1:] == ["OSError: no route"]


def test_what_was_read_last_holds_for_five_minutes(scene: Scene) -> None:
    """One reading that fails must not take from others what they use."""
    scene.meter.others = lambda capacity_key, minute: 300.0
    monitor = scene.open()
    monitor.refresh()
    scene.meter.error = OSError("no route")
    scene.clock.turn(290)
    monitor.refresh()
    assert scene.writes.ceiling.units == 200
    scene.clock.turn(60)
    monitor.refresh()
    assert scene.writes.ceiling.units == 500
    assert scene.writes.ceiling.others is None


def test_late_figures_change_nothing(scene: Scene) -> None:
    """Until they come, what was known holds."""
    scene.meter.others = lambda capacity_key, minute: 300.0
    monitor = scene.open()
    monitor.refresh()
    scene.spend(240, 100)
    scene.meter.late += 240
    monitor.refresh()
    assert scene.writes.ceiling.units == 200


def test_capacity_is_asked_for_again(scene: Scene) -> None:
    """It may have been scaled up, or down, meanwhile."""
    monitor = scene.open()
    with monitor:
        scene.tables.described = provisioned(4000)
        monitor.refresh()
        assert scene.writes.ceiling.units == 2000
        scene.tables.described = provisioned(100)
        monitor.refresh()
        assert scene.writes.ceiling.units == 50
        assert scene.writes.limiter.rate <= 50


def test_capacity_that_can_not_be_asked_for_stays_as_it_was(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """And others' use is read all the same."""
    monitor = scene.open()
    with monitor:
        scene.tables.before = _raise(refusal("ThrottlingException", "slow down"))
        scene.meter.others = lambda capacity_key, minute: 300.0
        for _ in range(2):
            monitor.refresh()
    assert scene.writes.ceiling.units == 200
    [warning] = said(caplog, "backfill.capacity_unknown")
    assert "slow down" in warning.reason


def test_a_clock_that_is_wrong_is_corrected(scene: Scene) -> None:
    """Ours is three minutes behind: told by it, our own use would look like others' for minutes."""
    monitor = scene.open()
    behind = 180.0
    truth = OwnConsumption()
    scene.meter = FakeMeter(scene.clock, truth)

    def consumed(table: str, capacity_keys: Any, *, since: float, until: float) -> Counted:
        answer = FakeMeter.consumed(scene.meter, table, capacity_keys, since=since, until=until)
        told = {
            capacity_key: {m: u for m, u in minutes.items() if m < scene.clock.time()}
            for capacity_key, minutes in answer.units.items()
        }
        return Counted(units=told, at=float(int(scene.clock.time() + behind)))

    wrong: Any = SimpleNamespace(consumed=consumed)
    scene.meter.late = 90 - behind
    monitor = scene.open(wrong)
    monitor.refresh()
    assert scene.own_consumption.ahead == pytest.approx(behind, abs=1)
    for rate in (0, 450, 450, 0, 300, 450, 0, 450):
        for _ in range(60):
            now = scene.clock.time()
            scene.writes.settle(scene.writes.limiter.reserve(0), Spent(rate, {"": rate}, 0.0), 0, sent=now)
            truth.note("orders", "write", {"": rate}, sent=now + behind, answered=now + behind)
            scene.clock.turn(1)
        monitor.refresh()
        assert scene.writes.ceiling.units > 490


def test_a_slow_answer_is_no_wrong_clock(scene: Scene) -> None:
    """The time that it tells is that of its sending, or of its arrival, or any in between."""
    after = [0, 9, 4, 0]

    def consumed(table: str, capacity_keys: Any, *, since: float, until: float) -> Counted:
        at = float(int(scene.clock.time()) + after.pop())
        scene.clock.turn(9)
        return Counted(units={}, at=at)

    slow: Any = SimpleNamespace(consumed=consumed)
    monitor = scene.open(slow)
    while after:
        monitor.refresh()
        assert scene.own_consumption.ahead == 0


def test_without_a_meter_the_log_says_so_once(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    """And half of the capacity it is, as it is asked for again and again."""
    caplog.set_level(logging.INFO, "dynamigrate.run")
    scene = Scene(clock, metered=False)
    with scene.open() as monitor:
        monitor.refresh()
        scene.tables.described = provisioned(2000)
        clock.turn(61)
        monitor.poll()
        until(lambda: scene.writes.ceiling.units == 1000)
    [line] = said(caplog, "backfill.others_unknown")
    assert (line.levelname, line.reason) == ("INFO", "migrate() was given no meter")


def test_it_looks_once_a_minute(scene: Scene) -> None:
    """However often it is asked to."""
    with scene.open() as monitor:
        for looks in (1, 2, 3):
            until(lambda looks=looks: len(scene.meter.asked) == looks)  # type: ignore[misc]
            for _ in range(50):
                monitor.poll()
                scene.clock.turn(1)
            assert len(scene.meter.asked) == looks
            scene.clock.turn(11)
            monitor.poll()
        until(lambda: len(scene.meter.asked) == 4)


class Stuck:
    """A meter whose answer does not come until it is let go."""

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()

    def consumed(self, table: str, capacity_keys: Any, *, since: float, until: float) -> Counted:
        self.asked.set()
        self.go.wait(PATIENCE)
        raise OSError("too late")


def test_a_reading_that_hangs_holds_nobody_up(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the beginning nor the end waits for it, and what it says afterwards is not heard."""
    monkeypatch.setattr("dynamigrate.backfill.capacity.monitor._FIRST_SECONDS", 0.05)
    monkeypatch.setattr("dynamigrate.backfill.capacity.monitor._END_SECONDS", 0.05)
    stuck = Stuck()
    monitor = scene.open(stuck)
    began = time.monotonic()
    with monitor:
        assert stuck.asked.wait(PATIENCE)
        scene.clock.turn(61)
        monitor.poll()
    assert time.monotonic() - began < PATIENCE / 2
    stuck.go.set()
    monitor._thread.join(PATIENCE)
    assert not monitor._thread.is_alive()
    assert said(caplog, "backfill.others_unknown") == []
    assert scene.writes.ceiling.units == 500


def test_its_thread_ends_with_the_work(scene: Scene) -> None:
    """However that ends."""
    monitor = scene.open()

    def fail() -> None:
        with monitor:
            assert monitor._thread.is_alive()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not monitor._thread.is_alive()


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
    note = OwnConsumption.note

    def noting(self: OwnConsumption, table: str, kind: Kind, units: Any, **times: float) -> None:
        for name, more in units.items():
            used[CapacityKey(kind, name)] = used.get(CapacityKey(kind, name), 0.0) + more
        note(self, table, kind, units, **times)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OwnConsumption, "note", noting)
        backfill(tables, add_status, settings={"meter": meter})
    assert used == {WRITES: 100.0, BY_CUSTOMER: 200.0, READS: 50.0}
    assert details == {"INDEXES"}


def add_status(item: Any, ctx: Any) -> Update | None:
    return None if "status" in item else Update(set={"status": "NEW"})


def _raise(error: Exception) -> Callable[[str, Any], None]:
    def before(operation: str, request: Any) -> None:
        raise error

    return before
