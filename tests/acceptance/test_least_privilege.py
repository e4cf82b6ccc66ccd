"""The function's role where IAM is enforced: enough for all that the example does, and no more."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from demo.service import OrderService
from dynamigrate import DynamoDBTarget
from dynamigrate.contract import LockAttr
from dynamigrate_local_aws import CdkResult, LocalAws
from tests.acceptance.sibling import DEPLOY, DIRECTLY
from tests.acceptance.warm.process import WARM_CDK

pytestmark = pytest.mark.acceptance

_APPS = Path(__file__).parent / "apps"
_PROJECT = Path(__file__).resolve().parents[2]
STATUSES, CENTS, WORDS = "20261102090000", "20261109143000", "20261116101500"
PROBE = "20261120090000"
NOT_GRANTED = "Guarded-ledger"

# Tries what it may not; each refusal is logged, and the last one is left to fail the migration.
_PROBE = f"""
import os

import boto3
from botocore.exceptions import ClientError

LEDGER = "{NOT_GRANTED}"
ITEM = {{"id": {{"S": "1"}}}}


def do(ctx):
    dynamodb, orders = ctx.dynamodb, ctx.tables["orders"]
    for name, call in {{
        "CreateTable": lambda: dynamodb.create_table(
            TableName="Guarded-another",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{{"AttributeName": "id", "AttributeType": "S"}}],
            KeySchema=[{{"AttributeName": "id", "KeyType": "HASH"}}],
        ),
        "DeleteTable": lambda: dynamodb.delete_table(TableName=orders),
        "DescribeTable": lambda: dynamodb.describe_table(TableName=LEDGER),
        "ListTables": lambda: dynamodb.list_tables(),
        "Scan": lambda: dynamodb.scan(TableName=LEDGER),
        "TransactWriteItems": lambda: dynamodb.transact_write_items(
            TransactItems=[{{"Put": {{"TableName": LEDGER, "Item": ITEM}}}}]
        ),
        "UpdateTable": lambda: dynamodb.update_table(TableName=orders, DeletionProtectionEnabled=False),
        "all stacks": lambda: boto3.client("cloudformation").describe_stacks(),
        "a stack's end": lambda: boto3.client("cloudformation").delete_stack(StackName="GuardedData"),
        "buckets": lambda: boto3.client("s3").list_buckets(),
        "functions": lambda: boto3.client("lambda").list_functions(),
        "state machines": lambda: boto3.client("stepfunctions").list_state_machines(),
        "another machine": lambda: boto3.client("stepfunctions").start_execution(
            stateMachineArn=os.environ["DYNAMIGRATE_MACHINE_ARN"] + "-another"
        ),
        "the end of its own": lambda: boto3.client("stepfunctions").delete_state_machine(
            stateMachineArn=os.environ["DYNAMIGRATE_MACHINE_ARN"]
        ),
        "a parameter": lambda: boto3.client("ssm").get_parameter(Name="/dynamigrate/another/run"),
    }}.items():
        try:
            call()
        except ClientError as error:
            ctx.logger.info("probe.refused", extra={{"what": name, "code": error.response["Error"]["Code"]}})
        else:
            ctx.logger.info("probe.allowed", extra={{"what": name}})
    dynamodb.put_item(TableName=LEDGER, Item=ITEM)
"""
_WITHIN_BOUNDS = """
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "within"}})
"""


def _program(path: Path) -> str:
    return WARM_CDK.command(_APPS / "cli_credentials.py", str(path))


@pytest.fixture(scope="module")
def service(guarded_aws: LocalAws) -> OrderService:
    """
    The order service as app.py has it, its state from `MigrationState`; deployed before there are orders. Beside it is a
    table that nobody was granted.
    """
    guarded_aws.client("dynamodb").create_table(
        TableName=NOT_GRANTED,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    service = OrderService(guarded_aws, prefix="Guarded", app=_program(_PROJECT / "app.py"), options=DIRECTLY)
    first = service.deploy()
    assert first.ok, first.output
    service.place_orders()
    return service


def _invoke(service: OrderService, action: str, **arguments: Any) -> Any:
    return service.invoke("MigrationsFunction", {"action": action, **arguments})


def _succeeded(answer: Any) -> Any:
    assert answer["ok"], answer["error"]
    return answer


def _said(result: CdkResult) -> str:
    return " ".join(result.output.split())


def _reason(aws: LocalAws, stack: str) -> str:
    """Why the newest failure of the stack's custom resource was one."""
    events = aws.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    return next(
        event["ResourceStatusReason"]
        for event in events
        if event["ResourceStatus"].endswith("FAILED") and event["ResourceType"] == "Custom::DynamoDBMigrations"
    )


def test_the_role_suffices_for_every_command(service: OrderService, guarded_aws: LocalAws) -> None:
    """All that changes or reads the state, with the example's own migrations there and back on real orders."""
    assert _succeeded(_invoke(service, "rewind", confirm=True))["undone"] == [WORDS, CENTS, STATUSES]
    service.place_orders()
    assert _succeeded(_invoke(service, "migrate"))["applied"] == [STATUSES, CENTS, WORDS]
    assert service.order("1003")["status"] == "SHIPPED"
    assert service.order("1003")["totalCents"] == "705"
    assert _succeeded(_invoke(service, "step", n=-2, confirm=True))["undone"] == [WORDS, CENTS]
    assert "totalCents" not in service.order("1003")
    assert _succeeded(_invoke(service, "to", migration=WORDS))["applied"] == [CENTS, WORDS]
    assert _succeeded(_invoke(service, "undo", confirm=True))["undone"] == [WORDS]
    assert _succeeded(_invoke(service, "reset", confirm=True))["applied"] == [STATUSES, CENTS, WORDS]
    assert _succeeded(_invoke(service, "baseline", migration=WORDS, confirm=True))["applied"] == []
    assert _succeeded(_invoke(service, "plan"))["actions"] == []
    assert _succeeded(_invoke(service, "status"))["counts"]["applied"] == 3
    commands = [run["command"] for run in _succeeded(_invoke(service, "history"))["runs"]]
    # The first deploy has two: before its application, and after it, where the backfill's work was looked over.
    assert commands == ["reset", "undo", "to", "step", "migrate", "rewind", "migrate", "migrate"]
    assert service.invoke("SummaryFunction", {"orderId": "1003"})["status"] == "On its way"


def test_the_role_suffices_to_repair_and_to_free_the_lock(service: OrderService, guarded_aws: LocalAws) -> None:
    """A dirty migration is settled, and the lock of the dead is freed, or taken over once its time is up."""
    outputs = service.outputs()
    client = guarded_aws.client("dynamodb")
    target = DynamoDBTarget(client, table_name=outputs["MigrationsTable"], lock_table_name=outputs["LockTable"])
    target.remove(WORDS)
    target.add(WORDS)
    assert _invoke(service, "migrate")["error"]["type"] == "DirtyMigration"
    command = {"action": "repair", "migration": WORDS, "as": "pending", "confirm": True}
    assert _succeeded(service.invoke("MigrationsFunction", command))["repaired"] == WORDS

    dead = {
        "ID": {"S": "migrations"}, LockAttr.OWNER.value: {"S": "token"}, LockAttr.BEAT.value: {"N": "4"},
        LockAttr.LEASE_MS.value: {"N": "200"}, LockAttr.DEADLINE_MS.value: {"N": "1795424400000"},
        LockAttr.HOLDER.value: {"S": "stack Old"},
    }  # fmt: skip
    client.put_item(TableName=outputs["LockTable"], Item=dead)
    assert _succeeded(_invoke(service, "unlock", confirm=True))["was"]["holder"] == "stack Old"
    client.put_item(TableName=outputs["LockTable"], Item={**dead, LockAttr.DEADLINE_MS.value: {"N": "1"}})
    assert _succeeded(_invoke(service, "migrate"))["applied"] == [WORDS]
    assert _succeeded(_invoke(service, "status"))["lock"] == {"held": False}


def test_the_role_is_no_wider_and_a_refusal_fails_the_deploy(service: OrderService, guarded_aws: LocalAws) -> None:
    """The terminal says which action was refused and how to grant it; the stack rolls back, and the next deploy mends it."""
    service.write_migration(f"{PROBE}_probe", _PROBE)
    failed = service.deploy("Migrations")
    assert not failed.ok
    assert f"{PROBE}_probe failed: ClientError: An error occurred (AccessDeniedException)" in _said(failed)
    reason = _reason(guarded_aws, "GuardedMigrations")
    assert "is not authorized to perform: dynamodb:PutItem" in reason
    assert "Allow the function's role dynamodb:PutItem" in reason
    assert "a table given in tables={...} has the actions on items" in reason
    assert "grant it to grant_principal of the Migrations construct" in reason

    logged = [json.loads(line) for line in service.log() if line.startswith("{")]
    lines = [line for line in logged if "message" in line]  # metrics have none
    probes = [(line["what"], line["message"]) for line in lines if line["message"].startswith("probe.")]
    assert len(probes) == 15
    assert [what for what, message in probes if message != "probe.refused"] == []
    assert guarded_aws.client("dynamodb").scan(TableName=NOT_GRANTED)["Items"] == []

    assert service.stack_states()["GuardedMigrations"] == "UPDATE_ROLLBACK_COMPLETE"
    messages = [line.get("event") for line in lines]
    assert "stack.status_unknown" not in messages, "an update asks for the stack's status, and is told"
    [rollback] = [line for line in lines if line.get("event") == "run.finished" and line.get("why") == "rollback"]
    assert rollback["result"] == "nothing done"
    assert "stop.not_requested" not in messages

    service.write_migration(f"{PROBE}_probe", _WITHIN_BOUNDS)
    mended = service.deploy("Migrations", context={"repair": f"{PROBE}:pending"})
    assert mended.ok, mended.output
    assert service.order("within") == {"orderId": "within"}


def test_the_state_machine_may_call_its_two_functions_start_itself_and_nothing_else(
    service: OrderService, guarded_aws: LocalAws
) -> None:
    """The embedded AWS enforces nothing of what a machine does, but tells what its role may do."""
    resources = guarded_aws.client("cloudformation").describe_stack_resources(StackName="GuardedMigrations")
    ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources["StackResources"]}
    [function, responder, role, machine] = [
        next(physical for logical, physical in ids.items() if re.fullmatch(f"Migrations{name}[0-9A-F]{{8}}", logical))
        for name in ("Function", "ResponderFunction", "LongRunsRole", "LongRunsMachine")
    ]
    iam, functions = guarded_aws.client("iam"), guarded_aws.client("lambda")
    role_arn = iam.get_role(RoleName=role)["Role"]["Arn"]

    def decision(action: str, arn: str) -> str:
        [found] = iam.simulate_principal_policy(PolicySourceArn=role_arn, ActionNames=[action], ResourceArns=[arn])[
            "EvaluationResults"
        ]
        return str(found["EvalDecision"])

    called = [
        decision("lambda:InvokeFunction", functions.get_function_configuration(FunctionName=name)["FunctionArn"])
        for name in (function, responder, service.outputs()["SummaryFunction"])
    ]
    assert called == ["allowed", "allowed", "implicitDeny"]
    execution = machine.replace(":stateMachine:", ":execution:")
    asked = {
        ("states:StartExecution", machine): "allowed",
        ("states:StartExecution", f"{machine}-another"): "implicitDeny",
        ("states:StopExecution", f"{execution}:run"): "allowed",
        ("states:DescribeExecution", f"{execution}:run"): "allowed",
        ("states:StopExecution", f"{execution}-another:run"): "implicitDeny",
        ("states:RedriveExecution", f"{execution}:run"): "implicitDeny",
        ("states:DeleteStateMachine", machine): "implicitDeny",
    }
    assert {one: decision(*one) for one in asked} == asked


def test_a_function_that_makes_its_own_state_may_do_just_that(guarded_aws: LocalAws, tmp_path: Path) -> None:
    """Its first deploy makes the two tables, though a refusal fails it; the stack rolls back, and the next one passes."""
    migrations = tmp_path / "changes"
    migrations.mkdir()
    (migrations / "1_wide.py").write_text(
        f'def do(ctx):\n    ctx.dynamodb.put_item(TableName="{NOT_GRANTED}", Item={{"id": {{"S": "1"}}}})\n'
    )

    def cdk(command: str, *arguments: str, **context: str) -> CdkResult:
        return guarded_aws.cdk(
            command,
            *arguments,
            app=_program(_APPS / "sibling.py"),
            context={"stack": "GuardedAlone", "migrations": str(migrations), **context},
            output_directory=tmp_path / "cdk.out",
        )

    failed = cdk("deploy", *DEPLOY)
    assert not failed.ok
    assert "is not authorized to perform: dynamodb:PutItem" in _reason(guarded_aws, "GuardedAlone")
    cloudformation = guarded_aws.client("cloudformation")
    assert cloudformation.describe_stacks(StackName="GuardedAlone")["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    tables = guarded_aws.client("dynamodb").list_tables()["TableNames"]
    table, lock_table = sorted((name for name in tables if name.startswith("GuardedAlone-Migrations-")), key=len)
    assert lock_table == f"{table}-lock"

    (migrations / "1_wide.py").write_text(
        'def do(ctx):\n    ctx.dynamodb.put_item(TableName=ctx.tables["things"], Item={"id": {"S": "1"}})\n'
    )
    passed = cdk("deploy", *DEPLOY, repair="1:pending")
    assert passed.ok, passed.output
    target = DynamoDBTarget(guarded_aws.client("dynamodb"), table_name=table, lock_table_name=lock_table)
    assert target.done() == ("1",)


def test_state_that_was_deleted_is_not_made_anew(service: OrderService, guarded_aws: LocalAws) -> None:
    """Of a `MigrationState` the function may make no table: with an empty history, everything would run again."""
    table = service.outputs()["MigrationsTable"]
    guarded_aws.client("dynamodb").delete_table(TableName=table)
    answer = _invoke(service, "migrate")
    assert list(answer) == ["ok", "error"]
    error = answer["error"]
    assert error["type"] == "StateMissing"
    assert f"There is no table {table}, and no permission to make it" in error["message"]
    assert "dynamodb:CreateTable" in error["message"]
    assert error["next"].startswith("If it was deleted, restore it from a backup under its name")
    assert _invoke(service, "migrate")["error"]["type"] == "StateMissing", "the lock was released"
