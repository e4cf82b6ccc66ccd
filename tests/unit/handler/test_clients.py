"""What the function reaches AWS with."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

import dynamigrate.handler
from dynamigrate.handler.clients import Clients
from dynamigrate.handler.cloudformation.stacks import StackClient
from dynamigrate.transport.state_client import StateClient
from dynamigrate_local_aws import LocalAws
from tests.reliability.clients import make_tables
from tests.unit.handler.front import AnswerServer
from tests.unit.transport.server import answer, serving
from tests.unit.transport.test_lambda_environment import PLAIN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PACKAGES = Path(dynamigrate.handler.__file__).parents[2]
STACKS = "<R xmlns='x'><DescribeStacksResult><Stacks><member><StackStatus>{}</StackStatus></member></Stacks></DescribeStacksResult></R>"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any files of the SDK's."""
    monkeypatch.setenv("HOME", str(tmp_path))


def test_they_are_made_once_and_give_up_in_time() -> None:
    """A request that hangs must outlast neither the lock's lease nor the answer; here the environment is not plain."""
    clients = Clients({})
    assert clients.dynamodb is clients.dynamodb
    assert clients.state is clients.state
    main, state, brief, stack = (
        one.meta.config for one in (clients.dynamodb, clients.state, clients.brief_state, clients.cloudformation)
    )
    assert (main.connect_timeout, main.read_timeout) == (state.connect_timeout, state.read_timeout) == (3, 10)
    assert (brief.connect_timeout + brief.read_timeout) * brief.retries["total_max_attempts"] == 8
    assert (stack.connect_timeout + stack.read_timeout) * stack.retries["total_max_attempts"] == 24


def test_in_a_plain_function_they_are_its_own() -> None:
    """With the same patience; migrations get boto3's all the same."""
    clients = Clients(PLAIN)
    state, brief, stack = clients.state, clients.brief_state, clients.cloudformation
    assert clients.state is state
    assert isinstance(state, StateClient)
    assert isinstance(brief, StateClient)
    assert isinstance(stack, StackClient)
    transports: Any = [one._transport for one in (state, brief, stack)]
    endpoints = [one._pool.endpoint for one in transports]
    assert [(one.connect_timeout, one.read_timeout) for one in endpoints] == [(3, 10), (2, 2), (3, 5)]
    assert [one._attempts for one in (state, brief, stack)] == [8, 2, 3]
    assert type(clients.dynamodb).__module__ == "botocore.client"


def test_a_stack_tells_its_status() -> None:
    """As boto3 does."""
    with serving([[answer(STACKS.format("UPDATE_ROLLBACK_IN_PROGRESS"))]]) as server:
        stacks = Clients(PLAIN | {"AWS_ENDPOINT_URL": server.endpoint}).cloudformation
        assert stacks.describe_stacks(StackName="arn") == {
            "Stacks": [{"StackStatus": "UPDATE_ROLLBACK_IN_PROGRESS", "DisableRollback": False}]
        }
        stacks._transport._pool.close()


@pytest.mark.ministack
def test_a_deploy_with_nothing_to_do_imports_no_sdk(
    aws: LocalAws, ministack_dynamodb: "DynamoDBClient", server: AnswerServer, tmp_path: Path
) -> None:
    """An Update, with its question for the stack's status, from the first import to the answer."""
    name = f"cold-{uuid4().hex[:8]}"
    make_tables(ministack_dynamodb, name, f"{name}-lock")
    ministack_dynamodb.put_item(TableName=name, Item={"ID": {"S": "1"}, "Dirty": {"BOOL": False}})
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1_one.py").write_text("def do(ctx): pass\n")
    stack = _stack(aws, name)
    event = {
        "RequestType": "Update",
        "ResponseURL": server.url,
        "StackId": stack,
        "RequestId": "1",
        "LogicalResourceId": "Migrations",
        "PhysicalResourceId": "Migrations",
        "ResourceProperties": {"LockWaitSeconds": "0"},
    }
    program = (
        "import json, sys\n"
        "from types import SimpleNamespace\n"
        "from dynamigrate.handler import handle\n"
        f"handle(json.loads({json.dumps(json.dumps(event))}), SimpleNamespace(get_remaining_time_in_millis=lambda: 9e5))\n"
        "print(*[one for one in ('boto3', 'botocore.session', 'botocore.client', 'urllib3', 'dynamigrate.runner',\n"
        "    'dynamigrate.commands', 'dynamigrate.handler.rollback_undo',\n"
        "    'dynamigrate.handler.long_run.slice') if one in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={
            **{name: value for name, value in os.environ.items() if not _is_strange(name)},
            **PLAIN,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "DYNAMIGRATE_MIGRATIONS_FOLDER": str(tmp_path / "migrations"),
            "DYNAMIGRATE_MIGRATIONS_TABLE": name,
            "DYNAMIGRATE_LOCK_TABLE": f"{name}-lock",
            "DYNAMIGRATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:Machine",
            "DYNAMIGRATE_RUN_LIMIT_SECONDS": "3300",
            "DYNAMIGRATE_EVENTS_PATH": "/dynamigrate/Migrations/",
            "PYTHONPATH": str(PACKAGES),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert server.answer["Status"] == "SUCCESS", server.answer["Reason"]
    assert server.answer["Reason"] == "0 migrations applied."
    assert done.stdout.splitlines()[-1] == ""


def _is_strange(name: str) -> bool:
    """Whether it is in no plain function's environment."""
    return name.startswith(("AWS_", "REQUESTS_CA_BUNDLE")) or name.upper().endswith("_PROXY")


def _stack(aws: LocalAws, name: str) -> str:
    template = {"Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    stacks = aws.client("cloudformation")
    stack = stacks.create_stack(StackName=name, TemplateBody=json.dumps(template))["StackId"]
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    return stack
