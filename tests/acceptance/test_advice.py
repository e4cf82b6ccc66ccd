"""What a failed deploy advises, done as it stands in the terminal."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from dynamigrate import DynamoDBTarget, FolderSource, StateMissing, migrate
from dynamigrate_local_aws import CdkResult, LocalAws
from tests.acceptance.sibling import DEPLOY, DIRECTLY, Sibling, printed
from tests.acceptance.warm.process import WARM_CDK

pytestmark = pytest.mark.acceptance

_APP = Path(__file__).parent / "apps" / "adopted.py"
_OLD, _NEW = "20261101000000", "20261103000000"
_BY_HAND = """
def do(ctx):  # done by hand long ago, where the item is; must not run again
    ctx.dynamodb.put_item(
        TableName=ctx.tables["orders"], Item={"pk": {"S": "old"}}, ConditionExpression="attribute_not_exists(pk)"
    )
"""
_NOTHING = "def do(ctx): pass\n"
_FAILING = 'def do(ctx): raise RuntimeError("no")\n'
_SLOW = """
from dynamigrate import Backfill, Update


def add_status(item, ctx):
    if "status" not in item:
        return Update(set={"status": "NEW"})


do = Backfill(table="things", transform=add_status, max_write_units=20)
"""


class Adopted:
    """A foreign app with data in its table."""

    def __init__(self, aws: LocalAws, folder: Path, **context: str) -> None:
        aws.bootstrap()
        self.aws = aws
        self.migrations = folder / "changes"
        self.migrations.mkdir()
        self._folder = folder
        self._context = context

    def write(self, name: str, code: str) -> None:
        (self.migrations / f"{name}.py").write_text(code, encoding="utf-8")

    def deploy(self, *stacks: str, more: tuple[str, ...] = ()) -> CdkResult:
        # What is advised is done as users do it, with a change set.
        options = DEPLOY[: -len(DIRECTLY)] if more else DEPLOY
        return self.aws.cdk(
            "deploy", *stacks, *options, *more,
            app=WARM_CDK.command(_APP),
            context={**self._context, "migrations": str(self.migrations)},
            output_directory=self._folder / "cdk.out",
        )  # fmt: skip

    def output(self, stack: str, name: str) -> str:
        [found] = self.aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return next(one["OutputValue"] for one in found["Outputs"] if one["OutputKey"].startswith(name))

    def invoke(self, stack: str, **event: object) -> Any:
        function = next(
            one["PhysicalResourceId"]
            for one in self.aws.client("cloudformation").list_stack_resources(StackName=stack)["StackResourceSummaries"]
            if one["LogicalResourceId"].startswith("MigrationsFunction")
        )
        answer = self.aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())


def advised(result: CdkResult) -> tuple[str, ...]:
    """The arguments of the `cdk deploy` that a failed one names, up to where it says which stacks."""
    found = re.findall(r"cdk deploy (-c .+?) with the stacks as before", printed(result))
    assert found, result.output
    return tuple(shlex.split(found[-1]))


def test_work_done_by_hand_is_counted_by_the_first_deploy(aws: LocalAws, tmp_path: Path) -> None:
    """There is no function yet to send a baseline to, so the deploy carries it; and it may stay in the command."""
    app = Adopted(aws, tmp_path, prefix="ByHand")
    app.write(f"{_OLD}_old_one", _BY_HAND)
    app.write(f"{_NEW}_new", _NOTHING)
    assert app.deploy("ByHandData").ok
    table = app.output("ByHandData", "OrdersTable")
    aws.client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "old"}})

    first = app.deploy("--all", more=("-c", f"baseline={_OLD}"))
    assert first.ok, first.output
    applied, counted = app.invoke("ByHandMigrations", action="history")["runs"]
    assert (applied["command"], applied["applied"]) == ("migrate", [_NEW])
    assert (counted["command"], counted["applied"]) == ("baseline", [_OLD])
    again = app.deploy("--all", more=("-c", f"baseline={_OLD}"))
    assert again.ok, again.output

    # From Python, the default names are not those of this history.
    source = FolderSource(app.migrations)
    with pytest.raises(StateMissing) as caught:
        migrate(source, DynamoDBTarget(aws.client("dynamodb")), tables={"orders": table})
    assert '{"action": "status"}' in caught.value.next_step
    names = app.invoke("ByHandMigrations", action="status")["state"]
    assert migrate(source, DynamoDBTarget(aws.client("dynamodb"), **names), tables={"orders": table}).applied == ()
    assert "_migrations" not in aws.client("dynamodb").list_tables()["TableNames"]


def test_work_done_by_hand_is_counted_after_the_first_deploy_failed_on_it(aws: LocalAws, tmp_path: Path) -> None:
    """The function was deleted with the stack; each failure says what the next deploy has to carry."""
    app = Adopted(aws, tmp_path, prefix="TooLate")
    app.write(f"{_OLD}_old_one", _BY_HAND)
    app.write(f"{_NEW}_new", _NOTHING)
    assert app.deploy("TooLateData").ok
    table = app.output("TooLateData", "OrdersTable")
    aws.client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "old"}})

    failed = app.deploy("--all")
    assert advised(failed) == ("-c", f"repair=TooLateMigrations/Migrations={_OLD}:pending")
    refused = app.deploy("--all", more=("-c", f"baseline={_OLD}"))
    assert not refused.ok
    passed = app.deploy("--all", more=advised(refused))
    assert passed.ok, passed.output
    states = {row["id"]: row["state"] for row in app.invoke("TooLateMigrations", action="status")["migrations"]}
    assert states == {_OLD: "applied", _NEW: "applied"}


def test_a_failure_in_one_stage_names_that_stages_own_construct(aws: LocalAws, tmp_path: Path) -> None:
    """And what it names passes the synth, which makes the other stages too."""
    app = Adopted(aws, tmp_path, stages="AdviceDev,AdviceProd")
    app.write("0001_first", _NOTHING)
    app.write("0002_second", _FAILING)
    failed = app.deploy("AdviceDev/*")
    assert not failed.ok
    assert advised(failed) == ("-c", "repair=AdviceDev/Migrations/Migrations=0002:pending")
    assert 'the props of AdviceDev/Migrations/Migrations, repair="0002:pending"' in printed(failed)
    app.write("0002_second", _NOTHING)
    passed = app.deploy("AdviceDev/*", more=advised(failed))
    assert passed.ok, passed.output


def test_a_backfill_that_outlasts_an_update_goes_on_with_the_next_deploy(aws: LocalAws, tmp_path: Path) -> None:
    """Meanwhile the old code, which the rollback brought back, says so too and offers nothing that loses its work."""
    things = Sibling(aws, tmp_path, "Outlasting")
    things.write("0001_nop", _NOTHING)
    assert things.cdk("deploy", timeout="13").ok
    table = things.output("ThingsTable")
    for start in range(0, 150, 25):
        items: list[Any] = [{"PutRequest": {"Item": {"id": {"S": f"t{n}"}}}} for n in range(start, start + 25)]
        aws.client("dynamodb").batch_write_item(RequestItems={table: items})
    things.write("0002_status", _SLOW)
    failed = things.cdk("deploy", timeout="13")
    assert not failed.ok
    assert "Deploy again, and it goes on from there." in printed(failed)
    assert '{"action": "migrate"}' not in printed(failed)

    error = things.invoke(action="migrate")["error"]
    assert "is not finished: it stopped at a checkpoint." in error["message"]
    assert "deploy that code again" in error["next"]
    [dirty] = things.invoke(action="status")["dirty"]
    assert (dirty["found"], dirty["next"]) == (
        "stopped at its checkpoint",
        "Deploy the code that has it again: it goes on from its checkpoint.",
    )
    assert "repair" not in json.dumps([error, dirty])

    passed = things.cdk("deploy", timeout="120")
    assert passed.ok, passed.output
    lines = [json.loads(line) for line in aws.function_log(things.output("Function")) if line.startswith("{")]
    begun = [
        line["resumed"] for line in lines if line.get("event") == "migration.started" and line["migration"] == "0002"
    ]
    assert begun == [False, True]
