"""The app that this repository deploys, and the one that it was added to: judged as an engineer would."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from dynamigrate_cdk import Migrations
from order_service import AfterStack, ApplicationStack, DataStack, MigrationsStack, Settings
from tests.infra.synthesized import Resources

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOTS = Path(__file__).parent / "snapshots"
PACKS = (cdk_nag.AwsSolutionsChecks, cdk_nag.ServerlessChecks)


def synthesized(
    directory: Path, program: Path, context: Mapping[str, str] = MappingProxyType({}), *, validate: bool = False
) -> dict[str, dict[str, Any]]:
    """The templates that *program* writes, by stack, as `cdk synth` would have it run; *validate* as users have it."""
    done = subprocess.run(
        [sys.executable, str(program)],
        cwd=program.parent,
        env=os.environ
        | {
            "CDK_OUTDIR": str(directory),
            "CDK_CONTEXT_JSON": json.dumps(dict(context)),
            "CDK_VALIDATION": str(validate).lower(),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text())
        for path in directory.glob("*.template.json")
    }


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cdk.out")


@pytest.fixture(scope="module")
def templates(directory: Path) -> dict[str, dict[str, Any]]:
    """What app.py makes of a build."""
    context = {"deploy_id": "build-7", "app_version": "1.2.3"}
    return synthesized(directory, ROOT / "app.py", context, validate=True)


def order_service(app: cdk.App) -> tuple[DataStack, MigrationsStack, ApplicationStack, AfterStack]:
    settings = Settings.from_context(app)
    data = DataStack(app, "OrderData", settings=settings)
    migrations = MigrationsStack(app, "OrderMigrations", settings=settings, data=data)
    application = ApplicationStack(app, "OrderApplication", settings=settings, data=data, migrations=migrations)
    after = AfterStack(app, "OrderAfter", settings=settings, migrations=migrations)
    after.migrations.execute_after(application)
    return data, migrations, application, after


def findings(scope: cdk.App | cdk.Stack | Migrations) -> set[str]:
    """What the packs find in *scope*, which is in a synthesized app."""
    root = scope.node.root
    assert isinstance(root, cdk.App)
    return {
        f"{violation.rule_name} {resource.construct_path}"
        for pack in PACKS
        for violation in pack(root).validate_scope(scope).violations
        for resource in violation.violating_resources
    }


def test_the_nag_has_nothing_to_say(directory: Path) -> None:
    """AWS's own rules for solutions and for serverless; what stands has its reason where it is made."""
    app = cdk.App()
    order_service(app)
    broken = cdk.Stack(app, "Broken")
    iam.ManagedPolicy(broken, "Wide", statements=[iam.PolicyStatement(actions=["s3:*"], resources=["*"])])
    app.synth()
    found = findings(app)
    assert {one.partition(" ")[0] for one in found if " Broken/" in one} >= {"AwsSolutions-IAM5[Action::s3:*]"}
    assert {one for one in found if " Broken/" not in one} == set()


def test_the_nag_has_nothing_to_say_of_a_function_in_a_vpc(folder: Path) -> None:
    """Nor of a pinned runtime, or of a state that the function makes."""
    app = cdk.App()
    stack = cdk.Stack(app, "Shop")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
    migrations = Migrations(stack, "Migrations", migrations=folder, vpc=vpc)
    app.synth()
    found = findings(migrations)
    assert {one for one in found if "/SecurityGroup/" not in one} == set()


def test_each_acknowledgment_has_a_reason() -> None:
    """In words, and no finding is passed over without one."""
    app = cdk.App()
    stacks = order_service(app)
    reasons = [
        (rule, reason)
        for stack in stacks
        for construct in stack.node.find_all()
        for entry in construct.node.metadata
        if entry.type == "aws:cdk:acknowledged-rules"
        for rule, reason in entry.data.items()
    ]
    assert reasons
    assert all(len(reason.split()) > 5 for _, reason in reasons)


def linted(*templates: Path) -> str:
    """What cfn-lint finds, but that CDK names dependencies which a reference implies already (W3005)."""
    program = str(Path(sys.executable).with_name("cfn-lint"))
    done = subprocess.run(
        [program, "--ignore-checks", "W3005", "--", *map(str, templates)], capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == (done.stdout == ""), done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say(directory: Path, templates: dict[str, dict[str, Any]]) -> None:
    """Of any of the stacks."""
    assert linted(*(directory / f"{name}.template.json" for name in templates)) == ""


@pytest.mark.slow
@pytest.mark.usefixtures("templates")
def test_cloudformation_validate_has_nothing_to_say(directory: Path) -> None:
    """The rules that aws-cdk-lib holds templates against at synth."""
    report = json.loads((directory / "validation-report.json").read_text())
    assert report["pluginReports"] == []


def normalized(template: dict[str, Any]) -> str:
    """Without what changes with every change of the code, or with the Python that runs the test."""
    for one in template["Resources"].values():
        if str(one["Properties"].get("Handler")).startswith("dynamigrate.handler."):
            one["Properties"]["Runtime"] = "<python>"
    text = json.dumps(template, indent=1, sort_keys=True) + "\n"
    text = re.sub(r'"S3Key": "[0-9a-f]{64}\.zip"', '"S3Key": "<asset>.zip"', text)
    return re.sub(r'"SourceDigest": "[0-9a-f]{32}"', '"SourceDigest": "<digest>"', text)


@pytest.mark.parametrize("stack", ["OrderData", "OrderMigrations", "OrderApplication", "OrderAfter"])
def test_templates_change_only_on_purpose(templates: dict[str, dict[str, Any]], stack: str) -> None:
    """After a change that is meant, run with UPDATE_SNAPSHOTS=1 and look at the difference."""
    text = normalized(templates[stack])
    snapshot = SNAPSHOTS / f"{stack}.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(text)
    assert text == snapshot.read_text()


def test_the_stacks_are_laid_out_in_one_direction(directory: Path, templates: dict[str, dict[str, Any]]) -> None:
    """Data, migrations, application, and what migrates after it: no stack waits for one behind it."""
    assert templates.keys() == {"OrderData", "OrderMigrations", "OrderApplication", "OrderAfter"}
    artifacts = json.loads((directory / "manifest.json").read_text())["artifacts"]
    waits = {name: set(artifacts[name]["dependencies"]) & templates.keys() for name in templates}
    assert waits == {
        "OrderData": set(),
        "OrderMigrations": {"OrderData"},
        "OrderApplication": {"OrderData", "OrderMigrations"},
        "OrderAfter": {"OrderData", "OrderMigrations", "OrderApplication"},
    }


def test_outputs_name_what_one_looks_for(templates: dict[str, dict[str, Any]]) -> None:
    """The function to invoke, the log to read, and the tables."""
    names = {name for template in templates.values() for name in template.get("Outputs", {}) if "Export" not in name}
    # What a construct adds has a hash at its end.
    outputs = {re.sub(r"[0-9A-F]{8}$", "", name) for name in names}
    assert outputs == {
        "OrdersTable",
        "MigrationsTable",
        "LockTable",
        "MigrationsFunction",
        "MigrationsLogGroup",
        "MigrationsCounts",
        "MigrationsCurrent",
        "MigrationsDashboardPage",
        "MigrationsInvocations",
        "MigrationsLogPage",
        "MigrationsStateMachine",
        "MigrationsStateMachinePage",
        "MigrationsStatusCommand",
        "MigrationsWarnings",
        "MigrationsWidgetFunction",
        "StatusesTable",
        "SummaryFunction",
        "AfterFunction",
        "AfterCounts",
        "AfterCurrent",
        "AfterInvocations",
        "AfterLogPage",
        "AfterStateMachine",
        "AfterStateMachinePage",
        "AfterStatusCommand",
        "AfterWarnings",
    }


def kept(resources: Resources) -> set[str]:
    """What outlives the stack, or refuses to be deleted."""
    return {
        logical_id
        for logical_id, one in resources.template["Resources"].items()
        if one.get("DeletionPolicy") == "Retain" or "'DeletionProtectionEnabled': True" in str(one)
    }


def test_a_demo_leaves_nothing_behind(folder: Path) -> None:
    """With `-c destroyable=true`; else the data stays."""
    demo = cdk.App(context={"destroyable": "true", "prefix": "Demo", "migrations": str(folder)})
    assert [kept(Resources.of(stack)) for stack in order_service(demo)] == [set()] * 4
    assert all(kept(Resources.of(stack)) for stack in order_service(cdk.App()))


def test_a_flag_that_is_neither_true_nor_false_is_refused() -> None:
    """It decides whether data is deleted."""
    with pytest.raises(ValueError, match=r"destroyable is 'yes'\. Give -c destroyable=true, or leave it out\."):
        Settings.from_context(cdk.App(context={"destroyable": "yes"}))


@pytest.mark.slow
def test_an_existing_app_is_adopted_by_five_lines(tmp_path: Path) -> None:
    """Its function waits for the migrations, and its data is theirs by name."""
    program = ROOT / "examples" / "existing_app" / "app.py"
    assert program.read_text().count("# new") == 5
    (template,) = synthesized(tmp_path, program).values()
    resources = Resources(template)
    (api,) = (name for name in resources.ids() if re.fullmatch("Api[0-9A-F]{8}", name))
    assert "Migrations23B444C5" in resources[api]["DependsOn"]
    assert "Bookmarks-Migrations-" in str(resources.statements())
