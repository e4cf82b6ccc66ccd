"""`repair`: a dirty migration, settled by a person."""

from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import (
    Direction,
    InvalidMigrationName,
    InvalidSetting,
    LockHeld,
    MemoryTarget,
    MigrationNotFound,
    migrate,
    repair,
)
from dynamigrate.records import Details, Failure, Record, Run
from dynamigrate.repairs import NotDirty
from dynamigrate.runtime import Runtime
from tests.unit.fakes import FakeClock, RecordingMigrations, applied, held_elsewhere, raising


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def target(clock: FakeClock) -> MemoryTarget:
    """With 1 applied, and 02 dirty because of an error."""
    target = MemoryTarget(clock=clock)
    applied(target, "1")
    target.add("02", Details(description="add status", run_id="run-1"))
    target.fail("02", Failure(type="KeyError", message="'status'", where="02_add_status.py:14"))
    return target


@pytest.fixture
def settle(target: MemoryTarget, clock: FakeClock) -> Callable[..., Record]:
    """`repair` in the target at hand."""
    return lambda *args, **settings: repair(
        target, *args, **{"clock": clock, "run": Run(id="run-2", actor="console", command="repair"), **settings}
    )


Settle = Callable[..., Record]


def test_as_applied_counts_it_as_done(settle: Settle, target: MemoryTarget) -> None:
    """It won't run again; what it was is returned."""
    record = settle("02", "applied")
    assert (record.id, record.dirty, record.failure is not None) == ("02", True, True)
    assert target.done() == ("1", "02")
    assert target.records()[1].failure is None


def test_as_pending_has_it_run_again(settle: Settle, target: MemoryTarget, clock: FakeClock) -> None:
    """With the next run."""
    settle("02", "pending")
    assert target.done() == ("1",)
    notebook = RecordingMigrations()
    assert migrate(notebook.source("1", "2"), target, runtime=Runtime(clock=clock)).applied == ("2",)


@pytest.mark.parametrize("repair_as", ["applied", "pending"])
def test_settles_an_undo_by_what_is_so_now(settle: Settle, target: MemoryTarget, repair_as: Any) -> None:
    """Applied: it still stands, and can be undone again. Pending: it is gone."""
    settle("02", "applied")
    target.start_migration("02")
    assert settle("2", repair_as).action is Direction.UNDO
    assert target.done() == (("1", "02") if repair_as == "applied" else ("1",))
    if repair_as == "applied":
        assert target.records()[1].action is Direction.DO


def test_knows_it_however_it_is_written(settle: Settle, target: MemoryTarget) -> None:
    """By value."""
    settle("0002", "applied")
    assert target.done() == ("1", "02")


def test_is_in_the_history(settle: Settle, target: MemoryTarget) -> None:
    """Who did it, to which, as what, and what it had been."""
    settle("2", "pending")
    (record,) = target.runs()
    assert (record.run.id, record.run.actor, record.run.command) == ("run-2", "console", "repair")
    assert (record.result, record.started_at, record.applied, record.undone) == (
        "succeeded",
        "2026-11-23T09:00:00.000Z",
        (),
        (),
    )
    assert record.note == ("02_add_status repaired as pending; it was: KeyError: 'status', 02_add_status.py:14.")


def test_of_one_that_was_killed_says_so(settle: Settle, target: MemoryTarget) -> None:
    """Nobody knows why."""
    target.add("3")
    settle("3", "pending")
    assert target.runs()[0].note == "3 repaired as pending; it was: begun and never finished."


def test_has_a_run_id_though_none_was_given(target: MemoryTarget) -> None:
    """And its command's name."""
    repair(target, "2", "pending")
    (record,) = target.runs()
    assert record.run.id
    assert record.run.command == "repair"


def test_of_an_unknown_one_changes_nothing(settle: Settle, target: MemoryTarget) -> None:
    """It may be a slip of the pen."""
    before = target.records()
    with pytest.raises(MigrationNotFound) as caught:
        settle("3", "pending")
    assert str(caught.value) == '3 is not in the history. Invoke {"action": "status"} to see the ids.'
    assert caught.value.migration_id == "3"
    assert (target.records(), target.runs()) == (before, ())


def test_of_one_that_is_not_dirty_changes_nothing(settle: Settle, target: MemoryTarget) -> None:
    """Above all it does not remove what is applied."""
    before = target.records()
    with pytest.raises(NotDirty, match=r"^1 is applied and not dirty, so there is nothing to repair\.") as caught:
        settle("01", "pending")
    assert caught.value.migration_id == "1"
    assert (target.records(), target.runs()) == (before, ())


@pytest.mark.parametrize("bad", ["done", "", None])
def test_as_anything_else_is_refused(settle: Settle, target: MemoryTarget, bad: Any) -> None:
    """Before the lock is asked for."""
    with held_elsewhere(target), pytest.raises(InvalidSetting) as caught:
        settle("2", bad)
    assert str(caught.value) == f'A migration can\'t be repaired as {bad!r}. Say "applied" or "pending".'


def test_of_what_is_no_id_is_refused(settle: Settle) -> None:
    """As everywhere."""
    with pytest.raises(InvalidMigrationName, match=r"^'two' is not a migration id"):
        settle("two", "pending")


def test_needs_the_lock(settle: Settle, target: MemoryTarget) -> None:
    """Nobody repairs under the hands of a run."""
    before = target.records()
    with held_elsewhere(target), pytest.raises(LockHeld, match="is held by"):
        settle("2", "pending")
    assert (target.records(), target.runs()) == (before, ())


def test_can_wait_for_the_lock(settle: Settle, target: MemoryTarget, clock: FakeClock) -> None:
    """As long as was said."""
    with held_elsewhere(target) as holder:
        clock.before_sleep = holder.let_go
        settle("2", "applied", wait=5)
    assert target.done() == ("1", "02")


def test_does_without_a_history_that_can_not_be_written(
    settle: Settle, target: MemoryTarget, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is done, and that it could not be noted is logged."""
    monkeypatch.setattr(target, "record_run", raising(OSError("no route")))
    settle("2", "applied")
    assert target.done() == ("1", "02")
    assert [vars(record)["event"] for record in caplog.records] == ["history.not_recorded", "migration.repaired"]
