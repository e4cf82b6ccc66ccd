"""What ``import dynamigrate`` offers."""

import inspect

import pytest

import dynamigrate
from dynamigrate import (
    LockHeld,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    MigrationsError,
    Outcome,
    RunUnfinished,
    migrate,
)
from dynamigrate.clock import SystemClock, timestamp
from dynamigrate.errors import RunError
from dynamigrate.next_step import Command

# As the design has them.
PROMISED = [
    "Migration",
    "function_migration",
    "MemorySource",
    "FolderSource",
    "DynamoDBTarget",
    "MemoryTarget",
    "migrate",
    "Outcome",
    "MigratePlanner",
    "StepPlanner",
    "DoPlanner",
    "UndoPlanner",
    "RewindPlanner",
    "ResetPlanner",
    "ToPlanner",
    "Reporter",
    "MigrationsError",
    "LockHeld",
    "LockLost",
    "DirtyMigration",
    "StaleMigration",
    "MigrationNotFound",
    "MigrationAlreadyExists",
    "MigrationNotUndoable",
    "NoCurrentMigration",
    "NoMigrationsAvailable",
    "StepOutOfRange",
    "InvalidMigrationName",
    "MigrationFailed",
]


@pytest.mark.parametrize("name", sorted({*PROMISED, *dynamigrate.__all__}))
def test_each_public_name_is_there(name: str) -> None:
    """Whether it has been loaded before or not, and in `dir`."""
    assert name in dynamigrate.__all__
    assert name in dir(dynamigrate)
    assert inspect.getdoc(getattr(dynamigrate, name))


def test_no_other_name_is() -> None:
    """The error is Python's own."""
    with pytest.raises(AttributeError, match="module 'dynamigrate' has no attribute 'Migrator'"):
        getattr(dynamigrate, "Migrator")  # noqa: B009 - a type checker would stop it before


def test_every_error_is_a_migrations_error() -> None:
    """One `except` catches them all, and no two are the same."""
    errors = [
        value
        for name in dynamigrate.__all__
        if inspect.isclass(value := getattr(dynamigrate, name)) and issubclass(value, BaseException)
    ]
    assert len(errors) >= 13
    assert all(issubclass(error, MigrationsError) for error in errors)


def test_what_the_life_of_a_change_raises_is_public() -> None:
    """Who runs migrations from Python tells what can be met by waiting from what has to be mended."""
    for name in ("CheckFailed", "NotRestorable", "NotVerified", "RequirementNotMet"):
        assert name in dynamigrate.__all__
        assert issubclass(getattr(dynamigrate, name), RunError), "it has an outcome"
        assert f"{name}: " in (migrate.__doc__ or "")


def test_an_error_says_what_happened_and_what_to_do() -> None:
    """Together in its text, and apart for who shows them apart."""
    error = MigrationsError("It broke.", next_step="Mend it.", migration_id="1")
    assert (str(error), error.message, error.next_step, error.migration_id) == (
        "It broke. Mend it.",
        "It broke.",
        "Mend it.",
        "1",
    )
    assert (str(MigrationsError("It broke.")), MigrationsError("It broke.").migration_id) == ("It broke.", None)


def test_errors_carry_what_a_program_needs() -> None:
    """Who holds the lock, and what was done."""
    held = LockHeld("It is held.", holder="shop", since="2026-11-23T09:00:00Z", request_id="r-1")
    assert (held.holder, held.since, held.request_id) == ("shop", "2026-11-23T09:00:00Z", "r-1")
    outcome = Outcome(applied=("1",))
    assert MigrationFailed("It failed.", outcome=outcome).outcome is outcome
    assert RunUnfinished("It stopped.", outcome=outcome).outcome is outcome


def test_a_wrong_value_is_a_value_error_too() -> None:
    """As Python's own functions would say it."""
    for name in ("InvalidSetting", "InvalidMigrationName", "StepOutOfRange"):
        assert issubclass(getattr(dynamigrate, name), ValueError)


def test_commands_can_be_pasted() -> None:
    """They are JSON, with the action first."""
    assert (
        str(Command("repair", {"migration": "1", "confirm": True}))
        == '{"action": "repair", "migration": "1", "confirm": true}'
    )


def test_the_smallest_program_works() -> None:
    """Source, target, migrate."""
    users: list[str] = []
    source = MemorySource()
    source.add(
        Migration("20261123090000", "create users", do=lambda ctx: users.append("ada"), undo=lambda ctx: users.clear())
    )
    target = MemoryTarget()
    assert migrate(source, target).applied == ("20261123090000",)
    assert (users, target.current()) == (["ada"], "20261123090000")


def test_a_time_is_written_in_utc() -> None:
    """To the millisecond, so that texts sort as times do."""
    assert timestamp(1_795_424_400.0) == "2026-11-23T09:00:00.000Z"
    assert timestamp(1_795_424_400.1239) == "2026-11-23T09:00:00.123Z"


def test_the_machines_clocks_go_on() -> None:
    """The only clock that no test passes in."""
    clock = SystemClock()
    before = clock.monotonic(), clock.time()
    clock.sleep(0)
    assert clock.monotonic() >= before[0]
    assert clock.time() == pytest.approx(before[1], abs=60)


def test_migrate_keeps_the_keywords_that_scripts_use() -> None:
    """Those that the documentation shows, and what a run of one's own needs; what only the function gives goes another way."""
    scripts = {"planner", "reporter", "wait", "out_of_order", "missing", "changed", "on_failure", "dry_run"}
    scripts |= {"dynamodb", "tables", "params", "logger", "measure"}
    assert scripts <= set(inspect.signature(migrate).parameters)
