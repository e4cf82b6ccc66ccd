"""What CloudFormation does to migrations when something else fails, and when a stack is deleted."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynamigrate import DynamoDBTarget
from local_aws import CdkResult, LocalAws
from tests.acceptance.warm.process import WARM_CDK

pytestmark = pytest.mark.acceptance

_APP = Path(__file__).parent / "apps" / "sibling.py"
_FIRST = """
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["things"], Item={"id": {"S": "first"}})
"""
_SECOND = _FIRST.replace("first", "second")
_FAILING = 'def do(ctx):\n    raise RuntimeError("not on the first day")\n'


class Sibling:
    """A stack with migrations and a sibling that may fail, under a name of its own."""

    def __init__(self, aws: LocalAws, folder: Path, stack: str, *, app: str | None = None) -> None:
        aws.bootstrap()
        self._app = app or WARM_CDK.command(_APP)
        self.aws = aws
        self._folder = folder
        self._stack = stack
        self.migrations = folder / "changes"
        self.migrations.mkdir()

    def write(self, name: str, code: str) -> None:
        (self.migrations / f"{name}.py").write_text(code, encoding="utf-8")

    def cdk(self, command: str, **context: str) -> CdkResult:
        arguments = ["--require-approval", "never"] if command == "deploy" else ["--force"]
        return self.aws.cdk(
            command,
            *arguments,
            app=self._app,
            context={"stack": self._stack, "migrations": str(self.migrations), **context},
            output_directory=self._folder / "cdk.out",
        )

    @property
    def status(self) -> str:
        found = self.aws.client("cloudformation").describe_stacks(StackName=self._stack)["Stacks"]
        return found[0]["StackStatus"]

    def output(self, name: str) -> str:
        [stack] = self.aws.client("cloudformation").describe_stacks(StackName=self._stack)["Stacks"]
        return next(output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == name)

    def invoke(self, **event: object) -> Any:
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.output("Function"), Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read())

    def state_tables(self) -> list[str]:
        """The migrations' table and the lock's, in this order; the function made them."""
        names = self.aws.client("dynamodb").list_tables()["TableNames"]
        return sorted((name for name in names if self._stack in name and "igration" in name), key=len)

    def done(self) -> tuple[str, ...]:
        table, lock = self.state_tables()
        return DynamoDBTarget(self.aws.client("dynamodb"), table_name=table, lock_table_name=lock).done()


def _said(result: CdkResult) -> str:
    return " ".join(result.output.split())


def test_a_failing_sibling_rolls_back_and_the_history_stays(aws: LocalAws, tmp_path: Path) -> None:
    """Migrations that passed stay applied when another resource of their stack fails, and nothing wedges the stack."""
    sibling = Sibling(aws, tmp_path, "FailingSibling")
    sibling.write("1_first", _FIRST)
    assert sibling.cdk("deploy").ok

    sibling.write("2_second", _SECOND)
    failed = sibling.cdk("deploy", sibling_fails="yes")
    assert not failed.ok
    assert "the sibling was told to fail" in _said(failed)
    assert sibling.status == "UPDATE_ROLLBACK_COMPLETE"
    assert sibling.done() == ("1", "2")
    states = {row["id"]: row["state"] for row in sibling.invoke(action="status")["migrations"]}
    assert states == {"1": "applied", "2": "missing"}, "the function runs its old code again"

    passed = sibling.cdk("deploy")
    assert passed.ok, passed.output
    assert sibling.done() == ("1", "2")


def test_a_first_deploy_that_fails_is_repaired_by_the_next(aws: LocalAws, tmp_path: Path) -> None:
    """It takes the function with it, so the deploy itself carries the repair; the history was kept."""
    sibling = Sibling(aws, tmp_path, "FirstDay")
    sibling.write("1_first", _FIRST)
    sibling.write("2_second", _FAILING)
    failed = sibling.cdk("deploy")
    assert not failed.ok
    assert "2_second failed: RuntimeError: not on the first day" in _said(failed)
    assert "cdk deploy -c repair=FirstDay/Migrations=2:pending" in _said(failed)
    assert sibling.status == "ROLLBACK_COMPLETE"

    sibling.write("2_second", _SECOND)
    without = sibling.cdk("deploy")
    assert not without.ok, "a dirty migration must not run again by itself"

    repaired = sibling.cdk("deploy", repair="2:pending")
    assert repaired.ok, repaired.output
    assert sibling.done() == ("1", "2")
    commands = [run["command"] for run in sibling.invoke(action="history")["runs"]]
    assert "repair" in commands


def test_deleting_the_stack_leaves_the_history(aws: LocalAws, tmp_path: Path) -> None:
    """A stack can always be deleted, and one that is deployed again finds out what was applied."""
    sibling = Sibling(aws, tmp_path, "Deleted")
    sibling.write("1_first", _FIRST)
    assert sibling.cdk("deploy").ok
    before = sibling.state_tables()

    destroyed = sibling.cdk("destroy")
    assert destroyed.ok, destroyed.output
    assert sibling.state_tables() == before
    assert sibling.done() == ("1",)

    again = sibling.cdk("deploy")
    assert again.ok, again.output
    [run] = sibling.invoke(action="history")["runs"]
    assert run["applied"] == ["1"], "it ran once, in the first deploy"
