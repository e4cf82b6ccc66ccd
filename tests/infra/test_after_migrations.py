"""The construct whose migrations run once the application is deployed."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from dynamigrate.contract import Env, Property
from dynamigrate_cdk import Migrations
from tests.infra.conftest import MakeFolder
from tests.infra.four import AFTER, PLAIN, Four, Synthesized, resource, synthesized, variables
from tests.infra.synthesized import Resources
from tests.infra.test_long_runs import machine_names


@pytest.fixture(scope="module")
def after_folder(make_folder: MakeFolder) -> Path:
    """A migration of each phase."""
    return make_folder({"1_fill.py": PLAIN, "2_drop.py": AFTER})


@pytest.fixture(scope="module")
def both(after_folder: Path) -> Synthesized:
    return synthesized(after_folder)


def test_it_is_deployed_after_the_application_and_that_after_the_migrations(both: Synthesized) -> None:
    """So CDK deploys the four in the order of a change's life."""
    four = both.four
    assert {one.node.path for one in four.after_stack.dependencies} == {"Data", "Migrating", "Application"}
    assert {one.node.path for one in four.application.dependencies} == {"Migrating"}


def test_both_functions_have_one_asset_and_one_digest(both: Synthesized) -> None:
    """The code is put together once, and what was tested before the application is what runs after it."""
    first, second = both.functions()
    assert first["Code"] == second["Code"]
    first_resource, second_resource = both.resources()
    assert first_resource[Property.SOURCE_DIGEST] == second_resource[Property.SOURCE_DIGEST]


def test_both_are_deployed_under_one_id_and_one_history(both: Synthesized) -> None:
    """A repair names the history by the path of the Migrations, whichever function asks for it."""
    first, second = both.resources()
    for name in (Property.DEPLOY_ID, Property.APP_VERSION, Property.CONSTRUCT_PATH):
        assert first[name] == second[name]


def test_each_function_knows_its_phase_and_they_share_all_else(both: Synthesized) -> None:
    """State, lock, tables, params and rules; stack, machine and events are of its own. The first knows of the second."""
    first, second = map(variables, both.functions())
    assert first.pop(Env.PHASE) == "before"
    assert second.pop(Env.PHASE) == "after"
    assert first.pop(Env.AWAITS_APPLICATION) == "true"
    assert {name for name in first if first[name] != second[name]} == {
        Env.STACK_NAME,
        Env.MACHINE_ARN,
        Env.EVENTS_PATH,
    }
    assert set(first) == set(second)


def test_the_second_may_do_what_the_first_may(both: Synthesized) -> None:
    """On state, tables and metrics; it asks about its own stack, and calls its own machine."""

    def actions(resources: Resources) -> list[list[str]]:
        return sorted(
            sorted([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
            for statements in resources.statements().values()
            for one in statements
        )

    assert actions(both.after) == actions(both.before)


def test_the_second_has_machines_of_its_own_names(both: Synthesized) -> None:
    [first], [second] = machine_names(both.before), machine_names(both.after)
    assert first != second


def test_everything_is_there_before_the_second_function_is_called(both: Synthesized) -> None:
    """As for the first: policies, responder, and settings for asynchronous calls."""
    [custom] = [one for one in both.after.template["Resources"].values() if one["Type"] == "Custom::DynamoDBMigrations"]
    kinds = {both.after.ids()[name] for name in custom["DependsOn"]}
    assert {"AWS::IAM::Policy", "AWS::Lambda::EventInvokeConfig", "AWS::StepFunctions::StateMachine"} <= kinds
    assert custom["Properties"]["ServiceTimeout"] == resource(both.before)["ServiceTimeout"]


def test_its_responder_knows_the_phase(both: Synthesized) -> None:
    """Where the function died in a first deploy, the other one is still there to be asked."""
    [found] = [
        one["Properties"]["Environment"]["Variables"]
        for one in both.after.template["Resources"].values()
        if one["Type"] == "AWS::Lambda::Function" and one["Properties"]["Handler"].startswith("responder.")
    ]
    assert found[Env.PHASE] == "after"


def test_a_grant_to_it_is_one_to_its_own_function(after_folder: Path) -> None:
    """And what is granted to the migrations is not."""
    four = Four(after_folder)
    after = four.after()
    sqs.Queue(four.data, "Queue").grant_send_messages(after)
    after.grant_throttle_on(cloudwatch.Alarm.from_alarm_arn(four.data, "Alarm", "arn:aws:cloudwatch:x:1:alarm:slow"))
    text = json.dumps(Resources.of(four.after_stack).statements())
    assert "sqs:SendMessage" in text
    assert "alarm:slow" in text
    assert "sqs:SendMessage" not in json.dumps(Resources.of(four.migrating).statements())


def test_its_settings_are_those_of_the_migrations_unless_given(after_folder: Path) -> None:
    """Each may be another."""
    given = {"timeout": cdk.Duration.minutes(5), "memory_size": 512, "on_failure": "undo", "log_level": "DEBUG"}
    as_there = synthesized(after_folder, given)
    first, second = as_there.functions()
    assert (second["Timeout"], second["MemorySize"]) == (first["Timeout"], first["MemorySize"]) == (300, 512)
    assert variables(second)[Env.ON_FAILURE] == "undo"
    other = synthesized(
        after_folder,
        given,
        timeout=cdk.Duration.minutes(2),
        memory_size=2048,
        lock_wait=cdk.Duration.seconds(7),
        run_limit=None,
        on_failure="stop",
        log_level="INFO",
    )
    _, second = other.functions()
    assert (second["Timeout"], second["MemorySize"]) == (120, 2048)
    assert resource(other.after)[Property.LOCK_WAIT_SECONDS] == "7"
    found = variables(second)
    assert (found[Env.ON_FAILURE], found[Env.LOG_LEVEL]) == ("stop", "INFO")
    assert Env.MACHINE_ARN not in found


def test_a_log_group_is_its_own_unless_given(after_folder: Path) -> None:
    """The CDK command line looks for the log of a failed resource in its own stack."""
    four = Four(after_folder)
    after = four.after()
    assert cdk.Stack.of(after.log_group).node.path == "After"
    other = Four(after_folder)
    group = logs.LogGroup(other.after_stack, "Log")
    assert other.after(log_group=group).log_group is group


def test_called_on_change_it_has_a_digest_of_its_own_settings(after_folder: Path) -> None:
    """Another memory size calls the function that has it, and not the other one."""

    def ids(**props: Any) -> tuple[str, str]:
        first, second = synthesized(after_folder, {"call": "on-change"}, **props).resources()
        return first[Property.DEPLOY_ID], second[Property.DEPLOY_ID]

    first, second = ids()
    assert ids() == (first, second)
    other = ids(memory_size=2048)
    assert other[0] == first
    assert other[1] != second


def test_it_may_be_called_by_every_deploy_where_the_migrations_are_not(after_folder: Path) -> None:
    """So that it notes every application, although no migration has changed."""

    def ids() -> tuple[str, str]:
        made = synthesized(after_folder, {"call": "on-change"}, call="every-deploy")
        first, second = made.resources()
        return first[Property.DEPLOY_ID], second[Property.DEPLOY_ID]

    one, other = ids(), ids()
    assert one[0] == other[0]
    assert one[1] != other[1]


def test_only_the_function_of_a_detached_migrations_phase_has_a_machine_for_it(make_folder: MakeFolder) -> None:
    detached = "detached = True\ndef do(ctx):\n    ctx.checkpoint.save(1)\n"
    made = synthesized(make_folder({"1_fill.py": PLAIN, "2_drop.py": f'phase = "after"\n{detached}'}))
    first, second = map(variables, made.functions())
    assert Env.DETACHED_MACHINE_ARN not in first
    assert Env.DETACHED_MACHINE_ARN in second
    made = synthesized(make_folder({"1_fill.py": detached, "2_drop.py": AFTER}))
    first, second = map(variables, made.functions())
    assert Env.DETACHED_MACHINE_ARN in first
    assert Env.DETACHED_MACHINE_ARN not in second


def test_a_rollback_that_undoes_has_a_version_of_the_second_function(after_folder: Path) -> None:
    made = synthesized(after_folder, None, on_rollback="undo")
    first, second = made.resources()
    assert Property.FUNCTION_VERSION not in first
    assert Property.FUNCTION_VERSION in second


def test_state_that_the_function_makes_has_the_same_names_for_both(after_folder: Path) -> None:
    """From the stack and path of the Migrations; nothing is exported for that."""
    made = synthesized(after_folder, {"state": None})
    first, second = map(variables, made.functions())
    for name in (Env.MIGRATIONS_TABLE, Env.LOCK_TABLE, Env.MAKES_STATE):
        assert first[name] == second[name]


def test_a_repair_in_the_context_reaches_both(after_folder: Path) -> None:
    """Whichever of them is the first to find the migration dirty carries it out."""
    app = cdk.App(context={"repair": "Migrating/Migrations=2:pending"})
    four = Four(after_folder, app=app)
    four.after()
    for stack in (four.migrating, four.after_stack):
        assert resource(Resources.of(stack))[Property.REPAIR] == "2:pending"


def test_a_repair_without_a_path_is_for_the_one_history(after_folder: Path) -> None:
    """Two constructs, and nothing to choose between."""
    app = cdk.App(context={"repair": "2:applied", "baseline": "1"})
    four = Four(after_folder, app=app)
    four.after()
    assert resource(Resources.of(four.after_stack))[Property.REPAIR] == "2:applied"
    # Which counts all that is in the folder.
    assert resource(Resources.of(four.migrating))[Property.BASELINE] == "1"
    assert Property.BASELINE not in resource(Resources.of(four.after_stack))


def test_another_historys_repair_is_not_its_own(after_folder: Path, folder: Path) -> None:
    app = cdk.App(context={"repair": "Other/Migrations=2:pending"})
    four = Four(after_folder, app=app)
    Migrations(cdk.Stack(app, "Other"), "Migrations", migrations=folder)
    four.after()
    assert Property.REPAIR not in resource(Resources.of(four.after_stack))
