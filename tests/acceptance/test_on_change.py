"""`call="on-change"` with the real CDK CLI: quiet when nothing changed, and never quiet after a failure."""

import sys
from pathlib import Path

import pytest

from dynamigrate_local_aws import CdkResult, LocalAws
from tests.acceptance.warm.process import WARM_CDK

pytestmark = pytest.mark.acceptance

_APP = Path(__file__).parent / "apps" / "sibling.py"
_FIRST = """
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["things"], Item={"id": {"S": "first"}})
"""
_FAILING = """
def do(ctx):
    if not ctx.dynamodb.get_item(TableName=ctx.tables["things"], Key={"id": {"S": "ready"}}).get("Item"):
        raise RuntimeError("not ready yet")
"""


def test_a_deploy_is_a_call_when_something_changed_or_failed(aws: LocalAws, tmp_path: Path) -> None:
    """An unchanged app has no diff and no call; the same code after a failure and its rollback has both."""
    aws.bootstrap()
    folder = tmp_path / "changes"
    folder.mkdir()

    def cdk(*command: str, app: str = WARM_CDK.command(_APP), **context: str) -> CdkResult:
        return aws.cdk(
            *command,
            app=app,
            context={"stack": "OnChange", "migrations": str(folder), "call": "on-change", **context},
            output_directory=tmp_path / "cdk.out",
        )

    deploy = ("deploy", "--require-approval", "never")
    (folder / "1_first.py").write_text(_FIRST)
    first = cdk(*deploy)
    assert first.ok, first.output

    difference = cdk("diff", "--fail")
    assert difference.ok, difference.output
    mark = aws.mark()
    # Another process makes the same of an unchanged app.
    again = cdk(*deploy, app=f"{sys.executable} {_APP}")
    assert again.ok, again.output
    assert "(no changes)" in again.output
    assert aws.dynamodb_requests(since=mark) == [], "no call"

    (folder / "2_second.py").write_text(_FAILING)
    assert not cdk("diff", "--fail").ok
    failed = cdk(*deploy)
    assert not failed.ok
    assert "not ready yet" in failed.output
    unchanged = cdk(*deploy)
    assert not unchanged.ok, "the rollback put the older digest back, so the same app is a change"
    assert "2_second began at" in unchanged.output

    cloudformation = aws.client("cloudformation")
    [stack] = cloudformation.describe_stacks(StackName="OnChange")["Stacks"]
    [things] = [output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == "ThingsTable"]
    aws.client("dynamodb").put_item(TableName=things, Item={"id": {"S": "ready"}})
    repaired = cdk(*deploy, repair="2:pending")
    assert repaired.ok, repaired.output
    assert "(no changes)" not in repaired.output
