"""Errors, as what happened and what to do next."""

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from dynamigrate.errors import MigrationFailed, StateMissing
from dynamigrate.handler.explanation import explain
from dynamigrate.next_step import Repair
from dynamigrate.outcome import Outcome

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/Orders"
DENIED = ClientError(
    {
        "Error": {
            "Code": "AccessDeniedException",
            "Message": (
                "User: arn:aws:sts::123456789012:assumed-role/R/F is not authorized to perform: dynamodb:PutItem "
                f"on resource: {TABLE} because no identity-based policy allows the dynamodb:PutItem action"
            ),
        }
    },
    "PutItem",
)


def test_an_error_of_ours_keeps_its_words() -> None:
    """They were chosen to be read."""
    found = explain(StateMissing("It is gone.", next_step="Call create()."))
    assert (found.type, found.message, found.next_step) == ("StateMissing", "It is gone.", "Call create().")
    assert found.traceback is None


def test_a_bug_is_named_and_has_a_traceback() -> None:
    """Its type, its message, and where to read on."""
    error = RuntimeError("it broke")
    found = explain(error)
    assert (found.type, found.message) == ("RuntimeError", "it broke")
    assert found.next_step == "Read the traceback in the function's log."
    assert found.traceback is error


def test_an_error_without_words_is_still_named() -> None:
    """KeyboardInterrupt() and others say nothing."""
    assert explain(RuntimeError()).message == "RuntimeError, without a message"


def test_a_refusal_says_what_would_allow_it() -> None:
    """Which action, on what, and whom to grant it to."""
    found = explain(DENIED)
    assert found.type == "AccessDeniedException"
    assert f"Allow the function's role dynamodb:PutItem on {TABLE}:" in found.next_step
    assert "grant_principal" in found.next_step


def test_a_refusal_without_details_still_points_to_the_grant() -> None:
    """Services word it in their own ways."""
    found = explain(ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "GetObject"))
    assert "Allow the function's role what it was refused:" in found.next_step


def test_a_refusal_inside_a_migration_says_so_too() -> None:
    """It is the cause of the failure, which also needs a repair."""
    try:
        raise MigrationFailed("1_x failed.", next_step="Repair it.", outcome=Outcome()) from DENIED
    except MigrationFailed as error:
        found = explain(error)
    assert (found.type, found.message) == ("MigrationFailed", "1_x failed.")
    assert f"dynamodb:PutItem on {TABLE}" in found.next_step
    assert found.next_step.endswith("Repair it.")
    assert found.traceback is DENIED


def test_a_cause_that_says_what_to_do_is_not_explained_once_more() -> None:
    """It has looked at the service's answer already; a failure that has its words keeps them as they are."""
    cause = StateMissing("It may not be read.", next_step="Grant it.")
    cause.__cause__ = DENIED
    assert (explain(cause).next_step, explain(cause).hint) == ("Grant it.", "")
    failed = MigrationFailed("1_x failed.", next_step="Grant it. Then repair it.", outcome=Outcome())
    failed.__cause__ = cause
    assert explain(failed).next_step == "Grant it. Then repair it."
    cause.repair = Repair("1", "pending")
    assert explain(failed).hint == "", "a repair is not to be invoked where there is nothing to invoke"
    cause.repair = None
    assert explain(failed).hint == "Grant it."


def test_a_missing_table_says_what_to_check() -> None:
    """DynamoDB itself says no more than that a resource was not found."""
    error = ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "not found"}}, "Scan")
    assert "check the table's name" in explain(error).next_step


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="https://d"), ConnectTimeoutError(endpoint_url="https://d")]
)
def test_a_way_that_is_missing_is_named(error: Exception) -> None:
    """The usual cause is a VPC without an endpoint."""
    assert "in a VPC it needs an endpoint" in explain(error).next_step


def test_causes_that_go_in_a_circle_come_to_an_end() -> None:
    """Python allows them."""
    one, other = RuntimeError("one"), RuntimeError("other")
    one.__cause__, other.__cause__ = other, one
    assert explain(one).message == "one"
