"""What an operator asks of a run, from Python: as a command line would, without the function."""

from collections.abc import Sequence

import pytest

from dynamigrate import MemoryTarget, Migration, MigrationsError, StepPlanner
from dynamigrate.control import cancel, pause, resume, unlock
from dynamigrate.errors import NothingRuns
from dynamigrate.preview import preview
from dynamigrate.records import Run

MIGRATIONS = [Migration("1", "first", do=lambda ctx: None), Migration("2", "second", do=lambda ctx: None)]


@pytest.fixture
def target() -> MemoryTarget:
    target = MemoryTarget()
    target.create()
    return target


def test_asks_whoever_holds_the_lock(target: MemoryTarget) -> None:
    """It waits, goes on and stops, and each answer is the lock that was asked about."""
    with target.lock():
        assert pause(target).paused
        assert not resume(target).paused
        assert cancel(target, by="Ann").stop == "cancelled by Ann"


@pytest.mark.parametrize("ask", [pause, resume, lambda target: cancel(target, by="Ann")])
@pytest.mark.parametrize("created", [True, False])
def test_says_that_nothing_runs(ask: object, created: bool) -> None:
    """Where nobody holds the lock, and where there are no tables."""
    target = MemoryTarget()
    if created:
        target.create()
    else:
        target.destroy()
    with pytest.raises(NothingRuns, match="Nothing is running"):
        ask(target)  # type: ignore[operator]


def test_a_lock_that_is_freed_is_in_the_history(target: MemoryTarget) -> None:
    """With whose it was, and who freed it."""
    with target.lock():
        freed = unlock(target, force=True, run=Run(id="r", command="unlock", actor="Ann"))
        assert freed is not None
        [record] = target.runs()
    assert (record.run.actor, record.run.command) == ("Ann", "unlock")
    assert record.note.endswith("was freed by force.")
    assert unlock(target) is None
    assert len(target.runs()) == 1


def test_previews_a_plan_and_changes_nothing(target: MemoryTarget) -> None:
    """What is pending is told, whether the plan has it or not."""
    found = preview(MIGRATIONS, target, StepPlanner(1))
    assert _ids([action.migration for action in found.plan]) == ["1"]
    assert _ids(found.pending) == ["1", "2"]
    assert (target.records(), target.runs()) == ((), ())


def test_previews_where_there_are_no_tables_yet() -> None:
    """All of it is pending, and none are made."""
    target = MemoryTarget()
    target.destroy()
    assert len(preview(MIGRATIONS, target).plan) == len(MIGRATIONS)
    with pytest.raises(MigrationsError):
        target.records()


def _ids(migrations: Sequence[Migration]) -> list[str]:
    return [one.id for one in migrations]
