"""Taking up a run whose process died, where the one that takes it up has seconds itself."""

from typing import Any

import pytest

from dynamigrate import DynamoDBTarget
from dynamigrate.continuation import Continuation
from dynamigrate.errors import NothingToTakeUp
from dynamigrate.records import Run
from tests.unit.fakes import MORNING, FakeClock

CONTINUATION = Continuation(run=Run(id="run-1"), began=MORNING, ends=MORNING + 3000)


def _target(client: Any, clock: FakeClock, *, seconds: float) -> DynamoDBTarget:
    """That of a function which has so many seconds from now on."""
    ends = clock.monotonic() + seconds
    return DynamoDBTarget(client, clock=clock, remaining=lambda: ends - clock.monotonic(), run_id="run-1")


def test_one_whose_time_is_up_is_succeeded_at_once(moto_dynamodb: Any) -> None:
    """Lambda has ended it: a function that has twelve seconds could not watch it for twenty."""
    clock = FakeClock()
    dead = _target(moto_dynamodb, clock, seconds=12)
    dead.create()
    with dead.lock() as lock:
        lock.hand_over(CONTINUATION, until=MORNING + 3000)
    with dead.take_up("run-1"):
        clock.slept.clear()
        clock.sleep(12 + 5 + 1)
        with _target(moto_dynamodb, clock, seconds=12).take_up("run-1") as successor:
            assert clock.slept == [18]
            assert successor.continuation is not None
            assert successor.continuation.deaths == 1


def test_who_has_no_time_to_watch_it_leaves_it_to_the_next_one(moto_dynamodb: Any) -> None:
    """In time to say so: it is called again."""
    clock = FakeClock()
    holder = _target(moto_dynamodb, clock, seconds=600)
    holder.create()
    with holder.lock() as lock:
        lock.hand_over(CONTINUATION, until=MORNING + 3000)
    with holder.take_up("run-1"):
        began = clock.monotonic()
        with (
            pytest.raises(NothingToTakeUp) as caught,
            _target(moto_dynamodb, clock, seconds=12).take_up("run-1"),
        ):
            pytest.fail("two have the run")
        assert caught.value.busy
        assert 6 < clock.monotonic() - began <= 8
