"""What a user's test of a migration may say."""

from collections.abc import Callable

import pytest
from dynamigrate_pytest import MigrationEngine, MigrationTest, Settings

from dynamigrate import MemoryTarget, Outcome, Source, Target


@pytest.fixture
def before(migration_test: MigrationTest) -> str:
    return migration_test.make_table("orders", key=("orderId", "n"), items=[{"orderId": "1001", "n": 1}])


@pytest.fixture
def migration_state() -> Callable[[], Target]:
    return MemoryTarget


def test_a_migration(migration_test: MigrationTest) -> None:
    migration_test.params["country"] = "DE"
    migration_test.do("20261123090000")
    names: list[str] = [str(one["orderId"]) for one in migration_test.items("orders")]
    assert names
    migration_test.assert_survives_crashes("20261123090000", "undo")
    migration_test.assert_survives_crashes("20261123090000", "sideways")  # wrong
    migration_test.assert_repeatable(20261123090000)  # wrong
    migration_test.make_table("orders")  # wrong
    migration_test.assert_idempotent("20261123090000")  # wrong


def test_an_engine(
    migration_engine: MigrationEngine,
    migrated_to: Callable[[str], Outcome],
    migration_source: Source,
    migration_settings: Settings,
) -> None:
    applied: tuple[str, ...] = migrated_to("1").applied
    assert applied == migration_engine.done
    assert migration_source.load() or migration_settings.folder.name
    migration_engine.undo("1")  # wrong
