"""``pause``, ``resume``, ``rate`` and ``cancel``: what an operator may ask of a run that is under way."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from dynamigrate.clock import timestamp
from tests.unit.handler.front import FIRST, Front, holder


@contextmanager
def _running(front: Front) -> Iterator[None]:
    """Somebody holds the lock, and may be asked."""
    with front.target.lock():
        front.target.held_by = holder()
        try:
            yield
        finally:
            front.target.held_by = None


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_the_holder_is_asked_and_the_lock_shown(front: Front, action: str) -> None:
    """Whoever asks sees whom it was asked of."""
    with _running(front):
        front.target.request_pause()
        found = front.invoke(action)
        assert found["ok"] is True
        assert found["lock"]["holder"] == "stack Other, function F"
        assert "within seconds" in found["note"]
        with_lock = front.target._locks.paused
    assert with_lock is (action == "pause")


def test_a_rate_is_passed_on_with_who_asked_and_until_when(front: Front) -> None:
    """Whoever looks sees why a backfill is that slow, and that it ends by itself."""
    with _running(front):
        found = front.invoke("rate", write_units=500, **{"for": "1h30m"})
        (order,) = front.target.orders
    assert order is not None
    assert found["ok"] is True
    assert "within seconds" in found["note"]
    assert (order.read_units, order.write_units, order.by) == (None, 500, "invoke, request request-1")
    assert 5390 < order.until - time.time() <= 5400
    with _running(front):
        front.target.held_by = holder(rate=order)
        assert front.invoke("status")["lock"]["rate"] == {
            "write_units": 500,
            "until": timestamp(order.until),
            "by": "invoke, request request-1",
        }
        front.target.held_by = holder(rate=replace(order, until=time.time() - 1))
        assert "rate" not in front.invoke("status")["lock"]


def test_a_rate_is_taken_back_by_one_for_no_time(front: Front) -> None:
    """Then the backfill's own holds again."""
    with _running(front):
        assert front.invoke("rate", **{"for": "0m"})["ok"] is True
    assert front.target.orders == [None]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"write_units": 500}, 'rate needs "for"'),
        ({"write_units": 500, "for": "soon"}, "\"for\" is 'soon', and should be how long"),
        ({"write_units": 500, "for": ""}, "should be how long"),
        ({"write_units": 500, "for": "8d"}, "at most 7 days"),
        ({"write_units": 500, "for": 90}, '"for" is 90'),
        ({"write_units": -1, "for": "90m"}, '"write_units" is -1, and should be capacity units a second, above 0'),
        ({"write_units": 0, "for": "90m"}, '"write_units" is 0'),
        ({"read_units": float("inf"), "for": "90m"}, '"read_units" is inf'),
        ({"write_units": True, "for": "90m"}, '"write_units" is True'),
        ({"for": "90m"}, "neither read_units nor write_units"),
    ],
)
def test_a_rate_that_can_not_be_is_refused(front: Front, arguments: dict[str, object], says: str) -> None:
    """It says what is expected, with an example, and nobody is told anything."""
    with _running(front):
        error = front.invoke("rate", **arguments)["error"]
    assert error["type"] == "InvalidArgument"
    assert says in error["message"]
    assert '{"action": "rate", "write_units": 500, "for": "90m"}' in error["next"]
    assert front.target.orders == []


def test_cancel_leaves_the_mark_with_who_asked(front: Front) -> None:
    """The run that stops can say why."""
    with _running(front):
        front.target.held_by = holder(stop="asked")
        found = front.invoke("cancel", confirm=True)
    assert found["ok"] is True
    assert front.target.stops == ["cancelled by invoke, request request-1"]


def test_cancel_has_to_be_confirmed(front: Front) -> None:
    """It makes a deploy fail."""
    with _running(front):
        found = front.invoke("cancel")
    assert found["error"]["type"] == "ConfirmationNeeded"
    assert front.target.stops == []


@pytest.mark.parametrize(
    "event",
    [
        {"action": "pause"},
        {"action": "resume"},
        {"action": "rate", "write_units": 5, "for": "1m"},
        {"action": "cancel", "confirm": True},
    ],
)
def test_where_nothing_runs_there_is_nobody_to_ask(front: Front, event: dict[str, object]) -> None:
    """And it says so, instead of promising that somebody will see it."""
    found = front.handle(event)
    assert found["ok"] is False
    assert found["error"]["type"] == "NothingRuns"
    assert found["error"]["message"] == "Nothing is running."


def test_status_shows_how_far_a_migration_is(front: Front) -> None:
    """With the figures that it told, as a person reads numbers."""
    front.target.add(FIRST)
    front.target.save_progress(FIRST, 10, 40, {"percent": 25.0, "per_second": 3.14159})
    [dirty] = front.invoke("status")["dirty"]
    assert dirty["progress"] == {"done": 10, "total": 40, "percent": 25, "per_second": 3.1}


def test_status_says_what_a_migration_waits_for(front: Front) -> None:
    """By the name of the alarm."""
    front.target.add(FIRST)
    front.target.save_progress(FIRST, 10, 40, waits_for="the alarm orders-p99")
    [dirty] = front.invoke("status")["dirty"]
    assert dirty["progress"] == {"done": 10, "total": 40, "waits_for": "the alarm orders-p99"}


def test_progress_becomes_metrics(front: Front, capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch reads them out of the log: one line, with the stack and the migration as dimensions."""
    front.environ["DYNAMIGRATE_STACK_NAME"] = "Shop"
    front.write("def do(ctx):\n    ctx.progress(7, 7, per_second=3.5, percent=100, seconds_left=2)\n")
    assert front.invoke("migrate")["ok"] is True
    [line] = [line for line in capsys.readouterr().out.splitlines() if "Done" in line]
    found = json.loads(line)
    assert (found["service"], found["migration"]) == ("Shop", FIRST)
    assert (found["Done"], found["PerSecond"], found["Percent"]) == ([7.0], [3.5], [100.0])
    [metrics] = found["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == "dynamigrate"
    assert {one["Name"]: one["Unit"] for one in metrics["Metrics"]} == {
        "Done": "Count",
        "Total": "Count",
        "PerSecond": "Count/Second",
        "Percent": "Percent",
        "SecondsLeft": "Seconds",
    }
