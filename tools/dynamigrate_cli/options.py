"""The settings that every command takes: their option, their environment variable, their key in ``pyproject.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from dynamigrate.contract import DEFAULT_LOCK_ID, DEFAULT_LOCK_TABLE, DEFAULT_MIGRATIONS_TABLE
from dynamigrate.contract.choices import Changed, Missing, OutOfOrder, Phase, choices

Kind = Literal["text", "path", "flag", "texts"]
Panel = Literal["Where", "How"]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """
    One setting.

    Attributes:
        key: Its key in ``[tool.dynamigrate]``; with underscores, its name in `Settings`.
        option: On the command line; empty: it can't be given there.
        kind: ``texts`` is a table of names and texts, given on the command line as ``--name orders=Data-Orders``, and in
            the environment as an object of JSON.
        choices: What a text may be; empty: anything.
        several: It may be given several times on the command line, to a command that takes several.
        default: What it is where nobody gives it.
    """

    key: str
    help: str
    option: str = ""
    kind: Kind = "text"
    panel: Panel = "Where"
    metavar: str = ""
    choices: tuple[str, ...] = ()
    several: bool = False
    default: str | bool | None = None

    @property
    def name(self) -> str:
        return self.key.replace("-", "_")

    @property
    def variable(self) -> str:
        return f"DYNAMIGRATE_{self.name.upper()}"


_ALL: Final = (
    Setting(
        key="migrations",
        option="--migrations",
        kind="path",
        metavar="DIR",
        help="The folder with the migrations.",
        default="migrations",
    ),
    Setting(
        key="table",
        option="--table",
        metavar="NAME",
        help="The table that has the state of the migrations.",
        default=DEFAULT_MIGRATIONS_TABLE,
    ),
    Setting(
        key="lock-table",
        option="--lock-table",
        metavar="NAME",
        help="The table that has the lock, and the history of runs.",
        default=DEFAULT_LOCK_TABLE,
    ),
    Setting(
        key="lock-id",
        option="--lock-id",
        metavar="ID",
        help="Which lock in it.",
        default=DEFAULT_LOCK_ID,
    ),
    Setting(
        key="tables",
        option="--name",
        kind="texts",
        metavar="LOGICAL=PHYSICAL",
        help="A table's name for ctx.tables; may be given several times.",
    ),
    Setting(
        key="params",
        option="--param",
        kind="texts",
        metavar="NAME=VALUE",
        help="A value for ctx.params; may be given several times.",
    ),
    Setting(
        key="stack",
        option="--stack",
        metavar="NAME[@PROFILE]",
        several=True,
        help="Ask the function that this stack deployed, instead of running here; status takes several.",
    ),
    Setting(
        key="state-of",
        option="--state-of",
        metavar="STACK",
        help="Run the folder here, with the names that this stack's function has.",
    ),
    Setting(
        key="construct",
        option="--construct",
        metavar="ID",
        help="Which Migrations construct, where the stack has several.",
    ),
    Setting(
        key="endpoint-url",
        option="--endpoint-url",
        metavar="URL",
        help="Another AWS, such as one on this machine.",
    ),
    Setting(key="profile", option="--profile", metavar="NAME", help="A profile of AWS's own settings."),
    Setting(key="region", option="--region", metavar="NAME", help="An AWS region."),
    Setting(
        key="json",
        option="--json",
        kind="flag",
        panel="How",
        help="The answer as one JSON object on stdout, and nothing else there.",
        default=False,
    ),
    Setting(key="yes", option="--yes", kind="flag", panel="How", help="Don't ask before it undoes.", default=False),
    Setting(
        key="no-color",
        option="--no-color",
        kind="flag",
        panel="How",
        help="No colors in a terminal either; NO_COLOR does the same.",
        default=False,
    ),
    Setting(key="phase", choices=choices(Phase), help="Which migrations run here.", default="before"),
    Setting(
        key="out-of-order",
        choices=choices(OutOfOrder),
        help="What becomes of a pending migration older than the newest applied one.",
        default="error",
    ),
    Setting(
        key="missing",
        choices=choices(Missing),
        help="What becomes of an applied migration that the folder has not.",
        default="error",
    ),
    Setting(
        key="changed",
        choices=choices(Changed),
        help="What becomes of an applied migration whose code is another now.",
        default="warn",
    ),
)
SETTINGS: Final[Mapping[str, Setting]] = {setting.key: setting for setting in _ALL}
# Tables of other commands in ``[tool.dynamigrate]``, which read them themselves.
OTHER_TABLES: Final = frozenset({"lint", "local", "testing"})
