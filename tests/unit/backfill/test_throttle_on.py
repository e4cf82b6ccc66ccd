"""Whole backfills that wait while an alarm is in ALARM."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import MemoryTarget, MigrationFailed, RunUnfinished
from dynamigrate.lifecycle import LifecycleEvent, MigrationPaused, MigrationResumed
from dynamigrate.rate_order import RateOrder
from tests.unit.backfill.alarms import FakeAlarms, refusal_of_alarms
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.monitor_scene import said
from tests.unit.backfill.tables import Tables, orders
from tests.unit.backfill.transforms import add_status
from tests.unit.fakes import FakeClock

NAMES = ["errors", "latency"]


@pytest.fixture
def alarms(clock: FakeClock) -> FakeAlarms:
    """All is well."""
    return FakeAlarms(clock, errors="OK", latency="OK")


@pytest.fixture
def throttled(backfill: RunBackfill, alarms: FakeAlarms, clock: FakeClock) -> RunBackfill:
    """Runs a backfill that waits for these alarms, on a clock that passes while it does."""
    clock.before_sleep = lambda: threading.Event().wait(0.002)  # type: ignore[assignment]

    def run(tables: Tables, **options: Any) -> Any:
        settings = {"alarms": alarms, **options.pop("settings", {})}
        return backfill(tables, add_status, throttle_on=NAMES, segments=1, settings=settings, **options)

    return run


def at_ask(alarms: FakeAlarms, number: int, act: Callable[[], object]) -> None:
    """Have *act* called when the alarms are asked for that often."""
    alarms.before = lambda: act() if len(alarms.asked) == number else None


def test_nothing_is_read_or_written_while_an_alarm_is_in_alarm(
    throttled: RunBackfill,
    alarms: FakeAlarms,
    target: MemoryTarget,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Then all is; meanwhile progress, record and log say which alarm it waits for."""
    caplog.set_level(logging.INFO, "dynamigrate.run")
    tables = Tables(orders=orders(100))
    alarms.state["latency"] = "ALARM"
    seen: list[Any] = []

    def end() -> None:
        [record] = target.records()
        seen.append((tables.requests["Scan"], record.waits_for, record.progress))
        alarms.state["latency"] = "OK"

    at_ask(alarms, 6, end)
    assert throttled(tables).applied == ("1",)
    assert seen == [(0, "the alarm latency", (0, 100))]
    assert all("status" in item for item in tables["orders"].values())
    assert [record.waits_for for record in target.records()] == [""]
    assert len(said(caplog, "backfill.throttled")) == len(said(caplog, "backfill.went_on")) == 1
    waiting, *_, last = said(caplog, "migration.progress")
    assert waiting.waits_for == "the alarm latency"
    assert waiting.getMessage() == "1_add_a_status: 0 of 100 (0%); it waits for the alarm latency."
    assert not hasattr(last, "waits_for")


def test_an_alarm_in_the_middle_stops_it_before_the_next_page(
    throttled: RunBackfill, alarms: FakeAlarms, clock: FakeClock
) -> None:
    """Within seconds: what is in hand is finished."""
    tables = Tables(orders=orders(5000))
    during: list[int] = []

    def look() -> None:
        match len(alarms.asked):
            case 2:
                alarms.state["errors"] = "ALARM"
            case 5 | 6 | 7:
                during.append(tables.requests["Scan"])
            case 8:
                alarms.state["errors"] = "OK"

    alarms.before = look
    throttled(tables, max_write_units=50)
    assert len(set(during)) == 1
    assert 0 < during[0] < tables.requests["Scan"]
    assert all("status" in item for item in tables["orders"].values())


def test_one_that_was_paused_too_waits_for_both(
    throttled: RunBackfill, alarms: FakeAlarms, target: MemoryTarget
) -> None:
    """In whichever order they end."""
    tables = Tables(orders=orders(100))
    alarms.state["errors"] = "ALARM"
    seen: list[int] = []

    def look() -> None:
        match len(alarms.asked):
            case 2:
                assert target.request_pause()
            case 5:
                alarms.state["errors"] = "OK"
            case 8:
                seen.append(tables.requests["Scan"])
                assert target.request_resume()

    alarms.before, told = look, list[LifecycleEvent]()
    throttled(tables, settings={"tell": told.append})
    assert seen == [0]
    assert [type(event) for event in told[:2]] == [MigrationPaused, MigrationResumed], "once, for both together"


def test_a_rate_that_was_asked_for_does_not_override_an_alarm(
    throttled: RunBackfill, alarms: FakeAlarms, target: MemoryTarget, clock: FakeClock
) -> None:
    """It is how fast to go, and not whether."""
    tables = Tables(orders=orders(100))
    alarms.state["errors"] = "ALARM"
    seen: list[int] = []

    def look() -> None:
        match len(alarms.asked):
            case 2:
                order = RateOrder(read_units=None, write_units=1e6, until=clock.time() + 1e6, by="Ann")
                assert target.request_rate(order)
            case 8:
                seen.append(tables.requests["Scan"])
                alarms.state["errors"] = "OK"

    alarms.before = look
    throttled(tables)
    assert seen == [0]


def test_one_that_is_stopped_while_it_waits_says_so(
    throttled: RunBackfill, alarms: FakeAlarms, target: MemoryTarget
) -> None:
    """Whoever reads why the deploy failed has to know what kept it."""
    alarms.state["latency"] = "ALARM"
    at_ask(alarms, 4, lambda: target.request_stop("the deploy was cancelled"))
    with pytest.raises(
        RunUnfinished, match=r"0 of about 100 items \(0 %\), where it waited for the alarm latency: the d"
    ):
        throttled(Tables(orders=orders(100)))


def test_an_alarm_that_does_not_exist_is_an_error_before_anything_has_begun(
    throttled: RunBackfill, alarms: FakeAlarms, target: MemoryTarget
) -> None:
    """All that are missing are named, and the migration is not dirty."""
    alarms.state = {}
    tables = Tables(orders=orders(1))
    with pytest.raises(MigrationFailed) as caught:
        throttled(tables)
    assert str(caught.value) == (
        "1_add_a_status failed: There are no alarms errors, latency in this account and Region, and throttle_on= names "
        "them. Correct the names, or deploy the alarms before the migrations. Then run it again: it had not begun, and is "
        "not dirty."
    )
    assert target.records() == ()
    assert tables.requests["Scan"] == 0
    alarms.state = {"errors": "OK", "latency": "INSUFFICIENT_DATA"}
    assert throttled(tables).applied == ("1",)


def test_alarms_that_may_not_be_read_are_an_error_that_says_what_to_grant(
    throttled: RunBackfill, alarms: FakeAlarms, target: MemoryTarget
) -> None:
    """Before anything has begun, and without further tries."""
    alarms.error = refusal_of_alarms("AccessDenied", "User: u is not authorized to perform: cloudwatch:DescribeAlarms")
    with pytest.raises(MigrationFailed) as caught:
        throttled(Tables(orders=orders(1)))
    told = str(caught.value)
    assert "can't be read (errors, latency): User: u is not authorized to perform: cloudwatch:DescribeAlarms. " in told
    assert "Allow cloudwatch:DescribeAlarms on them to the role" in told
    assert "grant_throttle_on(alarm)" in told
    assert "it had not begun, and is not dirty" in told
    assert target.records() == ()
    assert len(alarms.asked) == 1


def test_a_passing_failure_at_the_beginning_is_tried_again(throttled: RunBackfill, alarms: FakeAlarms) -> None:
    """One that does not pass is an error, as nothing was written yet."""
    alarms.error = refusal_of_alarms("Throttling", "Rate exceeded")
    with pytest.raises(MigrationFailed, match="Rate exceeded"):
        throttled(Tables(orders=orders(1)))
    assert len(alarms.asked) == 3
    at_ask(alarms, 5, lambda: setattr(alarms, "error", None))
    assert throttled(Tables(orders=orders(1))).applied == ("1",)


def fail_at_the_second_page(throttled: RunBackfill, tables: Tables) -> None:
    """The next run goes on from there."""

    def before(operation: str, request: Any) -> None:
        # Four are looked at for what it costs.
        if operation == "Scan" and tables.requests["Scan"] == 4 + 2:
            raise KeyError("killed")

    tables.before = before
    with pytest.raises(MigrationFailed, match="killed"):
        throttled(tables)
    tables.before = lambda operation, request: None


def test_one_that_goes_on_waits_until_its_alarms_can_be_read(
    throttled: RunBackfill, alarms: FakeAlarms, target: MemoryTarget
) -> None:
    """It must not fail because CloudWatch has a bad moment, nor write what an alarm would have kept from being written."""
    tables = Tables(orders=orders(1000))
    fail_at_the_second_page(throttled, tables)
    written = sum("status" in item for item in tables["orders"].values())
    assert 0 < written < 1000
    before, seen = len(alarms.asked), []
    alarms.error = refusal_of_alarms("Throttling", "Rate exceeded")

    def end() -> None:
        [record] = target.records()
        seen.append((record.waits_for, sum("status" in item for item in tables["orders"].values())))
        alarms.error = None

    at_ask(alarms, before + 5, end)
    assert throttled(tables).applied == ("1",)
    assert seen == [("its alarms to be read", written)]


def test_one_that_goes_on_with_an_alarm_that_does_not_exist_is_refused(
    throttled: RunBackfill, alarms: FakeAlarms, target: MemoryTarget
) -> None:
    """Its code may be another since; once that is corrected, it goes on from its checkpoint."""
    tables = Tables(orders=orders(1000))
    fail_at_the_second_page(throttled, tables)
    del alarms.state["errors"]
    with pytest.raises(MigrationFailed, match=r"There is no alarm errors .* it goes on from its checkpoint"):
        throttled(tables)
    alarms.state["errors"] = "OK"
    assert throttled(tables).applied == ("1",)


def test_a_run_without_alarms_is_refused(throttled: RunBackfill, target: MemoryTarget) -> None:
    """Or it would not wait, and nobody would know."""
    with pytest.raises(
        MigrationFailed, match=r"has nothing to ask for them. Give migrate\(\) it: alarms=CloudWatchAlarms"
    ):
        throttled(Tables(orders=orders(1)), settings={"alarms": None})
    assert target.records() == ()


def test_a_dry_run_needs_no_alarms(throttled: RunBackfill) -> None:
    """Most are made from a desk; it writes nothing."""
    tables = Tables(orders=orders(10))
    assert throttled(tables, settings={"alarms": None, "dry_run": True}).applied == ("1",)
    # One for what it costs, and one for all of it.
    assert tables.requests["Scan"] == 1 + 1


def test_alarms_are_looked_at_once_before_the_work_begins(throttled: RunBackfill, alarms: FakeAlarms) -> None:
    """A short backfill sends one request for them."""
    throttled(Tables(orders=orders(1)))
    assert len(alarms.asked) == 1
