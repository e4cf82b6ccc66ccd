"""Every code block of the documentation runs, or names what is really there."""

import json
import re
import shlex
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Duration, RemovalPolicy, Stack
from aws_cdk.aws_dynamodb import Attribute, AttributeType, TableV2
from aws_cdk.aws_s3 import Bucket
from aws_cdk.aws_sqs import Queue
from typer.main import get_command

from dynamigrate import DynamoDBTarget, FolderSource, MemoryTarget, migrate
from dynamigrate.handler import answer
from dynamigrate_cdk import Migrations, MigrationState
from dynamigrate_cli.main import app as command_line
from dynamigrate_lint.__main__ import parser as lint_parser
from tests.docs.blocks import PROJECT, Block, blocks, commands_in_text, shell_commands
from tests.unit.handler.front import Front

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ORDER: dict[str, Any] = {"orderId": {"S": "1001"}, "price": {"N": "19.90"}}
_PYTHON = list(blocks("python"))
_MIGRATIONS = [block for block in _PYTHON if re.search(r"^(def do|do = )", block.text, re.MULTILINE)]
_TESTS = [block for block in _PYTHON if re.search(r"^def test_", block.text, re.MULTILINE)]
_CONSTRUCTS = [block for block in _PYTHON if re.search(r"Migrations\(|MigrationState|\(migrations\)", block.text)]
_SETTINGS = [
    block for block in _PYTHON if re.match(r"(phase|requires|soak|recover) = ", block.text) and block not in _MIGRATIONS
]
_PROGRAMS = [block for block in _PYTHON if block not in [*_MIGRATIONS, *_TESTS, *_CONSTRUCTS, *_SETTINGS]]
_COMMANDS = [*blocks("json"), *commands_in_text()]
_SHELL = [
    pytest.param(command, id=f"{block.where} {command[:30]}")
    for block in blocks("console")
    for command in shell_commands(block)
]


def _named(found: list[Block]) -> list[Any]:
    return [pytest.param(block, id=block.where) for block in found]


def test_every_block_says_what_it_is() -> None:
    """A block without a language, or in one that nothing here runs, would go unread."""
    others = [block for block in blocks() if block.language not in ("python", "json", "console", "text")]
    assert [block.where for block in others if not _is_drawing(block)] == []
    for kind in (_MIGRATIONS, _TESTS, _CONSTRUCTS, _SETTINGS, _PROGRAMS, _COMMANDS, _SHELL):
        assert kind, "the sorting above finds none of them any more"


def _is_drawing(block: Block) -> bool:
    return "│" in block.text or "▲" in block.text


class AllIsWell:
    """Every alarm that a migration names is there, and none is in ALARM."""

    def states(self, names: Sequence[str]) -> dict[str, str]:
        return dict.fromkeys(names, "OK")


@pytest.mark.parametrize("block", _named(_MIGRATIONS))
def test_a_migration_of_the_documentation_runs_twice(
    block: Block, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """It migrates orders, and doing it again does no harm, as the documentation asks of every migration."""
    # A backfill writes in PartiQL, which moto does not have.
    client = request.getfixturevalue("ministack_dynamodb" if "Backfill(" in block.text else "moto_dynamodb")
    orders = _orders(client)
    histories = [_history(client, block, name) for name in ("once", "again")]
    before = _seen(client, orders)
    (tmp_path / "20261123090000_documented.py").write_text(block.text)
    seen = []
    for history in histories:
        outcome = migrate(
            FolderSource(tmp_path), history, dynamodb=client, tables={"orders": orders}, alarms=AllIsWell()
        )
        assert outcome.applied == ("20261123090000",)
        seen.append(_seen(client, orders))
    assert seen[0] == seen[1]
    assert seen[0] != before, "it did something"


@pytest.mark.parametrize("block", _named(_TESTS))
def test_a_test_of_the_documentation_passes(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the migration at the top of the README, without AWS."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/20261123090000_add_status.py").write_text(_MIGRATIONS[0].text)
    monkeypatch.syspath_prepend(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(block.text, block.where, "exec"), names)  # the documentation's own code
    tests = [function for name, function in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()
    monkeypatch.delitem(sys.modules, "migrations.20261123090000_add_status", raising=False)


@pytest.mark.parametrize("block", _named(_CONSTRUCTS))
def test_constructs_of_the_documentation_synthesize(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what the text before it has introduced."""
    monkeypatch.chdir(tmp_path)
    _write_folder(tmp_path / "migrations")
    app = App()
    names: dict[str, Any] = {
        "__file__": str(tmp_path / "app.py"),
        "app": app,
        "Attribute": Attribute,
        "AttributeType": AttributeType,
        "TableV2": TableV2,
    }
    if "Stack(app" not in block.text or "AfterMigrations(" in block.text:
        data, stack = Stack(app, "Data"), Stack(app, "Migrations")
        orders = TableV2(data, "Orders", partition_key=Attribute(name="orderId", type=AttributeType.STRING))
        names |= {"data": data, "stack": stack, "orders": orders, "Migrations": Migrations}
        names |= {"MigrationState": MigrationState, "Duration": Duration, "Stack": Stack}
        names |= {"application_stack": Stack(app, "Application"), "RemovalPolicy": RemovalPolicy}
        if "state = " not in block.text:
            names["state"] = MigrationState(data, "MigrationState")
        if "migrations = " not in block.text and "state = " not in block.text:
            names["migrations"] = Migrations(stack, "Migrations", migrations="migrations", tables={"orders": orders})
            names |= {"queue": Queue(data, "Queue"), "bucket": Bucket(data, "Bucket")}
    exec(compile(block.text, block.where, "exec"), names)  # the documentation's own code
    app.synth()


@pytest.mark.parametrize("block", _named(_SETTINGS))
def test_settings_of_the_documentation_are_those_of_a_file(block: Block, tmp_path: Path) -> None:
    """Each is read from it, beside what it requires."""
    wanted = dict(re.findall(r'^(\w+) = \[?"(\w+)"\]?$', block.text, re.MULTILINE))
    _write_folder(tmp_path)
    (tmp_path / "20261201090000_drop_price.py").write_text(f"{block.text}\n\ndef do(ctx): pass\n")
    *_, last = FolderSource(tmp_path).load()
    assert len(wanted) == len(block.text.splitlines())
    assert {name: getattr(last, name) for name in wanted} == {
        name: (value,) if name == "requires" else value for name, value in wanted.items()
    }


@pytest.mark.parametrize("block", _named(_PROGRAMS))
def test_a_program_of_the_documentation_runs(
    block: Block,
    moto_dynamodb: "DynamoDBClient",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It applies the migrations of the folder, and the tables that it names are there afterwards."""
    monkeypatch.chdir(tmp_path)
    _write_folder(tmp_path / "migrations")
    exec(compile(block.text, block.where, "exec"), {})  # the documentation's own code
    names = dict(re.findall(r'\b((?:lock_)?table_name)="([^"]+)"', block.text))
    assert DynamoDBTarget(moto_dynamodb, **names).done() == ("20261123090000",)
    assert capsys.readouterr().out == "('20261123090000',) ()\n"


@pytest.mark.parametrize("block", _named(_COMMANDS))
def test_a_command_of_the_documentation_is_understood(block: Block, front: Front) -> None:
    """The function takes it as it stands: no unknown action, no wrong argument, no missing confirmation."""
    front.write_files({"20261123090000_add_users": "def do(ctx): pass\ndef undo(ctx): pass\n"})
    found = answer(json.loads(block.text), front.context, front.setup)
    assert found is not None
    assert found.get("error", {}).get("type") not in ("UnknownAction", "InvalidArgument", "ConfirmationNeeded")


@pytest.mark.parametrize("command", _SHELL)
def test_a_shell_command_of_the_documentation_is_there(command: str, front: Front) -> None:
    """Its target, extra, event or context is one that exists."""
    match shlex.split(command):
        case ["make", target, *_]:
            assert re.search(rf"^{re.escape(target)}:", (PROJECT / "Makefile").read_text(), re.MULTILINE)
        case ["pip", "install", package]:
            extras = package.removeprefix("dynamigrate[").removesuffix("]").split(",")
            project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
            assert set(extras) <= set(project["optional-dependencies"])
        case ["cdk", "deploy", *arguments] if not _is_stage_of_the_example(arguments):
            given = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
            app = App(context=given)
            Migrations(Stack(app, "Stack"), "Migrations", migrations=front.folder, deploy_id="1")
            assert given, "a plain deploy needs no example"
            template = app.synth().get_stack_by_name("Stack").template
            [resource] = [one for one in template["Resources"].values() if one["Type"].startswith("Custom::")]
            assert {name: resource["Properties"][name.title()] for name in given} == given
        case ["pytest"] | ["cdk", "deploy", _]:
            pass  # the tutorial's test runs the one, and those of the bookshop deploy its stages
        case ["pytest", option, _]:
            assert f'"{option}"' in (PROJECT / "tools/dynamigrate_pytest/plugin.py").read_text()
        case ["echo", payload, "|", "aws", "lambda", "invoke", *arguments]:
            assert arguments[arguments.index("--payload") + 1] == "fileb:///dev/stdin"
            event = json.loads(payload)
            front.write_files({"20261123090000_add_users": "def do(ctx): pass\n"})
            found = answer(event, front.context, front.setup)
            assert found is not None
            assert found["ok"] is True
        case ["python", "-m", "dynamigrate_lint", *arguments]:
            assert lint_parser().parse_args(arguments) is not None
        case ["dynamigrate", *words]:
            program = get_command(command_line)
            context = program.make_context("dynamigrate", list(words), resilient_parsing=len(words) == 1)
            if len(words) > 1:
                name, found_command, rest = program.resolve_command(context, list(words))  # type: ignore[attr-defined]
                assert found_command.make_context(name, rest, parent=context)
        case other:
            pytest.fail(f"nothing here knows how to check {other}")


def _is_stage_of_the_example(arguments: Sequence[str]) -> bool:
    """Whether that is what `cdk deploy` is told: one of the stages that the bookshop has."""
    program = (PROJECT / "examples" / "bookshop" / "app.py").read_text()
    return len(arguments) == 1 and arguments[0] in {f"{name}/*" for name in re.findall(r'app, "(\w+)"', program)}


def _history(client: "DynamoDBClient", block: Block, name: str) -> DynamoDBTarget | MemoryTarget:
    """An empty one; where *block* asks for its lock, in tables, as that in memory has none for a transaction."""
    if "ctx.lock_condition()" not in block.text:
        return MemoryTarget()
    target = DynamoDBTarget(client, table_name=name, lock_table_name=f"{name}-lock")
    target.create()
    return target


def _seen(client: "DynamoDBClient", table: str) -> object:
    """Items, and what else a migration may change."""
    described = client.describe_table(TableName=table)["Table"]
    return (
        client.scan(TableName=table)["Items"],
        [(index["IndexName"], index["KeySchema"]) for index in described.get("GlobalSecondaryIndexes", ())],
        client.describe_time_to_live(TableName=table)["TimeToLiveDescription"],
        client.list_tables()["TableNames"],
    )


def _orders(client: "DynamoDBClient") -> str:
    client.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "orderId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "orderId", "KeyType": "HASH"}],
    )
    client.put_item(TableName="orders", Item=_ORDER)
    client.update_continuous_backups(
        TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    return "orders"


def _write_folder(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "20261123090000_add_status.py").write_text("def do(ctx): pass\n")
