"""The function as Lambda has it: the entry point, the environment, and DynamoDB."""

import io
import os
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import dynamigrate.handler
from dynamigrate.clock import SystemClock
from dynamigrate.contract import HANDLER, WATCH_HANDLER, WIDGET_HANDLER, Env
from dynamigrate.dynamodb import DynamoDBTarget
from dynamigrate.handler.clients import Clients
from dynamigrate.handler.invocation import Invocation
from dynamigrate.handler.logs import Logs
from dynamigrate.handler.setup import Setup
from tests.unit.handler.front import BAD, FIRST, GOOD, SECOND, Context, Front

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PACKAGES = Path(dynamigrate.handler.__file__).parents[2]


class Moto(Clients):
    """DynamoDB in this process, and no CloudFormation."""

    def __init__(self, client: Any) -> None:
        super().__init__({})
        self.__dict__.update(_dynamodb=client, state=client, brief_state=client)


@pytest.fixture
def real(front: Front, moto_dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> Setup:
    """All of the function but its process, and no waiting for tables."""
    monkeypatch.setattr(SystemClock, "sleep", lambda self, seconds: None)
    environ: dict[str, str] = {
        Env.MIGRATIONS_FOLDER: str(front.folder),
        Env.MIGRATIONS_TABLE: "history",
        Env.LOCK_TABLE: "lock",
        Env.STACK_NAME: "Migrations",
        Env.TABLES: '{"users": "Users-1"}',
        Env.PARAMS: '{"region": "EU"}',
    }
    return Setup(environ, clients=Moto(moto_dynamodb), logs=front.logs, sleep=front.pauses.append)


def send(setup: Setup, event: Any, context: Context | None = None) -> Any:
    return dynamigrate.handler.answer(event, context or Context(), setup)


def test_the_contract_names_the_entry_point() -> None:
    """The construct gives this name to Lambda."""
    module, _, name = HANDLER.rpartition(".")
    assert getattr(import_module(module), name) is dynamigrate.handler.handle


def test_a_deploy_keeps_its_state_in_dynamodb(front: Front, real: Setup, moto_dynamodb: "DynamoDBClient") -> None:
    """Tables are made, the lock is free again, and the second deploy finds nothing to do."""
    send(real, front.event("Create"))
    send(real, front.event("Create"))
    assert [one.json["Data"]["AppliedCount"] for one in front.server.received] == ["2", "0"]
    assert DynamoDBTarget(moto_dynamodb, table_name="history", lock_table_name="lock").done() == (FIRST, SECOND)
    assert send(real, {"action": "status"})["lock"] == {"held": False}


def test_a_failure_is_repaired_by_command(front: Front, real: Setup) -> None:
    """The whole of an operator's evening."""
    front.write(GOOD, BAD)
    assert send(real, {"action": "migrate"})["error"]["type"] == "MigrationFailed"
    status = send(real, {"action": "status"})
    assert status["dirty"][0]["error"]["type"] == "KeyError"
    assert send(real, status["next"])["ok"] is True
    front.write(GOOD, GOOD)
    assert send(real, {"action": "plan"})["actions"][0]["migration"] == SECOND
    runs = send(real, {"action": "history"})["runs"]
    assert [(one["command"], one["result"]) for one in runs] == [("repair", "succeeded"), ("migrate", "failed")]


def test_a_repair_by_deploy_leaves_both_runs_in_the_history(front: Front, real: Setup) -> None:
    """One item a run id."""
    front.write(BAD, GOOD)
    send(real, front.event("Create"))
    front.write_files({f"{FIRST}_mended": GOOD})
    send(real, front.event("Create", Repair=f"{FIRST}:pending"))
    assert front.server.received[-1].json["Status"] == "SUCCESS"
    assert [one["command"] for one in send(real, {"action": "history"})["runs"]] == ["migrate", "repair", "migrate"]


def test_migrations_get_what_the_construct_set(front: Front, real: Setup) -> None:
    """Tables, params, and a client."""
    front.write(
        "def do(ctx):\n"
        "    names = ctx.dynamodb.list_tables()['TableNames']\n"
        "    found = (ctx.tables['users'], ctx.params['region'], names, 800 < ctx.remaining() < 900)\n"
        "    assert found == ('Users-1', 'EU', ['history', 'lock'], True), found\n"
    )
    assert send(real, {"action": "migrate"})["ok"] is True


def test_the_lock_names_this_invocation(front: Front, real: Setup) -> None:
    """Who holds it can be looked up, and its end is this process's."""
    front.write(
        "def do(ctx):\n"
        "    item = ctx.dynamodb.get_item(TableName='lock', Key={'ID': {'S': 'migrations'}})['Item']\n"
        "    assert item['RequestId']['S'] == 'request-1', item\n"
        "    assert item['RunId']['S'] == ctx.run_id, item\n"
        "    assert item['Holder']['S'].startswith('stack Migrations, function Migrations-Function'), item\n"
    )
    assert send(real, {"action": "migrate"})["ok"] is True


def test_a_delivery_while_the_first_is_at_work_is_silent(front: Front, real: Setup) -> None:
    """It finds the lock under its own request."""
    assert send(real, {"action": "migrate"})["ok"] is True
    target = real.target(Invocation.begin(Context(aws_request_id="again")))
    with target.lock():
        send(real, front.event("Create", LockWaitSeconds="0"), Context(aws_request_id="again"))
    assert front.server.received == []


def test_baseline_then_migrate(front: Front, real: Setup) -> None:
    """An account that was migrated by hand."""
    assert send(real, {"action": "baseline", "migration": FIRST, "confirm": True})["applied"] == [FIRST]
    assert send(real, {"action": "migrate"})["applied"] == [SECOND]


def test_unlock_of_a_free_lock(real: Setup) -> None:
    """Before there are tables it says so, and after that nobody holds it."""
    assert send(real, {"action": "unlock", "confirm": True})["error"]["type"] == "StateMissing"
    send(real, {"action": "migrate"})
    assert send(real, {"action": "unlock", "confirm": True})["note"] == "Nobody held the lock."


def test_a_delete_without_tables_succeeds(front: Front, real: Setup) -> None:
    """The first deploy may have failed before there were any."""
    send(real, front.event("Delete"))
    assert front.server.answer["Status"] == "SUCCESS"


def test_the_environment_is_read_once(front: Front, monkeypatch: pytest.MonkeyPatch, clean_logging: None) -> None:
    """By the entry point itself; what changes later does not count."""
    monkeypatch.setattr(dynamigrate.handler, "_setup", cache(lambda: Setup(os.environ)))
    monkeypatch.setenv(Env.MIGRATIONS_FOLDER, str(front.folder))
    monkeypatch.setenv(Env.OUT_OF_ORDER, "perhaps")
    assert "DYNAMIGRATE_OUT_OF_ORDER" in dynamigrate.handler.handle({"action": "plan"}, None)["error"]["message"]  # type: ignore[index]
    monkeypatch.setenv(Env.OUT_OF_ORDER, "allow")
    setup = dynamigrate.handler._setup()
    assert setup.settings.policy.out_of_order == "allow"
    monkeypatch.setenv(Env.OUT_OF_ORDER, "error")
    assert dynamigrate.handler._setup().settings.policy.out_of_order == "allow"


def test_a_cold_start_loads_only_what_it_needs() -> None:
    """Neither boto3 before it is used, nor what is expensive in Powertools, nor what only a command or a run needs."""
    code = (
        "import sys, dynamigrate.handler\n"
        "print(*[name for name in ('boto3', 'dynamigrate.dynamodb', 'dynamigrate.runner', 'dynamigrate.context',\n"
        "    'dynamigrate.commands', 'dynamigrate.handler.rollback_undo', 'aws_xray_sdk', 'pydantic', 'fastjsonschema',\n"
        "    'aws_lambda_powertools.utilities.data_classes', 'aws_lambda_powertools.utilities.parser',\n"
        "    'aws_lambda_powertools.utilities.validation') if name in sys.modules])\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(PACKAGES)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == []


def test_only_the_entry_points_read_the_environment() -> None:
    """Everything behind them is given what it needs."""
    readers = {
        path for path in (PACKAGES / "dynamigrate" / "handler").rglob("*.py") if "os.environ" in path.read_text()
    }
    entry_points = {
        Path(str(import_module(name.rpartition(".")[0]).__file__)) for name in (HANDLER, WATCH_HANDLER, WIDGET_HANDLER)
    }
    assert readers == entry_points


def test_logs_go_to_standard_output(capsys: pytest.CaptureFixture[str], clean_logging: None) -> None:
    """Where Lambda reads them."""
    Logs().events.info("hello")
    assert '"message":"hello"' in capsys.readouterr().out


def test_a_stream_of_its_own_is_for_tests(clean_logging: None) -> None:
    """The real one stays untouched."""
    stream = io.StringIO()
    Logs(stream=stream).events.info("hello")
    assert "hello" in stream.getvalue()
