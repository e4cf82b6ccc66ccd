"""Options of backfills that can't be, as far as the files say so: told at synth."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from dynamigrate import Backfill, InvalidSetting
from dynamigrate_cdk import InvalidProp, Migrations, SynthError
from tests.infra.conftest import MakeFolder
from tests.infra.four import PLAIN, Four

REQUIRED = f'restore_point = "required"\n{PLAIN}'


def migration(options: str) -> str:
    return f"from dynamigrate import Backfill\ndo = Backfill('orders', print, {options})\n"


def synthesized(folder: Path, **props: Any) -> None:
    Migrations(cdk.Stack(cdk.App(), "Shop"), "Migrations", migrations=folder, **props)


@pytest.mark.parametrize(
    ("option", "value"),
    [("max_cost", value) for value in (0, -5, "5", True, 1e999)]
    + [("verify", value) for value in ("all", "", True, False, 3)]
    + [("passes", value) for value in (0, -1, 101, None, True, 2.5, "3")],
)
def test_one_that_can_not_be_is_refused(make_folder: MakeFolder, option: str, value: Any) -> None:
    """With file and line, and in the words of the backfill itself."""
    written = "1e999" if value == 1e999 else repr(value)
    folder = make_folder({"1_fill.py": migration(f"{option}={written}")})
    with pytest.raises(InvalidSetting) as said:
        Backfill("orders", print, **{option: value})
    with pytest.raises(SynthError) as caught:
        synthesized(folder)
    assert str(caught.value) == f"{folder / '1_fill.py'}:2: {said.value}"


@pytest.mark.parametrize(
    "options",
    ["max_cost=None", "max_cost=0.5", "max_cost=MOST", "verify=None", "verify='full', passes=100", "passes=min(3, 4)"],
)
def test_one_that_may_be_is_not(make_folder: MakeFolder, options: str) -> None:
    """What only a run would tell is left to that."""
    synthesized(make_folder({"1_fill.py": migration(options)}))


@pytest.mark.parametrize(
    ("content", "props"),
    [(PLAIN, {"restore_point": "required"}), (REQUIRED, {}), (REQUIRED, {"restore_point": "none"})],
)
def test_a_restore_point_of_no_table_is_refused(make_folder: MakeFolder, content: str, props: dict[str, str]) -> None:
    """Else the first deploy with something to do would fail."""
    with pytest.raises(InvalidProp) as caught:
        synthesized(make_folder({"1_add.py": content}), **props)
    assert str(caught.value) == (
        'Shop/Migrations: restore_point is "required" for 1_add.py, and tables has no table that could be restored. '
        "Give the tables that migrations write to, tables={...}, or leave restore_point out."
    )


def test_a_restore_point_that_every_file_does_without_needs_no_table(make_folder: MakeFolder) -> None:
    """And one of a table is fine."""
    synthesized(make_folder({"1_add.py": f'restore_point = "none"\n{PLAIN}'}), restore_point="required")
    Four(make_folder({"1_add.py": REQUIRED}), restore_point="required")
