"""`migrate(..., dry_run=True)`: what would be done, without doing it."""

from collections.abc import Callable

import pytest

from dynamigrate import (
    Context,
    DirtyMigration,
    MemoryTarget,
    MigratePlanner,
    Migration,
    MigrationFailed,
    MigrationNotUndoable,
    MigrationsError,
    Outcome,
    ResetPlanner,
    RewindPlanner,
    RunUnfinished,
    StaleMigration,
    StateMissing,
    migrate,
)
from dynamigrate.next_step import NextStep, Repair
from dynamigrate.records import Run
from tests.unit.fakes import (
    FakeClock,
    RecordingMigrations,
    RecordingReporter,
    applied,
    held_elsewhere,
    migrate_in,
    raising,
)


@pytest.fixture
def target() -> MemoryTarget:
    return MemoryTarget(clock=FakeClock())


@pytest.fixture
def notebook() -> RecordingMigrations:
    return RecordingMigrations()


@pytest.fixture
def rehearse(target: MemoryTarget) -> Callable[..., Outcome]:
    """`migrate` as a dry run into the target at hand."""
    return lambda source, **settings: migrate_in(
        source, target, dry_run=True, **{"clock": FakeClock(), "run": Run(id="run-1"), **settings}
    )


Rehearse = Callable[..., Outcome]


def rehearsable(notebook: RecordingMigrations, migration_id: str, seen: list[object]) -> Migration:
    """One that says that it can be called in a dry run, and notes what it is told then."""

    def do(ctx: Context) -> None:
        seen.append(ctx.dry_run)
        ctx.checkpoint.save(7)
        ctx.progress(1, 1)

    migration = notebook.migration(migration_id, do=do)
    migration.do.supports_dry_run = True  # type: ignore[attr-defined]
    return migration


def failing(
    notebook: RecordingMigrations, migration_id: str, do: Callable[[Context], object] | None = None
) -> Migration:
    """One that a dry run calls, and that fails."""
    migration = notebook.migration(migration_id, do=do or raising(ValueError("no")))
    migration.do.supports_dry_run = True  # type: ignore[attr-defined]
    return migration


def test_says_what_would_be_done(rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations) -> None:
    """In the order in which it would be; what would be pending then is not any more."""
    applied(target, "1", "2")
    outcome = rehearse(notebook.source("1", "2", "3"), planner=ResetPlanner())
    assert (outcome.undone, outcome.applied, outcome.pending) == (("2", "1"), ("1", "2", "3"), ())
    assert outcome.run_id == "run-1"


def test_changes_nothing(rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations) -> None:
    """No call, no record, no run."""
    applied(target, "1")
    before = target.records()
    rehearse(notebook.source("1", "2"), planner=ResetPlanner())
    assert (notebook.calls, target.records(), target.runs()) == ([], before, ())


def test_needs_no_lock(rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations) -> None:
    """It can be asked for while a run is under way, and does not take the lock from it."""
    with held_elsewhere(target):
        assert rehearse(notebook.source("1")).applied == ("1",)


def test_creates_nothing(rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations) -> None:
    """Before a first deploy all is pending, and it stays so."""
    target.destroy()
    assert rehearse(notebook.source("1", "2")).applied == ("1", "2")
    with pytest.raises(StateMissing):
        target.records()


def test_calls_what_says_that_it_can_be_called(
    rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations
) -> None:
    """With `ctx.dry_run` set; what it saves on its way is not kept."""
    seen: list[object] = []
    rehearse(notebook.source("1", rehearsable(notebook, "2", seen), "3"))
    assert (notebook.calls, seen, target.records()) == (["do 2"], [True], ())


def test_calls_it_in_a_real_run_as_any_other(target: MemoryTarget, notebook: RecordingMigrations) -> None:
    """There `ctx.dry_run` is not set."""
    seen: list[object] = []
    migrate(notebook.source(rehearsable(notebook, "1", seen)), target)
    assert seen == [False]


def test_gives_it_the_real_client(
    rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look at what it would change."""
    monkeypatch.setattr(target, "client", "the target's", raising=False)
    clients: list[object] = []
    migration = notebook.migration("1", do=lambda ctx: clients.append(ctx.dynamodb))
    migration.do.supports_dry_run = True  # type: ignore[attr-defined]
    rehearse(notebook.source(migration))
    assert clients == ["the target's"]


def test_tells_its_reporter_the_same(rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations) -> None:
    """Plan and actions, as the run would."""
    rehearsed, real = RecordingReporter(), RecordingReporter()
    rehearse(notebook.source("1", "2"), reporter=rehearsed)
    migrate(notebook.source("1", "2"), target, reporter=real)
    assert rehearsed.names == real.names


@pytest.mark.parametrize("error", [DirtyMigration, StaleMigration, MigrationNotUndoable])
def test_refuses_what_the_run_would_refuse(
    rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations, error: type[Exception]
) -> None:
    """With the same message."""
    applied(target, "2")
    if error is DirtyMigration:
        target.add("3")
    source = notebook.source("1", notebook.migration("2", undo=None), "3")
    planner = RewindPlanner() if error is MigrationNotUndoable else MigratePlanner()
    messages = set()
    for dry_run in (True, False):
        with pytest.raises(error) as caught:
            migrate(source, target, dry_run=dry_run, planner=planner)
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_can_fail(rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations) -> None:
    """That is what one rehearses for; nothing is dirty afterwards."""
    migration = notebook.migration("1", do=raising(ValueError("no")))
    migration.do.supports_dry_run = True  # type: ignore[attr-defined]
    with pytest.raises(MigrationFailed, match=r"^1_change_things failed: ValueError: no"):
        rehearse(notebook.source(migration))
    assert (target.records(), target.runs()) == ((), ())


class TestAFailure:
    """What it advises is true after a dry run: nothing was marked, and nothing is kept."""

    def test_asks_for_no_repair(self, rehearse: Rehearse, notebook: RecordingMigrations) -> None:
        """There is none to be made."""
        with pytest.raises(MigrationFailed) as caught:
            rehearse(notebook.source(failing(notebook, "1")))
        assert caught.value.next_step == "Correct the code. It was a dry run: nothing was recorded."
        assert caught.value.repair is None

    def test_has_no_checkpoint_to_go_on_from(self, rehearse: Rehearse, notebook: RecordingMigrations) -> None:
        """What it saved is gone with it."""

        def do(ctx: Context) -> None:
            ctx.checkpoint.save(7)
            raise ValueError("no")

        with pytest.raises(MigrationFailed) as caught:
            rehearse(notebook.source(failing(notebook, "1", do)))
        assert caught.value.next_step == "Correct the code. It was a dry run: nothing was recorded."

    def test_keeps_what_an_error_of_ours_advises(self, rehearse: Rehearse, notebook: RecordingMigrations) -> None:
        """How it is corrected is the same."""

        def do(ctx: Context) -> None:
            raise MigrationsError("There is no such table.", next_step="Name another.")

        with pytest.raises(MigrationFailed) as caught:
            rehearse(notebook.source(failing(notebook, "1", do)))
        assert caught.value.next_step == "Name another. It was a dry run: nothing was recorded."

    @pytest.mark.parametrize("resumed", [False, True])
    def test_offers_a_repair_only_of_what_is_dirty_without_it(
        self, rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations, resumed: bool
    ) -> None:
        """A backfill that was begun otherwise can be begun anew; in a dry run that began it there is nothing to repair."""
        if resumed:
            target.add("1")
            target.save_checkpoint("1", 7)

        def do(ctx: Context) -> None:
            repair = Repair.anew("1")
            raise MigrationsError("Begun otherwise.", next_step=NextStep("Invoke ", repair, "."), repair=repair)

        with pytest.raises(MigrationFailed) as caught:
            rehearse(notebook.source(failing(notebook, "1", do)))
        assert ("repair" in caught.value.next_step, caught.value.repair is not None) == (resumed, resumed)
        assert caught.value.next_step.endswith("It was a dry run: nothing was recorded.")

    def test_undoes_nothing(self, rehearse: Rehearse, notebook: RecordingMigrations) -> None:
        """Nothing was done, so it does not say that something was undone for it."""
        source = notebook.source("1", failing(notebook, "2"))
        with pytest.raises(MigrationFailed) as caught:
            rehearse(source, on_failure="undo")
        assert (caught.value.outcome.applied, caught.value.outcome.undone) == (("1",), ())
        assert "ndone" not in str(caught.value)
        assert notebook.calls == ["do 2"]

    def test_for_want_of_time_leaves_nothing_to_go_on_from(
        self, rehearse: Rehearse, notebook: RecordingMigrations
    ) -> None:
        """It begins anew the next time."""
        with pytest.raises(RunUnfinished) as caught:
            rehearse(notebook.source("1"), remaining=lambda: 1.0, reserve=5.0)
        assert caught.value.next_step == "Run it again, with more time. It was a dry run: nothing was recorded."


def test_has_no_lock_to_fence_a_transaction_with(rehearse: Rehearse, notebook: RecordingMigrations) -> None:
    """Whatever the target is: the error speaks of the dry run, not of a MemoryTarget."""
    with pytest.raises(MigrationFailed) as caught:
        rehearse(notebook.source(failing(notebook, "1", lambda ctx: ctx.lock_condition() and None)))
    assert "1_change_things asked for ctx.lock_condition(), and a dry run holds no lock" in str(caught.value)
    assert "only where ctx.dry_run is not set" in caught.value.next_step
    assert "MemoryTarget" not in str(caught.value)


def test_logs_what_would_be_done(
    rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations, caplog: pytest.LogCaptureFixture
) -> None:
    """Not that it was."""
    applied(target, "1")
    with caplog.at_level("INFO"):
        rehearse(notebook.source("1"), planner=ResetPlanner())
    lines = {vars(record).get("event"): record.getMessage() for record in caplog.records}
    assert lines["migration.undone"] == "1_change_things would be undone."
    assert lines["migration.applied"] == "1_change_things would be applied."


def test_goes_on_from_a_checkpoint_as_the_run_would(
    rehearse: Rehearse, target: MemoryTarget, notebook: RecordingMigrations
) -> None:
    """And leaves it where it is."""
    target.add("1")
    target.save_checkpoint("1", {"page": 2})
    assert rehearse(notebook.source("1", "2")).applied == ("1", "2")
    assert target.records()[0].checkpoint == {"page": 2}
