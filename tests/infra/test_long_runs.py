"""Runs that take longer than one invocation, as a template has them: the state machine, and who may do what for it."""

import json
import re
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from dynamigrate.contract import Env, SliceStatus
from dynamigrate_cdk import Migrations, MigrationState
from tests.infra.synthesized import Resources, Shop
from tests.infra.test_migrations_template import (
    ENDED,
    FUNCTION,
    LONG_RUNS_POLICY,
    MACHINE,
    MACHINE_LOG,
    MACHINE_POLICY,
    MACHINE_ROLE,
    RESOURCE,
    RESPONDER,
    RESPONDER_POLICY,
)

STACK_ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/0f9b6c4e-1e6d-4b8e-9a55-6a0f4f4b7d11"
MINUTES = cdk.Duration.minutes

Synthesize = Callable[..., Resources]


def value_of(value: Any, stack_id: str = STACK_ID) -> Any:
    """What CloudFormation makes of a template's *value* in that stack."""
    match value:
        case {"Ref": "AWS::StackId"}:
            return stack_id
        case {"Ref": name}:
            return {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333"}.get(
                name, f"<{name}>"
            )
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [glue, parts]}:
            return str(glue).join(value_of(part, stack_id) for part in parts)
        case {"Fn::Split": [glue, text]}:
            return value_of(text, stack_id).split(glue)
        case {"Fn::Select": [index, parts]}:
            return value_of(parts, stack_id)[int(index)]
        case dict():
            return {name: value_of(one, stack_id) for name, one in value.items()}
        case list():
            return [value_of(one, stack_id) for one in value]
        case _:
            return value


def names(value: Any) -> Iterator[str]:
    """The resources that a template's *value* refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            yield name
        case dict():
            for one in value.values():
                yield from names(one)
        case list():
            for one in value:
                yield from names(one)
        case _:
            pass


def machine_names(resources: Resources, stack_id: str = STACK_ID) -> list[str]:
    return [
        value_of(one["Properties"]["StateMachineName"], stack_id)
        for one in resources.template["Resources"].values()
        if one["Type"] == "AWS::StepFunctions::StateMachine"
    ]


@pytest.fixture
def synthesize(folder: Path) -> Synthesize:
    def make(**props: Any) -> Resources:
        stack = cdk.Stack(cdk.App(), "Shop")
        Migrations(stack, "Migrations", **{"migrations": folder, "deploy_id": "build-7", **props})
        return Resources.of(stack)

    return make


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


@pytest.mark.parametrize(
    ("props", "execution", "service"),
    [
        ({}, 2520, "3600"),
        ({"run_limit": MINUTES(30)}, 1020, "2340"),
        ({"run_limit": MINUTES(20), "timeout": MINUTES(5)}, 1020, "1740"),
        ({"run_limit": cdk.Duration.seconds(40), "timeout": cdk.Duration.seconds(10)}, 150, "580"),
    ],
)
def test_the_machine_ends_before_cloudformation_gives_up(
    synthesize: Synthesize, props: dict[str, Any], execution: int, service: str
) -> None:
    """
    Its execution begins with the end of the first invocation. CloudFormation waits for the longest queue, run, and grace,
    then for the responder; an hour at most.
    """
    resources = synthesize(**props)
    made = json.loads(value_of(resources[MACHINE]["Properties"]["DefinitionString"]))
    assert (made["TimeoutSeconds"], resources[RESOURCE]["Properties"]["ServiceTimeout"]) == (execution, service)


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
            "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 300},
        }
    ]
    assert shop.migrating.only("AWS::Lambda::Permission") == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Fn::GetAtt": [RESPONDER, "Arn"]},
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": [ENDED, "Arn"]},
    }


def test_the_function_may_start_the_machine_and_keep_cloudformations_event(shop: Shop) -> None:
    """This machine and its own parameters; it waits for the policy, as for all others."""
    name = machine_names(shop.migrating)[0]
    parameters = f"arn:aws:ssm:eu-west-1:111122223333:parameter/dynamigrate/{name}/*"
    assert value_of(shop.migrating.statements()[LONG_RUNS_POLICY]) == [
        {
            "Effect": "Allow",
            "Action": "states:StartExecution",
            "Resource": f"arn:aws:states:eu-west-1:111122223333:stateMachine:{name}",
        },
        {
            "Effect": "Allow",
            "Action": ["ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter"],
            "Resource": parameters,
        },
    ]
    assert LONG_RUNS_POLICY in shop.migrating[FUNCTION]["DependsOn"]
    responder = value_of(shop.migrating.statements()[RESPONDER_POLICY])[-1]
    assert responder == {
        "Effect": "Allow",
        "Action": ["ssm:DeleteParameter", "ssm:GetParameter"],
        "Resource": parameters,
    }


def test_function_and_responder_know_the_machine_by_its_name(shop: Shop) -> None:
    """Not by reference: the machine names them."""
    name = machine_names(shop.migrating)[0]
    function, responder = (
        shop.migrating[one]["Properties"]["Environment"]["Variables"] for one in (FUNCTION, RESPONDER)
    )
    assert value_of(function[Env.MACHINE_ARN]) == f"arn:aws:states:eu-west-1:111122223333:stateMachine:{name}"
    assert function[Env.RUN_LIMIT_SECONDS] == "3300"
    assert value_of(function[Env.EVENTS_PATH]) == value_of(responder[Env.EVENTS_PATH]) == f"/dynamigrate/{name}/"
    assert MACHINE not in set(names(function))


@pytest.mark.parametrize("on_rollback", ["nothing", "undo"])
def test_no_resource_waits_for_itself(folder: Path, on_rollback: str) -> None:
    """CloudFormation refuses a template with a circle in it, and only when it is deployed."""
    stack = cdk.Stack(cdk.App(), "Shop")
    Migrations(
        stack,
        "Migrations",
        migrations=folder,
        state=MigrationState(stack, "State"),
        vpc=ec2.Vpc(stack, "Vpc", max_azs=1),
        on_rollback=on_rollback,
    )
    made = Resources.of(stack).template["Resources"]
    waits = {
        logical_id: {*one.get("DependsOn", ()), *names(one["Properties"])} & made.keys()
        for logical_id, one in made.items()
        if "Properties" in one
    }
    order = list(TopologicalSorter(waits).static_order())
    assert order.index(FUNCTION) < order.index(MACHINE) < order.index(RESOURCE)


def test_the_first_call_has_the_machine(shop: Shop) -> None:
    """The very first deploy's migrations may be long ones."""
    own = {logical_id for logical_id in shop.migrating.ids() if "LongRuns" in logical_id}
    assert len(own) == 7
    assert own < set(shop.migrating[RESOURCE]["DependsOn"])


def test_machines_have_names_of_their_own(folder: Path) -> None:
    """Two constructs in one stack, the same app under two stacks' names, and a stack that was deleted and made anew."""

    def stack(name: str) -> Resources:
        made = cdk.Stack(cdk.App(), name)
        for one in ("Orders", "Users"):
            Migrations(made, one, migrations=folder)
        return Resources.of(made)

    other_id = STACK_ID.replace("0f9b6c4e", "aaaaaaaa")
    one, other = stack("One"), stack("Other")
    found = [*machine_names(one), *machine_names(other), *machine_names(one, other_id), *machine_names(other, other_id)]
    assert len(set(found)) == 8
    assert re.fullmatch(r"One-Orders-0f9b6c4e-1e6d-4b8e-9a55-6a0f4f4b7d11-[0-9a-f]{8}", found[0])


def test_a_name_is_what_step_functions_takes(folder: Path) -> None:
    """However long the construct's path is, and whatever is in it."""
    stack = cdk.Stack(cdk.App(), "Shop")
    Migrations(stack, f"Märchen & more {'x' * 99}", migrations=folder)
    Migrations(stack, f"Märchen & more {'x' * 98}", migrations=folder)
    one, other = machine_names(Resources.of(stack))
    assert one != other
    assert all(re.fullmatch(r"Shop-M-rchen-[A-Za-z0-9_-]+", name) and len(name) <= 80 for name in (one, other))


def test_nested_stacks_have_machines_of_their_own(folder: Path) -> None:
    """Each has an id of its own, and no name that is known at synth."""
    parent = cdk.Stack(cdk.App(), "Shop")
    nested = [cdk.NestedStack(parent, name) for name in ("One", "Other")]
    for stack in nested:
        Migrations(stack, "Migrations", migrations=folder)
    templates = [Resources.of(stack) for stack in nested]
    found = {name for template in templates for name in machine_names(template)}
    assert len(found) == 2
    for template in templates:
        (name,) = machine_names(template)
        function = next(
            one["Properties"]["Environment"]["Variables"]
            for one in template.template["Resources"].values()
            if one["Properties"].get("Handler") == "dynamigrate.handler.handle"
        )
        assert value_of(function[Env.MACHINE_ARN]).endswith(f":stateMachine:{name}")


def test_the_construct_shows_its_machine(shop: Shop, folder: Path) -> None:
    """For alarms and dashboards; and the stack has an output with its ARN."""
    machine = shop.migrations.state_machine
    assert machine is not None
    assert shop.migrations_stack.resolve(machine.state_machine_arn) == {"Ref": MACHINE}
    (output,) = (one for name, one in shop.migrating.template["Outputs"].items() if "StateMachine" in name)
    assert output["Value"] == {"Ref": MACHINE}
    other = Migrations(cdk.Stack(cdk.App(), "Shop"), "Migrations", migrations=folder, run_limit=None)
    assert other.state_machine is None


def test_without_a_limit_nothing_of_it_is_there(synthesize: Synthesize) -> None:
    """No machine, no rule, no log, no grant, no variable, and CloudFormation waits as long as one invocation takes."""
    resources, with_machine = synthesize(run_limit=None), synthesize()
    assert with_machine.ids().keys() - resources.ids().keys() == {
        logical_id for logical_id in with_machine.ids() if "LongRuns" in logical_id
    }
    assert not re.search("states|ssm|LongRun|StateMachine|EVENTS_PATH", json.dumps(resources.template))
    assert resources[RESOURCE]["Properties"]["ServiceTimeout"] == "1320"
    variables = resources[FUNCTION]["Properties"]["Environment"]["Variables"]
    assert variables.keys() == {*Env} - {Env.MACHINE_ARN, Env.RUN_LIMIT_SECONDS, Env.EVENTS_PATH}
    lock, _ = resources.statements()[RESPONDER_POLICY]
    assert lock["Action"] == ["dynamodb:DeleteItem", "dynamodb:GetItem"]
