"""What a stack's status says."""

import pytest

from dynamigrate.handler.cloudformation.stack_status import stack_status
from tests.unit.handler.front import STACK_ID, Stack


@pytest.mark.parametrize(
    ("status", "rolling_back"),
    [
        ("UPDATE_ROLLBACK_IN_PROGRESS", True),
        ("ROLLBACK_IN_PROGRESS", True),
        ("IMPORT_ROLLBACK_IN_PROGRESS", True),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", True),
        ("UPDATE_IN_PROGRESS", False),
        ("CREATE_IN_PROGRESS", False),
        ("REVIEW_IN_PROGRESS", False),
    ],
)
def test_a_rollback_is_told_from_an_update(status: str, rolling_back: bool) -> None:
    """By the word in it."""
    found = stack_status(lambda: Stack(status), STACK_ID)
    assert (found.known, found.rolling_back) == (True, rolling_back)


def test_what_can_not_be_asked_is_unknown() -> None:
    """It says why, and raises nothing."""
    found = stack_status(lambda: Stack(TimeoutError("no route")), STACK_ID)
    assert (found.known, found.rolling_back, found.why_unknown) == (False, False, "TimeoutError: no route")


def test_a_client_that_can_not_be_made_is_unknown_too() -> None:
    """No region, no credentials."""

    def no_client() -> object:
        raise ValueError("no region")

    assert stack_status(no_client, STACK_ID).why_unknown == "ValueError: no region"


def test_an_event_without_a_stack_asks_nothing() -> None:
    """Asked for none in particular, CloudFormation would tell of all stacks, and the first would decide."""
    stack = Stack("UPDATE_IN_PROGRESS")
    found = stack_status(lambda: stack, "")
    assert (found.known, found.why_unknown, stack.asked) == (False, "the event names no stack", [])
