"""What CloudFormation does to migrations when something else fails, and when a stack is deleted."""

from pathlib import Path

import pytest

from dynamigrate_local_aws import LocalAws
from tests.acceptance.sibling import Sibling, printed

pytestmark = pytest.mark.acceptance

_FIRST = """
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["things"], Item={"id": {"S": "first"}})
"""
_SECOND = _FIRST.replace("first", "second")
_FAILING = 'def do(ctx):\n    raise RuntimeError("not on the first day")\n'


def test_a_failing_sibling_rolls_back_and_the_history_stays(aws: LocalAws, tmp_path: Path) -> None:
    """Migrations that passed stay applied when another resource of their stack fails, and nothing wedges the stack."""
    sibling = Sibling(aws, tmp_path, "FailingSibling")
    sibling.write("1_first", _FIRST)
    assert sibling.cdk("deploy").ok

    sibling.write("2_second", _SECOND)
    failed = sibling.cdk("deploy", sibling_fails="yes")
    assert not failed.ok
    assert "the sibling was told to fail" in printed(failed)
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
    assert "2_second failed: RuntimeError: not on the first day" in printed(failed)
    assert "cdk deploy -c repair=FirstDay/Migrations=2:pending" in printed(failed)
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
