"""The lock of a deploy: waited for, held by somebody else, or by another delivery of the same event."""

import pytest

from dynamigrate.errors import LockHeld
from dynamigrate.records import RunRecord
from tests.unit.handler.front import FIRST, Front, holder

ATTRIBUTES = {"RunId", "Applied", "AppliedCount", "Current", "Invocations", "Warnings", "StandsAt", "Counts"}


def test_the_lock_is_released_before_the_answer(front: Front) -> None:
    """CloudFormation may send its next event as soon as it has the answer."""
    held: list[bool] = []
    front.server.when_called = lambda: held.append(front.target.held)
    front.deploy()
    assert held == [False]


def test_a_lock_that_another_holds_fails_the_deploy(front: Front) -> None:
    """It says who, since when, and what to do."""
    front.target.held_by = holder()
    answer = front.deploy()
    assert answer["Status"] == "FAILED"
    assert "is held by stack Other, function F since 2026-11-23T09:00:00.000Z" in answer["Reason"]


def test_a_second_delivery_ends_without_an_answer(front: Front) -> None:
    """The first is at work under the same Lambda request, and will answer."""
    front.target.held_by = holder(request_id="request-1")
    assert front.handle(front.event("Create")) is None
    assert front.server.received == []
    assert front.line("run.delivered_twice")["level"] == "WARNING"


def test_a_second_delivery_that_carries_a_repair_ends_without_an_answer_too(front: Front) -> None:
    """The repair takes the lock first."""
    front.target.held_by = holder(request_id="request-1")
    front.handle(front.event("Create", Repair=f"{FIRST}:pending"))
    assert front.server.received == []


def test_a_lock_that_this_delivery_itself_left_behind_is_answered(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repair whose release got lost: there is no other delivery that would answer."""
    front.target.add(FIRST)
    record_run = front.target.record_run

    def record_and_stay(run: RunRecord) -> None:
        record_run(run)
        front.target.held_by = holder(request_id="request-1")

    monkeypatch.setattr(front.target, "record_run", record_and_stay)
    assert front.deploy("Update", Repair=f"{FIRST}:pending")["Status"] == "FAILED"


def test_a_holder_without_a_request_is_somebody_else(front: Front) -> None:
    """A context without a request id must not match a lock without one."""
    front.context.aws_request_id = ""
    front.target.breaks = LockHeld("A person holds it.", next_step="Wait.", request_id="")
    assert front.deploy()["Status"] == "FAILED"


def test_it_waits_for_the_lock_as_long_as_the_property_says(front: Front) -> None:
    """Properties are strings."""
    front.deploy(LockWaitSeconds="7")
    assert front.target.waits == [7.0]


def test_it_waits_two_minutes_for_the_lock_unless_told(front: Front) -> None:
    """The deploy before may be at its end."""
    front.deploy(LockWaitSeconds=None)
    assert front.target.waits == [120.0]


def test_it_waits_no_longer_than_leaves_time_to_say_so(front: Front) -> None:
    """60 seconds less 6 for the answer and 6 in reserve."""
    front.context.seconds = 60
    front.deploy()
    assert front.target.waits == [48.0]


@pytest.mark.parametrize("wait", ["soon", "-1", "nan", "inf", "1e999"])
def test_a_wait_that_is_no_number_of_seconds_fails(front: Front, wait: str) -> None:
    """Before anything runs, and naming the property."""
    answer = front.deploy(LockWaitSeconds=wait)
    assert answer["Status"] == "FAILED"
    assert f"The property LockWaitSeconds is {wait!r}" in answer["Reason"]
    assert front.target.waits == []
