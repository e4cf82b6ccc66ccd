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
    assert following == {
        SliceStatus.MORE: "Slice",
        SliceStatus.WAIT: "Wait",
        SliceStatus.FLEET: "Fleet",
        SliceStatus.FAILED: "Failed",
    }
    assert states["Status"]["Default"] == "Done"
    assert states["Wait"] == {"Type": "Wait", "Seconds": 20, "Next": "Slice"}
    assert (states["Done"], states["Failed"]["Type"]) == ({"Type": "Succeed"}, "Fail")


@pytest.mark.parametrize(("state", "more"), [("Slice", {}), ("AfterFleet", {"afterFleet": True})])
def test_a_slice_is_told_the_runs_id_and_its_status_is_all_that_is_kept(
    definition: dict[str, Any], state: str, more: dict[str, bool]
) -> None:
    """An execution's history is read by many, so nothing else is ever in it but the numbers of workers."""
    one = definition["States"][state]
    assert one["Resource"] == "arn:aws:states:::lambda:invoke"
    assert one["Parameters"] == {
        "FunctionName": f"<{FUNCTION}.Arn>",
        "Payload": {"slice": {"runId.$": "$$.Execution.Name", **more}},
    }
    assert one["ResultSelector"] == {"status.$": "$.Payload.status", "workers.$": "$.Payload.workers"}
    assert (one["Next"], one.get("ResultPath", "$")) == ("Status", "$")


@pytest.mark.parametrize("state", ["Slice", "AfterFleet", "Worker", "GaveUp"])
def test_a_call_that_fails_is_tried_again(definition: dict[str, Any], state: str) -> None:
    """More often where Lambda had no room for it, as nothing has happened then; all other errors are the last retrier's."""
    busy, anything = states_of_all(definition)[state]["Retry"]
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
    for state in ("Slice", "AfterFleet"):
        assert states[state]["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "GaveUp"}]
    assert states["GaveUp"]["Parameters"] == {
        "FunctionName": f"<{RESPONDER}.Arn>",
        "Payload": {"gaveUp": {"runId.$": "$$.Execution.Name", "error.$": "$.error.Error", "cause.$": "$.error.Cause"}},
    }
    assert states["GaveUp"]["ResultPath"] == "$.answer"
    assert states["GaveUp"]["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.answer", "Next": "GivenUp"}]
    assert states["GaveUp"]["Next"] == "GivenUp"
    assert states["GivenUp"] == {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"}


class TestTheFleet:
    """Workers beside each other, each with an execution of its own."""

    def test_there_is_a_worker_for_each_number_that_the_slice_names(self, definition: dict[str, Any]) -> None:
        """All at once: how many there are is the run's affair. A worker is told the run's id, which its own execution hasn't."""
        fleet = definition["States"]["Fleet"]
        assert fleet["Type"] == "Map"
        assert fleet["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
        assert fleet["ItemsPath"] == "$.workers"
        assert fleet["ItemSelector"] == {
            "worker": {"runId.$": "$$.Execution.Name", "number.$": "$$.Map.Item.Value"},
        }
        assert not {name for name in fleet if name.startswith("MaxConcurrency")}
        assert re.fullmatch("[A-Za-z0-9-]{1,40}", fleet["Label"]), "as Step Functions takes it"

    def test_worker_follows_worker_until_nothing_is_left_for_it(self, definition: dict[str, Any]) -> None:
        """By what each call answers; one that has no work now is asked again in a while, with the same number."""
        fleet = definition["States"]["Fleet"]["ItemProcessor"]
        states = fleet["States"]
        assert fleet["StartAt"] == "Worker"
        assert states["Worker"]["Parameters"] == {
            "FunctionName": f"<{FUNCTION}.Arn>",
            "Payload": {"worker.$": "$.worker"},
        }
        assert states["Worker"]["ResultSelector"] == {"status.$": "$.Payload.status"}
        assert states["Worker"]["ResultPath"] == "$.answer", "run and number stay"
        assert states["Worker"]["Next"] == "WorkerStatus"
        choices = states["WorkerStatus"]["Choices"]
        assert {one["Variable"] for one in choices} == {"$.answer.status"}
        following = {one["StringEquals"]: one["Next"] for one in choices}
        assert following == {SliceStatus.MORE: "Worker", SliceStatus.WAIT: "WorkerWait"}
        assert states["WorkerStatus"]["Default"] == "WorkerDone"
        assert states["WorkerWait"] == {"Type": "Wait", "Seconds": 10, "Next": "Worker"}
        assert states["WorkerDone"] == {"Type": "Succeed"}

    def test_whatever_becomes_of_the_workers_the_run_is_taken_up_again(self, definition: dict[str, Any]) -> None:
        """None fails the others, not even one whose calls all die, and nothing that any of them said is handed on."""
        fleet = definition["States"]["Fleet"]
        after = {"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "AfterFleet"}
        assert fleet["ToleratedFailurePercentage"] == 100
        assert "ToleratedFailureCount" not in fleet, "the smaller of both counts"
        assert (fleet["Catch"], fleet["Next"], fleet["ResultPath"]) == ([after], "AfterFleet", None)
        states = fleet["ItemProcessor"]["States"]
        assert states["Worker"]["Catch"] == [{**after, "Next": "WorkerLost"}]
        assert states["WorkerLost"] == {"Type": "Pass", "End": True}


def states_of_all(definition: dict[str, Any]) -> dict[str, Any]:
    """The machine's states and those of its fleet's workers, by their names."""
    fleet = definition["States"]["Fleet"]["ItemProcessor"]["States"]
    assert not fleet.keys() & definition["States"].keys(), "Step Functions takes no name twice"
    return {**definition["States"], **fleet}


def test_every_state_is_reached_and_every_way_ends(definition: dict[str, Any]) -> None:
    """A state that is named and not there would fail the deploy, and so would one outside a fleet that is named inside."""
    fleet = definition["States"]["Fleet"]["ItemProcessor"]
    own = {
        **definition,
        "States": {**definition["States"], "Fleet": {**definition["States"]["Fleet"], "ItemProcessor": {}}},
    }
    for one in (own, fleet):
        named = set(re.findall(r'"(?:Next|Default|StartAt)": "(\w+)"', json.dumps(one)))
        assert named == one["States"].keys()
    states = states_of_all(definition).items()
    ends = {name for name, one in states if one["Type"] in ("Succeed", "Fail") or one.get("End")}
    assert ends == {"Done", "Failed", "GivenUp", "WorkerDone", "WorkerLost"}


def test_the_machine_may_call_the_two_functions_start_itself_and_write_its_log(shop: Shop) -> None:
    """
    The functions as they are, none of their versions; itself by its name, as a reference would be a circle; what
    delivers logs has no resources.
    """
    name = value_of(shop.migrating[MACHINE]["Properties"]["StateMachineName"])
    invoke, start, *rest = shop.migrating.statements()[MACHINE_POLICY]
    assert value_of(start) == {
        "Effect": "Allow",
        "Action": "states:StartExecution",
        "Resource": f"arn:aws:states:eu-west-1:111122223333:stateMachine:{name}",
    }
    assert value_of(rest.pop(0)) == {
        "Effect": "Allow",
        "Action": ["states:DescribeExecution", "states:StopExecution"],
        "Resource": f"arn:aws:states:eu-west-1:111122223333:execution:{name}:*",
    }
    assert [invoke, *rest] == [
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
