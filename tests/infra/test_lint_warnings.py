"""What the construct warns of in the migrations themselves."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

import dynamigrate_cdk.lint_warnings
from dynamigrate_cdk import Migrations, MigrationState
from dynamigrate_lint import RULES
from tests.infra.synthesized import table
from tests.infra.test_synth_annotations import warnings

ROOT = Path(__file__).resolve().parents[2]
SWALLOWS = """\
def do(ctx):
    try:
        ctx.dynamodb.delete_item(TableName=ctx.tables["orders"], Key={})
    except Exception:
        pass
"""
NAME = "20261124090000_swallow.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Empty, of each test's own."""
    made = tmp_path / "migrations"
    made.mkdir()
    return made


def told(folder: Path, **props: Any) -> list[str]:
    """The warnings of an app with these migrations, which has a state and a table."""
    app = cdk.App()
    data, stack = cdk.Stack(app, "Data"), cdk.Stack(app, "Shop")
    tables = {"orders": table(data, "Orders")}
    state = MigrationState(data, "State")
    made = Migrations(stack, "Migrations", migrations=folder, tables=tables, state=state, **props)
    cdk.Annotations.of(made).acknowledge_warning("dynamigrate:DYN109", "It is acknowledged in CDK's own way.")
    return warnings(app)


def test_a_mistake_that_damages_data_is_a_warning(folder: Path) -> None:
    """With its place, which is that in the folder, what to do, and the id that acknowledges it."""
    (folder / NAME).write_text(SWALLOWS)
    [warning] = told(folder)
    assert warning.startswith(f"{folder.name}/{NAME}:4: except Exception catches all that goes wrong, ")
    assert (
        "or end the except with a raise. (DYN106 swallowed-stop, docs/reference/lint.md#dyn106; where it is meant: "
        in warning
    )
    assert "# dynamigrate: ignore[DYN106] because ...)" in warning
    assert "[ack: dynamigrate:DYN106]" in warning
    assert str(folder) not in warning


def test_a_rule_is_one_warning_however_often_it_is_broken(folder: Path) -> None:
    """Five further places are named."""
    for number in range(8):
        (folder / f"2026112410000{number}_swallow.py").write_text(SWALLOWS)
    [warning] = told(folder)
    assert f" The same in {folder.name}/20261124100001_swallow.py:4, " in warning
    assert f"{folder.name}/20261124100005_swallow.py:4, and 2 more. (DYN106" in warning


def test_a_table_that_the_construct_was_not_given_is_a_warning(folder: Path) -> None:
    """It names those that were."""
    (folder / NAME).write_text('def do(ctx):\n    print(ctx.tables["oders"])\n')
    [warning] = told(folder)
    assert "do asks for ctx.tables['oders'], which is not given; there is orders." in warning


def test_what_is_a_matter_of_taste_is_none(folder: Path) -> None:
    """A put without a condition, a scan, a client at import: those are for the keyboard."""
    (folder / NAME).write_text(
        "import boto3\n\nclient = boto3.client('s3')\n\n\ndef do(ctx):\n    table = ctx.params['t']\n"
        "    for page in ctx.dynamodb.get_paginator('scan').paginate(TableName=table):\n"
        "        ctx.dynamodb.put_item(TableName=table, Item=page['Items'][0])\n"
    )
    assert told(folder) == []
    assert {rule.code for rule in RULES if rule.at_synth} == {
        *("DYN106", "DYN108", "DYN109", "DYN110", "DYN201", "DYN202", "DYN203", "DYN204")
    }


@pytest.mark.parametrize("way", ["comment", "settings", "prop", "acknowledged"])
def test_a_warning_can_be_silenced(way: str, folder: Path) -> None:
    """By a comment with a reason, by the settings of the keyboard, for the whole construct, and as CDK has it."""
    source = SWALLOWS
    match way:
        case "comment":
            source = source.replace("Exception:", "Exception:  # dynamigrate: ignore[DYN106] because it is tried again")
        case "settings":
            (folder / "pyproject.toml").write_text('[tool.dynamigrate.lint]\nignore = ["DYN106"]\n')
        case "acknowledged":
            source = "def do(ctx):\n    print(ctx.dynamodb.scan())\n"
    (folder / NAME).write_text(source)
    assert told(folder, **({"lint": False} if way == "prop" else {})) == []


def test_what_keeps_it_from_being_linted_never_breaks_a_synth(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong settings, or a mistake of the linter's own: a warning that says so."""
    (folder / NAME).write_text(SWALLOWS)
    (folder / "pyproject.toml").write_text("[tool.dynamigrate.lint]\nignore = 7\n")
    [warning] = told(folder)
    assert warning.startswith("the migrations were not linted. ignore of [tool.dynamigrate.lint] in ")
    assert 'is 7. Make it a list of codes: ["DYN101", "DYN2"].' in warning
    (folder / "pyproject.toml").unlink()

    def broken(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(dynamigrate_cdk.lint_warnings, "lint", broken)
    [warning] = told(folder)
    assert warning.startswith("the migrations were not linted, by a mistake of the linter's own: ZeroDivisionError(")


def test_the_example_has_no_warnings() -> None:
    """Nor findings at the keyboard, where it is linted in full."""
    assert told(ROOT / "lambda_src/migrations") == []
