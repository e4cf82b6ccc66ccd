"""Runs that take longer than one invocation, as a template has them: names, limits, and what functions may do."""

import json
import re
from collections.abc import Callable
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from dynamigrate.contract import Env
from dynamigrate_cdk import Migrations, MigrationState
from tests.infra.synthesized import STACK_ID, Resources, Shop, references, value_of
from tests.infra.test_migrations_template import (
    ENGINE_POLICY,
    FUNCTION,
    INVOKE_CONFIG,
    MACHINE,
    RESOURCE,
    RESPONDER,
    RESPONDER_POLICY,
)

MINUTES = cdk.Duration.minutes

Synthesize = Callable[..., Resources]


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


@pytest.mark.parametrize(
    ("props", "execution", "service"),
    [
        ({}, 2460, "3600"),
        ({"run_limit": MINUTES(30)}, 960, "2100"),
        ({"run_limit": MINUTES(20), "timeout": MINUTES(5)}, 960, "1500"),
        ({"run_limit": cdk.Duration.seconds(40), "timeout": cdk.Duration.seconds(10)}, 90, "340"),
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
    function, responder = (resources[name]["Properties"]["Timeout"] for name in (FUNCTION, RESPONDER))
    queue = resources[INVOKE_CONFIG]["Properties"]["MaximumEventAgeInSeconds"]
    assert queue + function + execution + responder <= int(service) <= 3600


def test_the_function_may_start_the_machine_and_keep_cloudformations_event(shop: Shop) -> None:
    """This machine and its own parameters; it waits for the policy, as for all others."""
    name = machine_names(shop.migrating)[0]
    parameters = f"arn:aws:ssm:eu-west-1:111122223333:parameter/dynamigrate/{name}/*"
    granted = value_of(shop.migrating.statements()[ENGINE_POLICY])
    assert [one for one in granted if "states:" in str(one["Action"]) or "ssm:" in str(one["Action"])] == [
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
    assert ENGINE_POLICY in shop.migrating[FUNCTION]["DependsOn"]
    responder = value_of(shop.migrating.statements()[RESPONDER_POLICY])[-2]
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
    assert MACHINE not in set(references(function))


@pytest.mark.parametrize("on_rollback", ["nothing", "undo"])
def test_no_resource_waits_for_itself(folder: Path, on_rollback: Any) -> None:
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
        logical_id: {*one.get("DependsOn", ()), *references(one["Properties"])} & made.keys()
        for logical_id, one in made.items()
        if "Properties" in one
    }
    order = list(TopologicalSorter(waits).static_order())
    assert order.index(FUNCTION) < order.index(MACHINE) < order.index(RESOURCE)


def test_the_first_call_has_the_machine(shop: Shop) -> None:
    """The very first deploy's migrations may be long ones."""
    own = {logical_id for logical_id in shop.migrating.ids() if "LongRuns" in logical_id}
    assert len(own) == 6
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
    (output,) = (
        one for name, one in shop.migrating.template["Outputs"].items() if "StateMachine" in name and "Page" not in name
    )
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
    more, fewer = (one[FUNCTION]["Properties"]["Environment"]["Variables"].keys() for one in (with_machine, resources))
    assert more - fewer == {Env.MACHINE_ARN, Env.RUN_LIMIT_SECONDS, Env.EVENTS_PATH}
    assert fewer - more == set()
    lock, *_ = resources.statements()[RESPONDER_POLICY]
    assert lock["Action"] == ["dynamodb:DeleteItem", "dynamodb:GetItem"]
