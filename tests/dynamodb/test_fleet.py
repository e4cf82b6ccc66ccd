"""A backfill with workers beside each other, as DynamoDB sees it."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from dynamigrate import Backfill, MigrationFailed, RunUnfinished, Update
from dynamigrate.control import workers
from dynamigrate.errors import InvalidSetting, LockLost
from dynamigrate.fleet import WorkerEnd
from dynamigrate.status import status
from tests.dynamodb.fleets import ID, ITEMS, RUN, Begin, FleetRun


def _to_cents(item: Any, _ctx: Any) -> Update:
    return Update(set={"price": item["price"] * 100})


def _prices(run: FleetRun) -> dict[str, int]:
    pages = run.client.get_paginator("scan").paginate(TableName=run.name, ConsistentRead=True)
    return {item["id"]["S"]: int(item["price"]["N"]) for page in pages for item in page["Items"]}


def _in_cents(count: int = ITEMS) -> dict[str, int]:
    return {f"i{n}": n * 100 for n in range(count)}


def test_all_items_are_rewritten_once_and_the_migration_is_closed_once(begin: Begin) -> None:
    run = begin(_to_cents)
    outcome = run.run()
    assert (outcome.applied, run.fleets) == ((ID,), 1)
    assert _prices(run) == _in_cents()
    [record] = run.target.records()
    assert (record.dirty, record.checkpoint) == (False, None)
    assert [one.applied for one in run.target.runs()] == [(ID,)]
    assert (run.target.segments(ID), run.target.lock_status()) == ({}, None)


def test_each_worker_does_a_share_of_it(begin: Begin) -> None:
    at_work: Counter[str] = Counter()
    all_at_once = threading.Barrier(4, timeout=30)

    def transform(item: Any, ctx: Any) -> Update:
        name = threading.current_thread().name
        if not at_work[name]:
            all_at_once.wait()
        at_work[name] += 1
        return _to_cents(item, ctx)

    run = begin(transform, segments=4, threads=1)
    run.run()
    assert _prices(run) == _in_cents()


def test_a_worker_whose_process_dies_costs_no_more_than_what_it_had_not_kept(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next process takes its segments up; siblings leave them to it."""
    run = begin(_to_cents, workers=2)
    died: list[int] = []
    call = FleetRun.call

    def once_dead(self: FleetRun, member: Any) -> WorkerEnd:
        if member.number == 1 and not died:
            parts = member.parts([1, 3])
            assert member.claim(parts) == {1, 3}
            died.append(1)
            return WorkerEnd.OUT_OF_TIME
        return call(self, member)

    monkeypatch.setattr(FleetRun, "call", once_dead)
    run.run()
    assert (died, run.fleets) == ([1], 1)
    assert _prices(run) == _in_cents()


def test_what_a_dead_worker_left_the_next_fleet_finishes(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin(_to_cents, workers=2)
    call = FleetRun.call

    def dead_for_good(self: FleetRun, member: Any) -> WorkerEnd:
        if member.number == 1 and self.fleets == 1:
            member.claim(member.parts([1, 3]))
            return WorkerEnd.OVER
        return call(self, member)

    monkeypatch.setattr(FleetRun, "call", dead_for_good)
    assert run.run().applied == (ID,)
    assert run.fleets == 2
    assert _prices(run) == _in_cents()


class TestWhoLostItsPlace:
    """Whoever writes as a worker is fenced by its part, and by the run's lock."""

    def test_a_worker_that_lost_its_segment_records_nothing_of_it(self, begin: Begin) -> None:
        run = begin(_to_cents)
        with pytest.raises(Exception, match="goes on"):
            run.slice(takes_up=False)
        first, again = run.target.join(RUN.id, 1), run.target.join(RUN.id, 1)
        assert first is not None
        assert again is not None
        assert first.claim(first.parts([1, 5])) == {1, 5}
        assert again.claim(again.parts([1])) == {1}
        assert first.save({1: {"late": True}, 5: {"mine": True}}, {"scanned": 3}, "0") == {1}
        assert {number: part.cursor for number, part in again.parts([1, 5]).items()} == {1: None, 5: {"mine": True}}

    def test_a_segment_is_one_workers(self, begin: Begin) -> None:
        run = begin(_to_cents)
        with pytest.raises(Exception, match="goes on"):
            run.slice(takes_up=False)
        first, second = run.target.join(RUN.id, 1), run.target.join(RUN.id, 2)
        assert first is not None
        assert second is not None
        seen = second.parts([1])
        assert first.claim(first.parts([1])) == {1}
        assert second.claim(seen) == set()
        assert not second.is_free(second.parts([1])[1])
        first.give_back([1])
        assert second.claim(second.parts([1])) == {1}

    def test_once_the_run_is_taken_up_workers_record_nothing_more(self, begin: Begin) -> None:
        run = begin(_to_cents)
        with pytest.raises(Exception, match="goes on"):
            run.slice(takes_up=False)
        member = run.target.join(RUN.id, 0)
        assert member is not None
        assert member.claim(member.parts([0])) == {0}
        with run.target.take_up(RUN.id):
            with pytest.raises(LockLost):
                member.save({0: {"late": True}}, {}, "0")
            with pytest.raises(LockLost):
                member.claim(member.parts([4]))
            assert member.parts([0])[0].cursor is None

    def test_a_worker_that_comes_too_late_finds_no_fleet(self, begin: Begin) -> None:
        run = begin(_to_cents)
        run.run()
        assert run.target.join(RUN.id, 0) is None


def test_a_failure_of_one_worker_stops_all_and_fails_the_migration_as_in_one_process(begin: Begin) -> None:
    def transform(item: Any, ctx: Any) -> Update:
        if item["id"] == "i7":
            raise KeyError("no such status")
        return _to_cents(item, ctx)

    run = begin(transform)
    with pytest.raises(MigrationFailed) as caught:
        run.run()
    assert "no such status" in str(caught.value)
    assert "test_fleet.py:" in str(caught.value)
    [record] = run.target.records()
    assert record.dirty
    assert record.failure is not None
    assert record.failure.where.startswith("test_fleet.py:")
    assert record.resumable
    assert run.target.lock_status() is None
    mended = FleetRun(
        run.client, Backfill(table=run.name, transform=_once(_to_cents), workers=4, segments=12), run.name
    )
    mended.run()
    assert not run.target.records()[0].dirty


def _once(transform: Callable[..., Update]) -> Callable[..., Update | None]:
    """For prices that may be in cents already: those of this table are then above 100, or nothing."""

    def again(item: Any, ctx: Any) -> Update | None:
        return None if item["price"] >= ITEMS else transform(item, ctx)

    return again


def test_a_run_that_is_asked_to_stop_stops_in_every_worker(begin: Begin) -> None:
    asked = threading.Event()

    def transform(item: Any, ctx: Any) -> Update:
        if not asked.is_set():
            asked.set()
            run.target.request_stop("cancelled by a person")
        return _to_cents(item, ctx)

    run = begin(transform, segments=100, max_write_units=40)
    with pytest.raises(RunUnfinished, match="cancelled by a person"):
        run.run()
    assert sum(price > ITEMS for price in _prices(run).values()) < ITEMS - 1
    assert run.target.records()[0].resumable


def test_workers_that_are_out_of_time_are_called_again(begin: Begin) -> None:
    over = threading.Event()

    def transform(item: Any, ctx: Any) -> Update:
        if not run.ends:
            over.set()
        return _to_cents(item, ctx)

    run = begin(transform, max_write_units=200, segments=24)
    # For as long as none of them has ended.
    run.remaining = lambda: 0.5 if over.is_set() and not run.ends else 100.0
    assert run.run().applied == (ID,)
    assert WorkerEnd.OUT_OF_TIME in run.ends
    assert _prices(run) == _in_cents()


class TestStatus:
    def test_tells_how_far_the_whole_fleet_is(self, begin: Begin) -> None:
        """From the lock's item alone, which has what all workers counted."""
        run = begin(_to_cents)
        with pytest.raises(Exception, match="goes on"):
            run.slice(takes_up=False)
        members = [run.target.join(RUN.id, number) for number in range(2)]
        for member in members:
            assert member is not None
            member.save({}, {"scanned": 30, "written": 12.5}, "0")
        [dirty] = status(run.source.load(), run.target).dirty
        assert dirty.record.progress == (60, ITEMS)
        assert (dirty.record.figures["written"], dirty.record.figures["workers"]) == (25, 2)

    def test_a_width_has_to_be_possible(self, begin: Begin) -> None:
        run = begin(_to_cents)
        with pytest.raises(Exception, match="goes on"):
            run.slice(takes_up=False)
        for count in (0, 5):
            with pytest.raises(InvalidSetting, match="from 1 to 4"):
                workers(run.target, count)
        workers(run.target, 2)
        found = run.target.lock_status()
        assert found is not None
        assert found.fleet is not None
        assert found.fleet.width == 2


def test_fewer_workers_are_at_work_while_fewer_are_wanted(begin: Begin) -> None:
    """Those that are too many give their segments back, and end only with the fleet."""
    asked = threading.Event()

    def transform(item: Any, ctx: Any) -> Update:
        if not asked.is_set():
            asked.set()
            workers(run.target, 1)
        return _to_cents(item, ctx)

    run = begin(transform, segments=100, max_write_units=60)
    assert run.run().applied == (ID,)
    assert WorkerEnd.PARKED in run.ends
    assert _prices(run) == _in_cents()


@pytest.mark.parametrize(
    ("workers", "segments"), [(0, None), (-1, None), (257, None), (5, 4), (True, None), ("2", None)]
)
def test_a_number_of_workers_has_to_be_possible(workers: Any, segments: int | None) -> None:
    with pytest.raises(InvalidSetting, match=f"workers={workers!r}"):
        Backfill(table="t", transform=_to_cents, workers=workers, segments=segments)


def test_fleets_that_do_nothing_are_given_up(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin(_to_cents)
    monkeypatch.setattr(FleetRun, "work", lambda _: None)
    with pytest.raises(MigrationFailed, match="3 fleets, one after the other, did nothing"):
        run.run()
    assert run.fleets == 3


def test_a_function_that_calls_a_backfill_with_workers_is_refused(begin: Begin) -> None:
    """Each worker would do all of the function."""
    run = begin(_to_cents)
    inner = run.backfill

    class Calling(Backfill):
        def __call__(self, ctx: Any) -> None:
            inner(ctx)

    run.backfill = Calling(table=run.name, transform=_to_cents)
    with pytest.raises(MigrationFailed, match=r"do = Backfill\(\.\.\.\)"):
        run.run()
    assert max(_prices(run).values()) < ITEMS


class OneCanAsk:
    """Tells the states of alarms to the coordinator, and to one of the workers; the others find no way to CloudWatch."""

    def __init__(self, **state: str) -> None:
        self.state = state
        self._guard = threading.Lock()
        self._worker: threading.Thread | None = None

    def states(self, names: Sequence[str]) -> dict[str, str]:
        thread = threading.current_thread()
        if thread.name == "dynamigrate-alarm-watch":
            with self._guard:
                # One that finds no segment left ends, also while others wait.
                if self._worker is None or not self._worker.is_alive():
                    self._worker = thread
            if thread is not self._worker:
                raise OSError("no way to CloudWatch")
        return {name: self.state[name] for name in names}


def test_all_workers_wait_while_an_alarm_is_in_alarm(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The status says for which one; that one of them sees its end is enough for all."""
    monkeypatch.setattr("dynamigrate.backfill.alarm_watch._ASK_SECONDS", 0.2)
    monkeypatch.setattr("dynamigrate.backfill.alarm_watch._ASKS_A_SECOND", 50)
    monkeypatch.setattr("dynamigrate.dynamodb.fleet_lock._LOOK_SECONDS", 0.2)
    monkeypatch.setattr("dynamigrate.backfill.fleet.work._SAY_SECONDS", 0.2)
    run = begin(_to_cents, throttle_on=["errors", "latency"])
    alarms = OneCanAsk(errors="OK", latency="ALARM")
    run.alarms = alarms
    seen: list[tuple[str, bool]] = []

    def look() -> None:
        give_up = time.monotonic() + 30
        told = ""
        while not told and time.monotonic() < give_up:
            threading.Event().wait(0.05)
            told = next((one.record.waits_for for one in status(run.source.load(), run.target).dirty), "")
        seen.append((told, sorted(_prices(run).values()) == list(range(ITEMS))))
        alarms.state["latency"] = "OK"

    looking = threading.Thread(target=look)
    looking.start()
    run.run()
    looking.join()
    assert seen == [("the alarm latency", True)], "and nothing is written meanwhile"
    assert (_prices(run), run.fleets) == (_in_cents(), 1)
