"""Real deploys whose checks fail, and one that fails after its first write: what the terminal says, and what is kept."""

import pytest

from dynamigrate_local_aws import LocalAws
from tests.acceptance.sibling import Sibling, guarded_app, printed

pytestmark = pytest.mark.acceptance

_FIRST, _SECOND, _THIRD = "20261123090000_add_one", "20261124090000_add_two", "20261125090000_add_three"
_GOOD = """
def check(ctx):
    ctx.dynamodb.scan(TableName=ctx.tables["things"])


def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["things"], Item={"id": {"S": "1"}})
"""
_FINDS = """
def check(ctx):
    found = ctx.dynamodb.scan(TableName=ctx.tables["things"])["Items"]
    raise ValueError(f"things without a price: {[one['id']['S'] for one in found]}")


def do(ctx):
    raise AssertionError("it was checked")
"""
_WRITES = """
def check(ctx):
    ctx.dynamodb.delete_item(TableName=ctx.tables["things"], Key={"id": {"S": "1"}})


def do(ctx):
    raise AssertionError("it was checked")
"""
_BREAKS = """
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["things"], Item={"id": {"S": "2"}})
    raise KeyError("price")
"""


def test_a_deploy_is_checked_before_it_writes_and_can_be_restored_to_before_it_wrote(
    guarded_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With the grants that the construct gives, and no others."""
    shop = Sibling(guarded_aws, tmp_path_factory.mktemp("checked"), "Checked", app=guarded_app())
    shop.write(_FIRST, _GOOD)
    assert shop.cdk("deploy").returncode == 0
    things, dynamodb = shop.output("ThingsTable"), guarded_aws.client("dynamodb")
    [run] = shop.invoke(action="history")["runs"]
    assert run["restore_point"]["tables"] == {things: "off"}
    assert "commands" not in run["restore_point"]

    shop.write(_SECOND, _FINDS)
    shop.write(_THIRD, _WRITES)
    refused = shop.cdk("deploy")
    assert refused.returncode != 0
    told = printed(refused)
    assert f"2 of 2 checks failed. {_SECOND}: ValueError: things without a price: ['1'] ({_SECOND}.py:4)." in told
    assert f"{_THIRD}: check called delete_item, and a check only reads ({_THIRD}.py:3). Nothing was run." in told
    assert shop.done() == ("20261123090000",), "nothing is dirty, so nothing needs a repair"
    assert dynamodb.scan(TableName=things)["Count"] == 1

    dynamodb.update_continuous_backups(
        TableName=things, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    shop.write(_SECOND, _GOOD.replace('"1"', '"2"'))
    shop.write(_THIRD, _BREAKS)
    broken = shop.cdk("deploy")
    assert broken.returncode != 0
    [dirty] = shop.invoke(action="status")["dirty"]
    point = dirty["restore_point"]
    assert point["tables"] == {things: "on"}
    [command] = point["commands"]
    assert f"--source-table-name {things} --target-table-name {things[:200]}" in command
    assert f"--restore-date-time {point['at']} --region us-east-1" in command
    assert command in printed(broken)
    assert shop.invoke(action="history", n=1)["runs"][0]["restore_point"] == point
