"""What a team's own app does to all that is in it: boundaries, tags, names and checks by aspect, stages, synthesizers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct, IConstruct

from dynamigrate.contract import Env
from dynamigrate_cdk import AfterMigrations, Migrations, MigrationState
from tests.infra.conftest import MakeFolder
from tests.infra.synthesized import table, value_of

Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def both_phases(make_folder: MakeFolder) -> Path:
    return make_folder(
        {
            "20261101090000_first.py": "def do(ctx):\n    pass\n",
            "20261102090000_late.py": 'phase = "after"\n\n\ndef do(ctx):\n    pass\n',
        }
    )


def shop(scope: Construct, folder: Path, synthesizer: Callable[[], cdk.IStackSynthesizer] | None = None) -> Migrations:
    """Data, migrations before the application, and those after it."""
    data, migrating, after = (
        cdk.Stack(scope, name, synthesizer=synthesizer() if synthesizer else None) for name in ("Data", "Main", "After")
    )
    migrations = Migrations(
        migrating,
        "Migrations",
        migrations=folder,
        state=MigrationState(data, "State"),
        tables={"orders": table(data, "Orders")},
        call="on-change",
        on_rollback="undo",
    )
    AfterMigrations(after, "After", migrations=migrations)
    return migrations


def synth(app: cdk.App, kind: str | None = None) -> Found:
    """All resources of the app, nested assemblies too, by stack and logical id."""
    return {
        f"{stack.stack_name}/{logical_id}": resource
        for stack in app.synth().stacks_recursively
        for logical_id, resource in stack.template.get("Resources", {}).items()
        if kind in (None, resource["Type"])
    }


def variables(found: Found) -> list[dict[str, Any]]:
    """Of each function that migrates."""
    all_of_them = [
        value_of(one["Properties"]["Environment"]["Variables"])
        for one in found.values()
        if one["Type"] == "AWS::Lambda::Function"
    ]
    return [one for one in all_of_them if Env.MIGRATIONS_TABLE in one]


def _by_aspect(app: cdk.App) -> cdk.Stage:
    stage = cdk.Stage(app, "Prod")
    boundary = iam.ManagedPolicy.from_managed_policy_name(cdk.Stack(app, "Top"), "Boundary", "team-boundary")
    iam.PermissionsBoundary.of(stage).apply(boundary)
    return stage


def _by_stage(app: cdk.App) -> cdk.Stage:
    return cdk.Stage(app, "Prod", permissions_boundary=cdk.PermissionsBoundary.from_name("team-boundary"))


@pytest.mark.parametrize("make", [_by_aspect, _by_stage])
def test_a_boundary_of_the_apps_is_every_roles(both_phases: Path, make: Callable[[cdk.App], cdk.Stage]) -> None:
    """However the app says it, the constructs need no prop for it."""
    app = cdk.App()
    shop(make(app), both_phases)
    roles = synth(app, "AWS::IAM::Role")
    assert len(roles) == 6
    assert all("team-boundary" in json.dumps(one["Properties"]["PermissionsBoundary"]) for one in roles.values())


def test_tags_of_the_apps_are_on_all_that_takes_tags(both_phases: Path) -> None:
    """Functions, roles, logs, machines and tables."""
    app = cdk.App()
    shop(app, both_phases)
    cdk.Tags.of(app).add("team", "shop")
    tagged = {
        one["Type"] for one in synth(app).values() if {"Key": "team", "Value": "shop"} in _tags(one["Properties"])
    }
    assert tagged == {
        "AWS::DynamoDB::GlobalTable",
        "AWS::Events::Rule",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::StepFunctions::StateMachine",
    }


def _tags(properties: dict[str, Any]) -> list[dict[str, str]]:
    tags = list(properties.get("Tags", []))
    return tags + [tag for replica in properties.get("Replicas", []) for tag in replica.get("Tags", [])]


@jsii.implements(cdk.IAspect)
class Names:
    """Gives what has a name the team's own."""

    def visit(self, node: IConstruct) -> None:
        own = cdk.Names.unique_resource_name(node, max_length=50, separator="-") if isinstance(node, Construct) else ""
        match node:
            case lambda_.CfnFunction():
                node.function_name = f"team-{own}"
            case iam.CfnRole():
                node.role_name = f"team-{own}"
            case logs.CfnLogGroup():
                node.log_group_name = f"/team/{own}"
            case sfn.CfnStateMachine():
                node.state_machine_name = f"team-{own}"


def test_an_aspect_may_name_things(both_phases: Path) -> None:
    """Functions know their state machine by the name that it has in the end, and may start that one."""
    app = cdk.App()
    shop(app, both_phases)
    cdk.Aspects.of(app).add(Names())
    found = synth(app)
    machines = {
        one["Properties"]["StateMachineName"]
        for one in found.values()
        if one["Type"] == "AWS::StepFunctions::StateMachine"
    }
    assert len(machines) == 2
    assert {one[Env.MACHINE_ARN].rpartition(":")[2] for one in variables(found)} == machines
    granted = {
        value_of(statement["Resource"]).rpartition(":")[2]
        for one in found.values()
        if one["Type"] == "AWS::IAM::Policy"
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "states:StartExecution"
    }
    assert granted == machines


@jsii.implements(cdk.IAspect)
class PolicyNames:
    def visit(self, node: IConstruct) -> None:
        if isinstance(node, iam.CfnPolicy):
            node.policy_name = f"team-{cdk.Names.unique_resource_name(node, max_length=50)}"


def test_an_aspect_that_names_policies_is_told_to_leave_them_where_a_rollback_undoes(both_phases: Path) -> None:
    """The rollback's end would take the role's permissions away, when the older policy of that name is deleted."""
    app = cdk.App()
    shop(app, both_phases)
    cdk.Aspects.of(app).add(PolicyNames())
    with pytest.raises(RuntimeError, match=r"its name was changed, to team-\w+, and with on_rollback=\"undo\""):
        app.synth()


def test_stages_share_no_name(both_phases: Path) -> None:
    """Neither by their stacks' own names, nor where the function makes its state itself."""
    app = cdk.App()
    for name in ("Test", "Prod"):
        stage = cdk.Stage(app, name)
        migrations = Migrations(
            cdk.Stack(stage, "Main", stack_name=f"shop-{name.lower()}"), "Migrations", migrations=both_phases
        )
        AfterMigrations(cdk.Stack(stage, "After"), "After", migrations=migrations)
    test, prod = ([one for one in variables(synth(app)) if name in one[Env.HISTORY]] for name in ("test", "prod"))
    assert len(test) == len(prod) == 2
    for name in (Env.HISTORY, Env.MIGRATIONS_TABLE, Env.LOCK_TABLE, Env.MACHINE_ARN, Env.EVENTS_PATH):
        assert not {one[name] for one in test} & {one[name] for one in prod}, name


def test_ids_may_have_any_characters(both_phases: Path) -> None:
    """Roles are described, and metrics named, in those that IAM and CloudWatch take: ASCII."""
    app = cdk.App()
    topic = sns.Topic(cdk.Stack(app, "Data"), "Topic")
    stack = cdk.Stack(app, "Main")
    one, other = (
        Migrations(stack, name, migrations=both_phases, dashboard=True, alarm_topic=topic)
        for name in ("移行", "Überführung")
    )
    for migrations in (one, other):
        AfterMigrations(cdk.Stack(app, f"After{migrations.node.addr}"), "移行", migrations=migrations)
    made = synth(app)
    of_roles = [
        one["Properties"]["Description"]
        for one in made.values()
        if one["Type"] == "AWS::IAM::Role" and "Description" in one["Properties"]
    ]
    assert len(of_roles) >= 14
    assert all(described.isascii() for described in of_roles)
    dimensions = {
        one["Properties"]["Dimensions"][0]["Value"] for one in made.values() if one["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert len(dimensions) == 2
    assert all(value.isascii() for value in dimensions)
    assert {one[Env.HISTORY] for one in variables(made)} == dimensions


def test_a_nested_stack_may_have_it(both_phases: Path) -> None:
    """With tables, state and key of the stack around it."""
    app = cdk.App()
    top = cdk.Stack(app, "Top", env=cdk.Environment(region="eu-west-1"))
    migrations = Migrations(
        cdk.NestedStack(top, "Nested"),
        "Migrations",
        migrations=both_phases,
        state=MigrationState(top, "State"),
        tables={"orders": table(top, "Orders")},
        encryption_key=kms.Key(top, "Key"),
        call="on-change",
    )
    AfterMigrations(cdk.Stack(app, "After", env=cdk.Environment(region="eu-west-1")), "After", migrations=migrations)
    app.synth()
    assert migrations.node.path == "Top/Nested/Migrations"


@pytest.mark.parametrize(
    ("synthesizer", "bucket", "key"),
    [
        (
            lambda: cdk.DefaultStackSynthesizer(qualifier="shop", bucket_prefix="code/"),
            "cdk-shop-assets-111122223333-eu-west-1",
            "code/",
        ),
        (lambda: cdk.CliCredentialsStackSynthesizer(qualifier="shop"), "cdk-shop-assets-111122223333-eu-west-1", ""),
        (lambda: cdk.CliCredentialsStackSynthesizer(file_assets_bucket_name="the-teams"), "the-teams", ""),
    ],
)
def test_the_code_is_where_the_synthesizer_puts_assets(
    both_phases: Path, synthesizer: Callable[[], cdk.IStackSynthesizer], bucket: str, key: str
) -> None:
    """A qualifier, a prefix and a bucket of the team's own are those of every function."""
    app = cdk.App()
    shop(app, both_phases, synthesizer)
    functions = synth(app, "AWS::Lambda::Function")
    assert len(functions) == 4
    for function in functions.values():
        code = function["Properties"]["Code"]
        assert _substituted(code["S3Bucket"]) == bucket
        assert code["S3Key"].startswith(key)
        assert code["S3Key"].endswith(".zip")


def _substituted(value: Any) -> str:
    text = str(value["Fn::Sub"] if isinstance(value, dict) else value)
    return text.replace("${AWS::AccountId}", "111122223333").replace("${AWS::Region}", "eu-west-1")
