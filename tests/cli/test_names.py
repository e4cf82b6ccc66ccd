"""What a run here takes from a deployed function: its state, its tables, and how it goes about surprises."""

import json
from pathlib import Path

import pytest

from dynamigrate_cli.aws import Aws
from dynamigrate_cli.places.cloudwatch import watching
from dynamigrate_cli.places.names import Names
from dynamigrate_cli.places.stacks import Function
from dynamigrate_cli.settings import Settings


def _function(**environment: str) -> Function:
    variables = {f"DYNAMIGRATE_{name}": value for name, value in environment.items()}
    return Function(name="f", stack="s", timeout=60.0, log_group="/log", environment=variables)


def test_all_but_the_folder_is_the_functions(tmp_path: Path) -> None:
    """Also where the settings say something else: a pull request is planned as it will be deployed."""
    settings = Settings.read({"migrations": "changes", "table": "Mine"}, environ={}, folder=tmp_path)
    names = Names.deployed(
        settings,
        _function(
            MIGRATIONS_TABLE="Shop-Migrations",
            LOCK_TABLE="Shop-Lock",
            LOCK_ID="shop",
            TABLES=json.dumps({"orders": "Shop-Orders"}),
            PARAMS=json.dumps({"batch": "7"}),
            PHASE="after",
            OUT_OF_ORDER="allow",
            RESTORE_POINT="required",
            ON_FAILURE="undo",
            PRICES=json.dumps({"write": 1.25}),
        ),
    )
    assert (names.folder, names.table, names.lock_table, names.lock_id) == (
        Path("changes"),
        "Shop-Migrations",
        "Shop-Lock",
        "shop",
    )
    assert (names.tables, names.params) == ({"orders": "Shop-Orders"}, {"batch": "7"})
    assert (names.policy.phase, names.policy.out_of_order, names.policy.missing) == ("after", "allow", "error")
    assert names.more == {
        "on_failure": "undo",
        "restore_point": "required",
        "awaits_application": True,
        "prices": {"write": 1.25},
    }


def test_what_a_function_of_another_version_says_is_passed_over(tmp_path: Path) -> None:
    """A word or a table that makes no sense here is as if it had not been said."""
    settings = Settings.read({}, environ={}, folder=tmp_path)
    names = Names.deployed(settings, _function(OUT_OF_ORDER="perhaps", TABLES="[", PARAMS="[]"))
    assert (names.table, names.policy.out_of_order) == ("_migrations", "error")
    assert (names.tables, names.params, names.more["prices"]) == ({}, {}, None)


def test_cloudwatch_costs_nothing_until_a_backfill_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client takes longer to make than most commands."""
    made: list[str] = []
    monkeypatch.setattr(Aws, "client", lambda _self, service, **_: made.append(service))
    watching(Aws(Settings.read({}, environ={}, folder=tmp_path)))
    assert made == []
