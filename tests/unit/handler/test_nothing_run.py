"""Events that run nothing: a rollback, one that may be a rollback, and a delete."""

import pytest

from tests.unit.handler.front import FIRST, SECOND, STACK_ID, Front, holder

ATTRIBUTES = {"RunId", "Applied", "AppliedCount", "Current", "Invocations", "Warnings", "StandsAt", "Counts"}


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_a_rollback_succeeds_and_runs_nothing(front: Front, status: str) -> None:
    """One that failed would leave the stack in UPDATE_ROLLBACK_FAILED."""
    front.clients.stack.status = status
    front.target.held_by = holder()
    answer = front.deploy("Update", SourceDigest="e2" * 16, LockWaitSeconds="soon")
    assert answer["Status"] == "SUCCESS"
    assert front.clients.stack.asked == [STACK_ID]
    assert front.target.states() == {}
    assert front.target.waits == []


def test_a_rollback_has_every_attribute(front: Front) -> None:
    """A template that asks for an attribute that is missing fails the rollback."""
    front.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    assert set(front.deploy("Update")["Data"]) == ATTRIBUTES


def test_a_rollback_succeeds_with_broken_settings(front: Front) -> None:
    """Broken code must always be able to be rolled back."""
    front.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    front.environ["DYNAMIGRATE_TABLES"] = "{"
    assert front.deploy("Update")["Status"] == "SUCCESS"


def test_a_rollback_asks_a_run_that_is_still_at_work_to_stop(front: Front) -> None:
    """A deploy that was given up on must not write on for long; the request for it gives up in seconds."""
    front.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    front.deploy("Update")
    assert front.target.stops == ["the stack is rolling back"]
    assert front.made_from == ["brief state"]


def test_a_create_does_not_ask_for_the_stack(front: Front) -> None:
    """A rollback of a create is a Delete, so there is nothing to ask."""
    front.deploy("Create")
    assert front.clients.stack.asked == []


def test_an_unknown_status_with_nothing_to_do_succeeds(front: Front) -> None:
    """An update and a rollback come to the same."""
    front.clients.stack.status = TimeoutError("no route")
    front.target.apply(FIRST, SECOND)
    answer = front.deploy("Update")
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Current"] == SECOND
    assert set(answer["Data"]) == ATTRIBUTES
    assert front.line("stack.status_unknown")["why"] == "TimeoutError: no route"


def test_an_unknown_status_with_something_pending_fails_and_says_so(front: Front) -> None:
    """To run it might be to run it in a rollback."""
    front.clients.stack.status = TimeoutError("no route")
    front.target.apply(FIRST)
    answer = front.deploy("Update")
    assert answer["Status"] == "FAILED"
    assert "this may be a rollback" in answer["Reason"]
    assert "(TimeoutError: no route)" in answer["Reason"]
    assert f"Pending: {SECOND}_add_status." in answer["Reason"]
    assert "cloudformation:DescribeStacks" in answer["Reason"]
    assert front.target.states() == {FIRST: "applied"}


def test_an_unknown_status_with_something_dirty_fails(front: Front) -> None:
    """A dirty one is nothing that an update could pass over."""
    front.clients.stack.status = TimeoutError("no route")
    front.target.apply(FIRST)
    front.target.add(SECOND)
    answer = front.deploy("Update")
    assert answer["Status"] == "FAILED"
    assert f"Begun and not finished: {SECOND}." in answer["Reason"]


def test_an_unknown_status_without_tables_counts_all_as_pending(front: Front) -> None:
    """Nothing is created on a guess."""
    front.clients.stack.status = TimeoutError("no route")
    front.target.destroy()
    answer = front.deploy("Update")
    assert answer["Status"] == "FAILED"
    assert f"Pending: {FIRST}_add_users, {SECOND}_add_status." in answer["Reason"]


def test_an_unknown_status_carries_out_no_repair(front: Front) -> None:
    """A repair belongs to a deploy that goes forward."""
    front.clients.stack.status = TimeoutError("no route")
    front.target.add(FIRST)
    assert front.deploy("Update", Repair=f"{FIRST}:applied")["Status"] == "FAILED"
    assert front.target.states() == {FIRST: "dirty"}


def test_a_delete_succeeds_and_touches_nothing_but_the_stop_mark(front: Front) -> None:
    """The state is the team's, and outlives the stack."""
    front.target.apply(FIRST)
    assert front.deploy("Delete")["Status"] == "SUCCESS"
    assert front.target.states() == {FIRST: "applied"}
    assert front.target.stops == ["the resource is being deleted"]
    assert front.target.waits == []


def test_a_delete_succeeds_although_the_state_is_out_of_reach(front: Front) -> None:
    """CloudFormation sends it while a Create still runs, and when anything is broken."""
    front.target.breaks = ConnectionError("no route")
    assert front.deploy("Delete")["Status"] == "SUCCESS"
    assert front.line("stop.not_requested")["error"] == "no route"


def test_a_delete_succeeds_with_broken_settings(front: Front) -> None:
    """Otherwise the stack could not be deleted either."""
    front.environ["DYNAMIGRATE_CHANGED"] = "perhaps"
    assert front.deploy("Delete")["Status"] == "SUCCESS"
