"""What one worker of a fleet keeps, whatever the others do, and however often a request is sent."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from dynamigrate import DynamoDBTarget
from dynamigrate.continuation import Continuation
from dynamigrate.fleet import Fleet, FleetStatus, WorkerFailure
from dynamigrate.records import Failure, Run
from tests.unit.fakes import MORNING, FakeClock

RUN = Run(id="run-1")
FLEET = Fleet(migration="1", workers=4, parts=200, began=MORNING, figures={"scanned": 7}, total=1000)
CONTINUATION = Continuation(run=RUN, began=MORNING, ends=MORNING + 3000, fleet=FLEET)


def _target(client: Any, clock: FakeClock) -> DynamoDBTarget:
    return DynamoDBTarget(client, clock=clock, remaining=lambda: 900.0, run_id=RUN.id)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def target(moto_dynamodb: Any, clock: FakeClock) -> DynamoDBTarget:
    """With a run that is handed over to a fleet."""
    target = _target(moto_dynamodb, clock)
    target.create()
    with target.lock() as lock:
        lock.hand_over(CONTINUATION, until=MORNING + 3000)
    return target


def _join(target: DynamoDBTarget, number: int) -> Any:
    member = target.join(RUN.id, number)
    assert member is not None
    return member


def _fleet(target: DynamoDBTarget) -> FleetStatus:
    status = target.lock_status()
    assert status is not None
    assert status.fleet is not None
    return status.fleet


@pytest.fixture
def lost_answer(moto_dynamodb: Any) -> Iterator[list[Any]]:
    """The next answer to an UpdateItem is lost, once what is put in here was called."""
    waiting: list[Any] = []

    def lose(**_: Any) -> None:
        if waiting:
            waiting.pop()()
            raise ConnectionClosedError(endpoint_url="http://127.0.0.1", request=None)

    moto_dynamodb.meta.events.register("after-call.dynamodb.UpdateItem", lose)
    yield waiting
    moto_dynamodb.meta.events.unregister("after-call.dynamodb.UpdateItem", lose)


def test_a_hand_over_that_is_sent_again_leaves_what_workers_have_said_since(
    moto_dynamodb: Any, clock: FakeClock, lost_answer: list[Any]
) -> None:
    """The machine calls them as soon as the lock waits, although whoever handed it over does not know that yet."""
    target = _target(moto_dynamodb, clock)
    target.create()

    def work() -> None:
        _join(target, 1).save({}, {"scanned": 5}, "0")

    with target.lock() as lock:
        lost_answer.append(work)
        lock.hand_over(CONTINUATION, until=MORNING + 3000)
        assert not lock.lost
    assert _fleet(target).figures == {"scanned": 12}
    assert _fleet(target).workers == {1: "0"}


def test_of_a_part_that_is_lost_nothing_is_counted(target: DynamoDBTarget) -> None:
    """Whoever has it now reads it again, and counts it then."""
    first, again = _join(target, 1), _join(target, 1)
    assert first.claim(first.parts([1, 5])) == {1, 5}
    assert again.claim(again.parts([1])) == {1}
    news = {1: {"scanned": 100}, 5: {"scanned": 20}}
    assert first.save({1: "late", 5: "in time"}, {}, "0", by_part=news) == {1}
    assert _fleet(target).figures == {"scanned": 27}
    assert again.claim(again.parts([5])) == {5}
    assert first.save({5: "late"}, {}, "0", by_part={5: {"scanned": 3}}) == {5}
    assert _fleet(target).figures == {"scanned": 27}


def test_what_is_counted_in_many_parts_is_kept_with_each(target: DynamoDBTarget) -> None:
    """They are more than one transaction takes."""
    member, numbers = _join(target, 1), range(150)
    assert member.claim(member.parts(numbers)) == {*numbers}
    news = {number: {"scanned": 1, "written": 0.5} for number in numbers}
    assert member.save(dict.fromkeys(numbers, "so far"), {"throttles": 2}, "0", by_part=news) == set()
    assert _fleet(target).figures == {"scanned": 157, "written": 75, "throttles": 2}


@pytest.mark.parametrize("number", [4, 5, 1000])
def test_a_number_that_the_fleet_does_not_have_joins_nothing(target: DynamoDBTarget, number: int) -> None:
    """A late call of an earlier, larger fleet would have a share of the rate that nobody knows of."""
    assert target.join(RUN.id, number) is None


def test_a_failure_of_any_length_can_be_told(target: DynamoDBTarget) -> None:
    """One that could not be would have the others go on, and the next fleet fail of it again."""
    long = "x" * 500_000
    failure = WorkerFailure(failure=Failure(type=long, message=long, where=long), told=long, next_step=long)
    _join(target, 2).fail(failure)
    found = _fleet(target).failure
    assert found is not None
    assert found.told.startswith("xxx")
    assert found.told.endswith("…")
    assert len(found.text) < 100_000


class TestWhoIsAtWork:
    def test_who_has_said_nothing_for_long_is_not(self, target: DynamoDBTarget, clock: FakeClock) -> None:
        """It died, or its process ended and the next one has not begun."""
        _join(target, 1).save({}, {}, f"{clock.time():.0f} 1 0 + 0 +")
        clock.turn(40)
        _join(target, 2).save({}, {}, f"{clock.time():.0f} 1 0 + 0 +")
        assert _fleet(target).at_work(clock.time()) == 1
        assert _fleet(target).progress(FLEET, clock.time())[1]["workers"] == 1

    def test_a_clock_that_is_ahead_makes_nobody_disappear(self, target: DynamoDBTarget, clock: FakeClock) -> None:
        _join(target, 1).save({}, {}, f"{clock.time() + 300:.0f} 1 0 + 0 +")
        assert _fleet(target).at_work(clock.time()) == 1


def test_a_run_that_was_recorded_by_a_successor_is_recorded_once(target: DynamoDBTarget) -> None:
    """A process that was frozen right before that, and taken for dead, tells the same later."""
    [] = target.runs()
    record = _record(seconds=20.0)
    target.record_run(record)
    target.record_run(replace(record, seconds=31.5))
    assert target.runs() == (record,)


def _record(*, seconds: float) -> Any:
    from dynamigrate.records import RunRecord, RunResult

    return RunRecord(
        run=RUN, started_at="2026-11-26T09:00:00.000Z", seconds=seconds, result=RunResult.SUCCEEDED, applied=("1",)
    )


def test_parts_that_a_busy_table_left_out_are_asked_for_again_after_a_pause(
    target: DynamoDBTarget, clock: FakeClock, moto_dynamodb: Any
) -> None:
    """Asking at once, again and again, would keep it busy."""
    member = _join(target, 1)
    member.claim(member.parts([1, 5]))
    left = [1, 2, 3]

    def leave_out(parsed: dict[str, Any], **_: Any) -> None:
        [(table, found)] = parsed["Responses"].items()
        if left:
            left.pop()
            parsed["UnprocessedKeys"] = {table: {"Keys": [{"ID": found.pop()["ID"]}], "ConsistentRead": True}}

    moto_dynamodb.meta.events.register("after-call.dynamodb.BatchGetItem", leave_out)
    clock.slept.clear()
    try:
        owned = [part.owner is not None for part in member.parts([1, 5, 9]).values()]
    finally:
        moto_dynamodb.meta.events.unregister("after-call.dynamodb.BatchGetItem", leave_out)
    assert owned == [True, True, False]
    assert len(clock.slept) == 3
