"""Tests of a user's. Each line that a type checker has to refuse ends in `wrong`."""

from collections.abc import Callable
from typing import Any, assert_type

import dynamigrate_pytest
import pytest
from dynamigrate_pytest import MigrationEngine, MigrationTest

from dynamigrate import DynamoDBTarget, Outcome, Target

dynamigrate_pytest.Migration  # wrong


@pytest.fixture(autouse=True)
def before(migration_test: MigrationTest) -> None:
    orders = migration_test.make_table(
        "orders", key="id", items=[{"id": "1", "paid": True}, {"id": "2", "tags": {"a"}}]
    )
    assert_type(orders, str)
    migration_test.make_table("lines", key=("id", "line"), items=[{"id": "1", "line": 1}])
    migration_test.make_table("owners")  # wrong
    migration_test.make_table("owners", key=1)  # wrong
    migration_test.make_table("owners", key="id", items={"id": "1"})  # wrong
    migration_test.params["stage"] = "dev"


@pytest.fixture
def migration_state(migration_dynamodb: Any) -> Callable[[], Target]:
    return lambda: DynamoDBTarget(migration_dynamodb, table_name="state", lock_table_name="state-lock")


def test_it_does_what_it_is_for(migration_test: MigrationTest) -> None:
    migration_test.do("20261123090000")
    migration_test.do(20261123090000)  # wrong
    assert_type(migration_test.items("orders"), list[dict[str, Any]])
    migration_test.put("orders", {"id": "3"}, {"id": "4"})
    migration_test.put("orders", "3")  # wrong
    migration_test.undo("20261123090000")
    migration_test.redo("20261123090000")  # wrong


def test_what_holds_of_any(migration_test: MigrationTest) -> None:
    migration_test.assert_repeatable("20261123090000")
    migration_test.assert_undone("20261123090000")
    migration_test.assert_survives_crashes("20261123090000")
    migration_test.assert_survives_crashes("20261123090000", "undo")
    migration_test.assert_survives_crashes("20261123090000", "back")  # wrong
    migration_test.assert_loses_no_write("20261123090000")
    migration_test.assert_guarded()  # wrong


def test_the_folder(migration_engine: MigrationEngine, migrated_to: Callable[[str], Outcome]) -> None:
    assert_type(migration_engine.migrate(out_of_order="allow"), Outcome)
    assert_type(migration_engine.to("20261123090000"), Outcome)
    assert_type(migration_engine.done, tuple[str, ...])
    assert_type(migrated_to("20261123090000").applied, tuple[str, ...])
