"""What the pictures of the documentation show: commands, in a shop with some history and some thousand orders."""

import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dynamigrate import DynamoDBTarget, FolderSource, ToPlanner, migrate
from dynamigrate_local_aws import LocalAws
from tests.terminal.picture import drawn
from tests.terminal.session import TerminalSession
from tests.terminal.stages import deploy_stages

_SHOP: Final = Path(__file__).with_name("shop")
_ORDERS: Final = 12_000
_COLUMNS: Final = 88
_TABLES: Final = {"orders": "Shop-Orders", "statuses": "Shop-Statuses"}
_SETTINGS: Final = """\
[tool.dynamigrate]
table = "Shop-Migrations"
lock-table = "Shop-Lock"

[tool.dynamigrate.tables]
orders = "Shop-Orders"
statuses = "Shop-Statuses"
"""


@dataclass(frozen=True)
class Scene:
    """
    Attributes:
        name: Of the picture; empty: there is none.
        command: As it is typed.
        title: What a reader hears who can't see it.
        at: What is on the screen at the moment of the picture; empty: it is the end.
        code: What the command ends with.
    """

    name: str
    command: str
    title: str
    at: str = ""
    code: int = 0


SCENES: Final = (
    Scene(
        "progress",
        "dynamigrate up",
        "One backfill is done, and another under way: a bar, its share, its rate, the time that is left",
        at=r"^\S+ 20261116101500 .*\b[3-8]\d ?%",
    ),
    Scene("", "dynamigrate down --yes", "Takes it back, for the others"),
    Scene("status", "dynamigrate status", "Two migrations are applied, one is pending, one is held"),
    Scene(
        "dry-run",
        "dynamigrate plan --dry-run --sample 3",
        "What a backfill would write, what it would cost, and what it would do to three items",
    ),
    Scene(
        "stages",
        "dynamigrate status --stack dev=Shop-Dev --stack test=Shop-Test --stack live=Shop-Live",
        "Three stages: one is well, one has a migration pending, in one a migration failed; and where they differ",
    ),
    Scene("lint", "dynamigrate lint --migrations careless", "Three findings, each with what to do", code=1),
)


@contextmanager
def shop(folder: Path) -> Iterator[Mapping[str, str]]:
    """Its folder, tables and history; gives the environment for commands in it."""
    shutil.copytree(_SHOP, folder, dirs_exist_ok=True)
    (folder / "pyproject.toml").write_text(_SETTINGS)
    with LocalAws.start(directory=folder / ".aws") as aws:
        client = aws.client("dynamodb")
        for name in _TABLES.values():
            client.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            )
        for first in range(0, _ORDERS, 25):
            orders: list[Any] = [{"PutRequest": {"Item": _order(number)}} for number in range(first, first + 25)]
            client.batch_write_item(RequestItems={_TABLES["orders"]: orders})
        migrate(
            FolderSource(folder / "migrations"),
            DynamoDBTarget(client, table_name="Shop-Migrations", lock_table_name="Shop-Lock"),
            planner=ToPlanner("20261102090000"),
            dynamodb=client,
            tables=_TABLES,
        )
        deploy_stages(aws)
        yield {name: value for name, value in aws.environment.items() if name != "NO_COLOR"}


def _order(number: int) -> dict[str, Any]:
    price, status = f"{number % 90 + 5}.{number % 100:02}", "NPS"[number % 3]
    return {"id": {"S": f"{number + 1000}"}, "price": {"S": price}, "status": {"S": status}}


def pictures(folder: Path, *, say: Callable[[str], None] = lambda _: None) -> Iterator[tuple[str, str]]:
    """The name and the content of each, as they are made."""
    with shop(folder) as environment:
        for scene in SCENES:
            say(scene.command)
            picture = _taken(scene, folder, environment)
            if scene.name:
                yield scene.name, picture


def _taken(scene: Scene, folder: Path, environment: Mapping[str, str]) -> str:
    program, (_, *arguments) = Path(sys.executable).with_name("dynamigrate"), scene.command.split()
    with TerminalSession([program, *arguments], cwd=folder, environment=environment, columns=_COLUMNS) as session:
        picture = ""
        if scene.at:
            session.wait_until(lambda: any(re.search(scene.at, line) for line in session.lines))
            picture = drawn(session.screen, title=scene.title, prompt=scene.command)
        code = session.finish()
        assert code == scene.code, "\n".join(session.lines)
        return picture or drawn(session.screen, title=scene.title, prompt=scene.command)
