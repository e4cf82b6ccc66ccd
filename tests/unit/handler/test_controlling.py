"""``pause``, ``resume`` and ``cancel``: what an operator may ask of a run that is under way."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

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


@pytest.mark.parametrize("event", [{"action": "pause"}, {"action": "resume"}, {"action": "cancel", "confirm": True}])
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


def test_progress_becomes_metrics(front: Front, capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch reads them out of the log: one line, with the stack and the migration as dimensions."""
    front.environ["DYNAMIGRATE_STACK_NAME"] = "Shop"
    front.write("def do(ctx):\n    ctx.progress(7, 7, per_second=3.5, percent=100, seconds_left=2)\n")
    assert front.invoke("migrate")["ok"] is True
    [line] = [line for line in capsys.readouterr().out.splitlines() if "_aws" in line]
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
