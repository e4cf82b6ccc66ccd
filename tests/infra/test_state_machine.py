"""The state machine of long runs, as a template has it: its states, its role, its log, and who hears of its end."""

import json
import re
from typing import Any

import pytest

from dynamigrate import handover
from dynamigrate.contract import SliceStatus
from tests.infra.synthesized import Shop, value_of
from tests.infra.test_migrations_template import (
    ENDED,
    FUNCTION,
    MACHINE,
    MACHINE_LOG,
    MACHINE_POLICY,
    MACHINE_ROLE,
    RESPONDER,
)


@pytest.fixture(scope="module")
def definition(shop: Shop) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(value_of(shop.migrating[MACHINE]["Properties"]["DefinitionString"]))
    return found


def test_slice_follows_slice_until_the_run_is_over(definition: dict[str, Any]) -> None:
    """By what each one answers; one that finds another at work is called again after a lease of the lock."""
    states = definition["States"]
    assert definition["StartAt"] == "Slice"
    assert states["Slice"]["Next"] == "Status"
    choices = states["Status"]["Choices"]
    assert all(one.keys() == {"Variable", "StringEquals", "Next"} for one in choices)
    assert {one["Variable"] for one in choices} == {"$.status"}
    following = {one["StringEquals"]: one["Next"] for one in choices}
    assert following == {SliceStatus.MORE: "Slice", SliceStatus.WAIT: "Wait", SliceStatus.FAILED: "Failed"}
    assert states["Status"]["Default"] == "Done"
    assert states["Wait"] == {"Type": "Wait", "Seconds": 20, "Next": "Slice"}
    assert (states["Done"], states["Failed"]["Type"]) == ({"Type": "Succeed"}, "Fail")


def test_a_slice_is_told_the_runs_id_and_its_status_is_all_that_is_kept(definition: dict[str, Any]) -> None:
    """An execution's history is read by many, so nothing else is ever in it."""
    one = definition["States"]["Slice"]
    assert one["Resource"] == "arn:aws:states:::lambda:invoke"
    assert one["Parameters"] == {
        "FunctionName": f"<{FUNCTION}.Arn>",
        "Payload": {"slice": {"runId.$": "$$.Execution.Name"}},
    }
    assert one["ResultSelector"] == {"status.$": "$.Payload.status"}


@pytest.mark.parametrize("state", ["Slice", "GaveUp"])
def test_a_call_that_fails_is_tried_again(definition: dict[str, Any], state: str) -> None:
    """More often where Lambda had no room for it, as nothing has happened then; all other errors are the last retrier's."""
    busy, anything = definition["States"][state]["Retry"]
    assert busy == {
        "ErrorEquals": [
            "Lambda.TooManyRequestsException",
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
        ],
        "IntervalSeconds": 2,
        "BackoffRate": 2,
        "MaxAttempts": 6,
    }
    assert anything == {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 3}


def test_when_slices_end_without_a_word_the_responder_is_told_why(definition: dict[str, Any]) -> None:
    """The error stays in the execution, which fails with it; where the responder can't be reached, the rule is left."""
    states = definition["States"]
    assert states["Slice"]["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "GaveUp"}]
    assert states["GaveUp"]["Parameters"] == {
        "FunctionName": f"<{RESPONDER}.Arn>",
        "Payload": {"gaveUp": {"runId.$": "$$.Execution.Name", "error.$": "$.error.Error", "cause.$": "$.error.Cause"}},
    }
    assert states["GaveUp"]["ResultPath"] == "$.answer"
    assert states["GaveUp"]["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.answer", "Next": "GivenUp"}]
    assert states["GaveUp"]["Next"] == "GivenUp"
    assert states["GivenUp"] == {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"}


def test_every_state_is_reached_and_every_way_ends(definition: dict[str, Any]) -> None:
    """A state that is named and not there would fail the deploy."""
    states = definition["States"]
    named = set(re.findall(r'"(?:Next|Default|StartAt)": "(\w+)"', json.dumps(definition)))
    assert named == states.keys()
    assert {name for name, one in states.items() if one["Type"] in ("Succeed", "Fail")} == {"Done", "Failed", "GivenUp"}


def test_the_machine_may_call_the_two_functions_and_write_its_log(shop: Shop) -> None:
    """The functions as they are, none of their versions; what delivers logs has no resources."""
    assert shop.migrating.statements()[MACHINE_POLICY] == [
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": [{"Fn::GetAtt": [FUNCTION, "Arn"]}, {"Fn::GetAtt": [RESPONDER, "Arn"]}],
        },
        {
            "Effect": "Allow",
            "Action": [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
            "Resource": "*",
        },
    ]
    role = shop.migrating[MACHINE_ROLE]["Properties"]
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "states.amazonaws.com"}}
    ]
    assert "ManagedPolicyArns" not in role
    machine = shop.migrating[MACHINE]
    assert machine["Properties"]["RoleArn"] == {"Fn::GetAtt": [MACHINE_ROLE, "Arn"]}
    assert MACHINE_POLICY in machine["DependsOn"], "it is looked at when the machine is made"


def test_the_machines_log_has_every_event_and_no_data(shop: Shop) -> None:
    """Under a name by which it takes no room in the account's one policy for such logs; it goes with the machine."""
    machine, log = shop.migrating[MACHINE]["Properties"], shop.migrating[MACHINE_LOG]
    assert machine["LoggingConfiguration"] == {
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": [MACHINE_LOG, "Arn"]}}}],
        "IncludeExecutionData": False,
        "Level": "ALL",
    }
    name = value_of(machine["StateMachineName"])
    assert value_of(log["Properties"]["LogGroupName"]) == f"/aws/vendedlogs/states/{name}"
    assert (log["Properties"]["RetentionInDays"], log["DeletionPolicy"]) == (180, "Delete")


def test_an_execution_that_did_not_succeed_is_told_to_the_responder(shop: Shop) -> None:
    """Whoever ended it, and of this machine alone."""
    rule = shop.migrating[ENDED]["Properties"]
    assert rule["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"stateMachineArn": [{"Ref": MACHINE}], "status": ["FAILED", "TIMED_OUT", "ABORTED"]},
    }
    assert rule["State"] == "ENABLED"
    assert rule["Targets"] == [
        {
            "Arn": {"Fn::GetAtt": [RESPONDER, "Arn"]},
            "Id": "Target0",
            "RetryPolicy": {"MaximumEventAgeInSeconds": 3600},
        }
    ]
    assert shop.migrating.only("AWS::Lambda::Permission") == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Fn::GetAtt": [RESPONDER, "Arn"]},
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": [ENDED, "Arn"]},
    }


def test_slices_that_die_are_followed_until_the_engine_gives_the_run_up(definition: dict[str, Any]) -> None:
    """It says so better than whoever only sees them die."""
    attempts = definition["States"]["Slice"]["Retry"][-1]["MaxAttempts"]
    assert attempts >= handover._MOST_DEATHS
