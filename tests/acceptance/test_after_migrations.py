"""
Migrations after the application's deploy, with the real CDK CLI: one app, from its first deploy to the end of its last
stack. IAM is enforced, so what the second construct grants by itself is enough.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynamigrate.contract import LockAttr, Property
from dynamigrate_local_aws import CdkResult, LocalAws
from tests.acceptance.mortal import wait_until
from tests.acceptance.sibling import APPS, DEPLOY, printed
from tests.acceptance.warm.process import WARM_CDK
from tests.unit.handler.front import AnswerServer

pytestmark = pytest.mark.acceptance

STACK = "Phases"
_BEFORE = """
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["things"], Item={"id": {"S": "old"}})
"""
# It sees which application is deployed, and takes more time than one invocation has.
_AFTER = """
import time

import boto3

phase = "after"


def do(ctx):
    release = boto3.client("ssm").get_parameter(Name=ctx.params["release"])["Parameter"]["Value"]
    for step in range(ctx.checkpoint.load() or 0, 3):
        time.sleep(2)
        ctx.checkpoint.save(step + 1)
    item = {"id": {"S": "seen"}, "release": {"S": release}}
    ctx.dynamodb.put_item(TableName=ctx.tables["things"], Item=item)
"""
_FAILING = """
phase = "after"


def do(ctx):
    raise RuntimeError("order 7 is still in the old shape")


def undo(ctx):
    ctx.dynamodb.delete_item(TableName=ctx.tables["things"], Key={"id": {"S": "dropped"}})
"""
_CORRECTED = _FAILING.replace(
    'raise RuntimeError("order 7 is still in the old shape")',
    'ctx.dynamodb.put_item(TableName=ctx.tables["things"], Item={"id": {"S": "dropped"}})',
)


class Phases:
    """The app `apps/phases.py`."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        self.aws = aws
        self._folder = folder
        self._migrations = folder / "changes"
        self._migrations.mkdir()

    def write(self, name: str, code: str) -> None:
        (self._migrations / f"{name}.py").write_text(code, encoding="utf-8")

    def cdk(self, command: str, *arguments: str, **context: str) -> CdkResult:
        return self.aws.cdk(
            command,
            *arguments,
            app=WARM_CDK.command(APPS / "cli_credentials.py", str(APPS / "phases.py")),
            context={"stack": STACK, "migrations": str(self._migrations), **context},
            output_directory=self._folder / "cdk.out",
        )

    def deploy(self, **context: str) -> CdkResult:
        return self.cdk("deploy", "--all", *DEPLOY, **context)

    def stack(self, part: str) -> dict[str, Any]:
        found = self.aws.client("cloudformation").describe_stacks(StackName=f"{STACK}{part}")["Stacks"]
        return dict(found[0])

    def output(self, name: str, part: str = "") -> str:
        outputs = {one["OutputKey"]: one["OutputValue"] for one in self.stack(part)["Outputs"]}
        return str(next(value for key, value in outputs.items() if key.startswith(name)))

    def invoke(self, **event: object) -> Any:
        """What the function of the migrations before the application answers."""
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.output("Function"), Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read())

    def states(self) -> dict[str, str]:
        return {row["id"]: row["state"] for row in self.invoke(action="status")["migrations"]}

    def items(self) -> dict[str, Any]:
        table = next(
            name for name in self.aws.client("dynamodb").list_tables()["TableNames"] if f"{STACK}-Things" in name
        )
        found = self.aws.client("dynamodb").scan(TableName=table)["Items"]
        return {item["id"]["S"]: {name: next(iter(one.values())) for name, one in item.items()} for item in found}

    def release(self) -> str:
        """That of the application."""
        return str(self.aws.client("ssm").get_parameter(Name=f"/{STACK}/release")["Parameter"]["Value"])

    def lock(self, item: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """The lock's item; where one is given, that one from now on."""
        client, table = self.aws.client("dynamodb"), f"{self.output('StateTable')}-lock"
        if item is not None:
            client.put_item(TableName=table, Item=item)
        found: dict[str, Any] = dict(client.get_item(TableName=table, Key={"ID": {"S": "migrations"}}))
        return found.get("Item")


@pytest.fixture(scope="module")
def phases(guarded_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Phases:
    """Deployed for the first time, with a migration of each phase."""
    phases = Phases(guarded_aws, tmp_path_factory.mktemp("phases"))
    phases.write("1_fill", _BEFORE)
    phases.write("2_drop", _AFTER)
    passed = phases.deploy()
    assert passed.ok, passed.output
    return phases


@pytest.fixture
def broken(phases: Phases) -> Iterator[str]:
    """The function after the application, whose code can't be loaded."""
    function, client = phases.output("AfterFunction", "After"), phases.aws.client("lambda")
    handler = client.get_function_configuration(FunctionName=function)["Handler"]
    client.update_function_configuration(FunctionName=function, Handler="no_such_module.handle")
    yield function
    client.update_function_configuration(FunctionName=function, Handler=handler)


def test_it_runs_once_the_application_is_deployed_in_as_many_invocations_as_it_takes(phases: Phases) -> None:
    """In the second stack's own state machine; the history has both, and tells which is which."""
    assert phases.items()["seen"] == {"id": "seen", "release": "1"}
    assert phases.states() == {"1": "applied", "2": "applied"}
    assert phases.output("MigrationsInvocations") == "1"
    assert int(phases.output("AfterInvocations", "After")) > 1
    last, first = phases.invoke(action="history")["runs"]
    assert (first["applied"], last["applied"]) == (["1"], ["2"])
    assert (first["actor"], last["actor"]) == (f"cloudformation {STACK}", f"cloudformation {STACK}After")
    assert first["deploy_id"] == last["deploy_id"]


def test_a_function_that_dies_is_answered_for_by_its_own_responder(phases: Phases, broken: str) -> None:
    """Within seconds; the other function goes on as if nothing were."""
    template = json.loads((phases._folder / "cdk.out" / f"{STACK}After.template.json").read_text(encoding="utf-8"))
    [properties] = [
        one["Properties"] for one in template["Resources"].values() if one["Type"] == "Custom::DynamoDBMigrations"
    ]
    event = {
        "RequestType": "Update",
        "StackId": phases.stack("After")["StackId"],
        "RequestId": "cloudformation-request",
        "LogicalResourceId": "After",
        "ResourceProperties": {Property.SOURCE_DIGEST.value: properties["SourceDigest"]},
    }
    with AnswerServer() as server:
        began = time.monotonic()
        phases.aws.client("lambda").invoke(
            FunctionName=broken,
            InvocationType="Event",
            Payload=json.dumps({**event, "ResponseURL": server.url}).encode(),
        )
        wait_until(lambda: bool(server.received))
        assert time.monotonic() - began < 10
    assert server.answer["Status"] == "FAILED"
    assert "No module named 'no_such_module'" in server.answer["Reason"]
    assert phases.invoke(action="plan")["ok"] is True


def test_one_that_fails_fails_its_own_stack_and_the_application_stays_updated(phases: Phases) -> None:
    """With its reason and the function's log in the terminal."""
    phases.write("3_drop_more", _FAILING)
    failed = phases.deploy(release="2")
    assert not failed.ok
    assert "3_drop_more failed: RuntimeError: order 7 is still in the old shape" in printed(failed)
    assert f"cdk deploy -c repair={STACK}/Migrations=3:pending" in printed(failed)
    assert "Logs from" in failed.output, failed.output
    assert phases.release() == "2"
    states = {part: phases.stack(part)["StackStatus"] for part in ("", "Application", "After")}
    assert states == {"": "UPDATE_COMPLETE", "Application": "UPDATE_COMPLETE", "After": "UPDATE_ROLLBACK_COMPLETE"}
    assert phases.states()["3"] == "dirty"


def test_the_next_deploy_repairs_it_and_a_rollback_of_its_stack_undoes_what_it_applied(phases: Phases) -> None:
    """By the code of its own version; what came before the application stays, as does the application."""
    phases.write("3_drop_more", _CORRECTED)
    phases.write("4_fill_more", _BEFORE.replace("old", "more"))
    failed = phases.deploy(release="3", repair=f"{STACK}/Migrations=3:pending", sibling_fails="yes")
    assert not failed.ok
    assert "the sibling was told to fail" in printed(failed)
    assert phases.states() == {"1": "applied", "2": "applied", "3": "pending", "4": "applied"}
    assert phases.items().keys() == {"old", "seen", "more"}
    assert phases.release() == "3"
    undone = phases.invoke(action="history", n=1)["runs"][0]
    assert (undone["command"], undone["undone"]) == ("take back", ["3"])


def test_its_stack_can_be_deleted_while_the_other_function_is_at_work(phases: Phases) -> None:
    """That one's run is not asked to stop, and keeps its lock; history and application stay."""
    held = {
        "ID": {"S": "migrations"},
        LockAttr.OWNER.value: {"S": "token"},
        LockAttr.BEAT.value: {"N": "0"},
        LockAttr.LEASE_MS.value: {"N": "20000"},
        LockAttr.DEADLINE_MS.value: {"N": "0"},
        LockAttr.REQUEST_ID.value: {"S": "another-request"},
        LockAttr.HOLDER.value: {"S": f"stack {STACK}, function {phases.output('Function')}, log stream 1"},
    }
    phases.lock(held)
    destroyed = phases.cdk("destroy", f"{STACK}After", "--force")
    assert destroyed.ok, destroyed.output
    assert phases.lock() == held
    assert phases.states()["2"] == "applied"
    assert phases.release() == "3"
