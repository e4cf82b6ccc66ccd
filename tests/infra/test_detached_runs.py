"""The second state machine, of a folder with a detached migration."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from dynamigrate.contract import Env
from dynamigrate_cdk import Migrations
from tests.infra.conftest import MakeFolder
from tests.infra.synthesized import Resources, value_of
from tests.infra.test_long_runs import machine_names
from tests.infra.test_migrations_template import FUNCTION, MACHINE, RESOURCE, RESPONDER, RESPONDER_POLICY

DETACHED = "detached = True\ndef do(ctx):\n    ctx.checkpoint.save(1)\n"
Synthesize = Callable[..., Resources]


@pytest.fixture(scope="module")
def detached_folder(make_folder: MakeFolder) -> Path:
    """Two migrations, of which one is detached."""
    return make_folder({"1_fill.py": DETACHED, "2_drop.py": 'requires = ["1"]\ndef do(ctx): pass\n'})


@pytest.fixture(scope="module")
def synthesize(detached_folder: Path) -> Synthesize:
    def make(**props: Any) -> Resources:
        stack = cdk.Stack(cdk.App(), "Shop")
        Migrations(stack, "Migrations", **{"migrations": detached_folder, "deploy_id": "build-7", **props})
        return Resources.of(stack)

    return make


@pytest.fixture(scope="module")
def resources(synthesize: Synthesize) -> Resources:
    return synthesize()


def _own(resources: Resources, kind: str) -> tuple[str, dict[str, Any]]:
    """The one resource of that type that belongs to detached migrations."""
    [found] = [
        (logical_id, one)
        for logical_id, one in resources.template["Resources"].items()
        if logical_id.startswith("MigrationsDetached") and one["Type"] == kind
    ]
    return found


def _definition(resources: Resources) -> dict[str, Any]:
    machine = _own(resources, "AWS::StepFunctions::StateMachine")[1]
    found: dict[str, Any] = json.loads(value_of(machine["Properties"]["DefinitionString"]))
    return found


def test_its_slices_are_told_run_and_migration_and_there_is_no_limit(resources: Resources) -> None:
    """A run may have several executions, so its id is not their name."""
    definition = _definition(resources)
    told = {"runId.$": "$$.Execution.Input.runId", "migration.$": "$$.Execution.Input.migration"}
    assert "TimeoutSeconds" not in definition
    assert definition["States"]["Slice"]["Parameters"]["Payload"] == {"slice": told}
    assert definition["States"]["AfterFleet"]["Parameters"]["Payload"] == {"slice": {**told, "afterFleet": True}}
    assert definition["States"]["Fleet"]["ItemSelector"] == {"worker": {**told, "number.$": "$$.Map.Item.Value"}}
    assert definition["States"]["GaveUp"]["Parameters"]["Payload"] == {
        "gaveUp": {**told, "error.$": "$.error.Error", "cause.$": "$.error.Cause"}
    }


def test_where_lambda_has_no_room_it_waits_for_almost_an_hour(resources: Resources) -> None:
    """Nobody else does."""
    busy = _definition(resources)["States"]["Slice"]["Retry"][0]
    assert "Lambda.TooManyRequestsException" in busy["ErrorEquals"]
    delays = [min(busy["MaxDelaySeconds"], 2 * 2**attempt) for attempt in range(busy["MaxAttempts"])]
    assert 45 * 60 < sum(delays) < 60 * 60


def test_apart_from_that_it_is_as_the_other_one(resources: Resources) -> None:
    other = json.loads(value_of(resources[MACHINE]["Properties"]["DefinitionString"]))
    own = _definition(resources)
    for made in (other, own):
        made.pop("TimeoutSeconds", None)
        made.pop("Comment")
        for state in ("Slice", "AfterFleet", "GaveUp"):
            made["States"][state]["Parameters"].pop("Payload")
        made["States"]["Fleet"].pop("ItemSelector")
        workers = made["States"]["Fleet"]["ItemProcessor"]["States"]
        for called in (made["States"]["Slice"], made["States"]["AfterFleet"], workers["Worker"]):
            called["Retry"].pop(0)
    assert own == other


def test_it_has_a_name_of_its_own_that_the_function_knows(resources: Resources) -> None:
    """And may start, and waits for that."""
    one, other = machine_names(resources)
    assert len({one, other}) == 2
    assert all(len(name) <= 80 for name in (one, other))
    name = value_of(_own(resources, "AWS::StepFunctions::StateMachine")[1]["Properties"]["StateMachineName"])
    arn = f"arn:aws:states:eu-west-1:111122223333:stateMachine:{name}"
    variables = resources[FUNCTION]["Properties"]["Environment"]["Variables"]
    assert value_of(variables[Env.DETACHED_MACHINE_ARN]) == arn
    allowed = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": arn}
    policies = [name for name, one in resources.statements().items() if allowed in value_of(one)]
    assert set(policies) & set(resources[FUNCTION]["DependsOn"])


def test_who_ends_its_executions_is_told_to_the_responder(resources: Resources) -> None:
    """As of the other machine."""
    machine, _ = _own(resources, "AWS::StepFunctions::StateMachine")
    rule = _own(resources, "AWS::Events::Rule")[1]["Properties"]
    assert rule["EventPattern"]["detail"] == {
        "stateMachineArn": [{"Ref": machine}],
        "status": ["FAILED", "TIMED_OUT", "ABORTED"],
    }
    assert rule["Targets"][0]["Arn"] == {"Fn::GetAtt": [RESPONDER, "Arn"]}


def test_the_first_deploy_may_start_one(resources: Resources) -> None:
    """All of it is there before the function is called."""
    own = {logical_id for logical_id in resources.template["Resources"] if logical_id.startswith("MigrationsDetached")}
    assert own <= set(resources[RESOURCE]["DependsOn"])


def test_it_is_there_without_the_other_machine(synthesize: Synthesize) -> None:
    """What is detached goes on for days, however short a deploy's run is to be; the responder may ask it to stop."""
    resources = synthesize(run_limit=None)
    [name] = machine_names(resources)
    assert name.endswith("-d")
    statements = value_of(resources.statements()[RESPONDER_POLICY])
    assert any(one["Action"] == "dynamodb:UpdateItem" for one in statements)
    variables = resources[FUNCTION]["Properties"]["Environment"]["Variables"]
    assert Env.MACHINE_ARN not in variables


def test_a_detached_backfill_may_have_workers_without_the_other_machine(make_folder: MakeFolder) -> None:
    """They are called by its own."""
    code = (
        "from dynamigrate import Backfill\ndetached = True\ndo = Backfill(table='things', transform=print, workers=4)\n"
    )
    stack = cdk.Stack(cdk.App(), "Shop")
    Migrations(stack, "Migrations", migrations=make_folder({"1_fill.py": code}), run_limit=None)
    assert len(machine_names(Resources.of(stack))) == 1


def test_the_construct_shows_it(detached_folder: Path, folder: Path) -> None:
    """For alarms and dashboards; a folder without a detached migration has none."""
    stack = cdk.Stack(cdk.App(), "Shop")
    machine = Migrations(stack, "Migrations", migrations=detached_folder).detached_state_machine
    assert machine is not None
    assert stack.resolve(machine.state_machine_arn) == {
        "Ref": _own(Resources.of(stack), "AWS::StepFunctions::StateMachine")[0]
    }
    other = Migrations(cdk.Stack(cdk.App(), "Shop"), "Migrations", migrations=folder)
    assert other.detached_state_machine is None


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"1_fill.py": "detached = True\ndef do(ctx): pass\n"}, "keeps no checkpoints"),
        ({"2_drop.py": 'requires = ["1"]\ndef do(ctx): pass\n'}, "requires 1, and there is no such migration."),
        ({"2_drop.py": 'requires = ["2"]\ndef do(ctx): pass\n'}, "requires itself."),
    ],
)
def test_what_can_not_be_is_refused_at_synth(make_folder: MakeFolder, files: dict[str, str], said: str) -> None:
    """With the file's name."""
    with pytest.raises(Exception, match=said) as caught:
        Migrations(cdk.Stack(cdk.App(), "Shop"), "Migrations", migrations=make_folder(files))
    assert next(iter(files)) in str(caught.value)
