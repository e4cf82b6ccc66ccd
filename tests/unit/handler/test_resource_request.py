"""What is read from CloudFormation's event."""

import pytest

from dynamigrate.handler.cloudformation.request import ResourceRequest
from tests.unit.handler.front import STACK_ID


def request(**event: object) -> ResourceRequest:
    return ResourceRequest.read(event)


def test_the_stacks_name_is_in_its_arn() -> None:
    """The event has no name of its own."""
    assert request(StackId=STACK_ID).stack_name == "Migrations"


@pytest.mark.parametrize("stack_id", ["", "Migrations", "a/b"])
def test_a_stack_id_of_another_form_stands_for_itself(stack_id: str) -> None:
    """An answer is given whatever it looks like."""
    assert request(StackId=stack_id).stack_name == stack_id


def test_a_physical_id_is_no_longer_than_allowed() -> None:
    """1 KB is CloudFormation's limit."""
    assert len(request(StackId="s" * 2000, LogicalResourceId="x").physical_id) == 1024


def test_the_address_of_the_answer_is_not_in_its_representation() -> None:
    """A dataclass ends up in an error message sooner or later."""
    assert "s3cr3t" not in repr(request(ResponseURL="https://s3cr3t"))


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"RequestType": "Create", "ResponseURL": "https://x"}, True),
        ({"RequestType": 3, "ResponseURL": None}, True),
        ({"RequestType": "Create"}, False),
        ({"ResponseURL": "https://x"}, False),
        ({"action": "status"}, False),
        (["RequestType", "ResponseURL"], False),
        ("RequestType ResponseURL", False),
        (None, False),
    ],
)
def test_an_event_is_cloudformations_if_it_can_be_answered(event: object, expected: bool) -> None:
    """A person who pastes half of one gets the help."""
    assert ResourceRequest.is_one(event) is expected
