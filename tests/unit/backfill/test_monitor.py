"""What others use of a table is left to them, and nobody waits for the news of it."""

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from dynamigrate.backfill.capacity.units import Spent
from dynamigrate.clock import timestamp
from dynamigrate.consumption import MINUTE, CapacityKey, Counted, OwnConsumption
from dynamigrate.records import Run, RunRecord
from tests.unit.backfill.meters import BY_CUSTOMER, WRITES, FakeMeter
from tests.unit.backfill.monitor_scene import Scene, index, provisioned, said, until
from tests.unit.backfill.tables import refusal
from tests.unit.fakes import FakeClock


@pytest.fixture
def scene(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> Scene:
    caplog.set_level(logging.INFO, "dynamigrate.run")
    return Scene(clock)


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


def test_siblings_are_not_taken_for_others(scene: Scene) -> None:
    """Of what one of them has not told yet nothing is concluded."""
    sibling = OwnConsumption()
    told: list[tuple[float, list[list[Any]]]] = []
    meter = FakeMeter(scene.clock, sibling)
    meter.others = lambda capacity_key, minute: 100.0
    monitor = scene.open(meter)
    ceilings = []
    for _ in range(12):
        now = scene.clock.time()
        told.append((now, sibling.kept("orders")))
        # It is three minutes late.
        until, kept = told[max(len(told) - 4, 0)]
        scene.own_consumption.hear("orders", [kept], until=until)
        monitor.refresh()
        ceilings.append(round(scene.writes.ceiling.units))
        sibling.note("orders", "write", {"": 12_000.0}, sent=now, answered=now)
        scene.clock.turn(MINUTE)
    assert ceilings == [400] * 12


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


def _raise(error: Exception) -> Callable[[str, Any], None]:
    def before(operation: str, request: Any) -> None:
        raise error

    return before
