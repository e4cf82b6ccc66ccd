"""What the Go driver does wrong in its planners, runner, source and errors, and that this one does not.

Each test says what the other does; those about its tables and its lock are beside the tests of the DynamoDB target."""

from pathlib import Path
from typing import Any

import pytest

from dynamigrate import (
    Context,
    DirtyMigration,
    DoPlanner,
    FolderSource,
    InvalidMigrationName,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationAlreadyExists,
    MigrationFailed,
    MigrationNotFound,
    NoMigrationsAvailable,
    ResetPlanner,
    RewindPlanner,
    StepPlanner,
    UndoPlanner,
    function_migration,
)
from tests.unit.fakes import RecordingMigrations, RecordingReporter, RunIt, applied, raising, refuse


class TestPlanners:
    """What is planned."""

    def test_next_is_the_one_after_the_last(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """There it is off by one: with 1 applied, "do next" plans 1 again."""
        applied(target, "1")
        assert run(notebook.source("1", "2", "3"), planner=DoPlanner()).applied == ("2",)

    def test_next_on_an_empty_target_is_the_first(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """There it fails, since there is no current migration."""
        assert run(notebook.source("1", "2"), planner=DoPlanner()).applied == ("1",)

    @pytest.mark.parametrize("planner", [DoPlanner(), StepPlanner(1), UndoPlanner(), RewindPlanner(), ResetPlanner()])
    def test_a_dirty_target_is_no_empty_one(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, planner: Any
    ) -> None:
        """There that error is swallowed, and everything is planned."""
        applied(target, "1")
        target.add("2")
        with pytest.raises(DirtyMigration):
            run(notebook.source("1", "2", "3"), planner=planner)
        assert notebook.calls == []

    def test_a_target_that_can_not_be_read_is_no_empty_one(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """There a denied access is swallowed, and everything is planned."""
        monkeypatch.setattr(target, "records", raising(PermissionError("AccessDeniedException")))
        with pytest.raises(PermissionError, match="AccessDeniedException"):
            run(notebook.source("1"), planner=DoPlanner())
        assert notebook.calls == []

    @pytest.mark.parametrize(
        ("planner", "calls"),
        [(RewindPlanner(), ["undo 3", "undo 1"]), (ResetPlanner(), ["undo 3", "undo 1", "do 1", "do 2", "do 3"])],
        ids=["rewind", "reset"],
    )
    def test_undoing_goes_by_what_is_applied(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, planner: Any, calls: list[str]
    ) -> None:
        """There it goes by the source's list: with 1 and 3 applied it undoes 3, and then dies at 2."""
        applied(target, "1", "3")
        run(notebook.source("1", "2", "3"), planner=planner)
        assert notebook.calls == calls

    def test_going_back_does_not_need_to_know_all_that_is_applied(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """There an applied id that the source lacks is always fatal, even when older code is rolled back to."""
        applied(target, "1", "2", "3")
        assert run(notebook.source("2", "3"), planner=StepPlanner(-2)).undone == ("3", "2")
        assert run(notebook.source("2", "3"), missing="ignore").applied == ("2", "3")

    def test_ids_are_ordered_as_numbers(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """There they are sorted as text: 10 before 9."""
        assert run(notebook.source("9", "10", "100", "11")).applied == ("9", "10", "11", "100")


class TestSources:
    """What is loaded."""

    def test_nobody_can_change_a_sources_own_list(self, notebook: RecordingMigrations) -> None:
        """There it sorts and hands out its internal one."""
        source = notebook.source("2", "1")
        loaded = source.load()
        assert isinstance(loaded, tuple)
        source.add(notebook.migration("3"))
        assert [one.id for one in loaded] == ["1", "2"]
        assert [one.id for one in source.load()] == ["1", "2", "3"]

    def test_an_empty_source_is_reported(self, run: RunIt, tmp_path: Path) -> None:
        """There it passes for nothing to do."""
        for source in (MemorySource(), FolderSource(tmp_path)):
            with pytest.raises(NoMigrationsAvailable):
                run(source)

    def test_the_smallest_program_runs(self, run: RunIt) -> None:
        """There the documentation's own full example panics: its file, main.go, is no migration's name."""
        with pytest.raises(InvalidMigrationName, match="such as 20261123090000_create_users"):
            exec(
                compile("from dynamigrate import function_migration\nfunction_migration(print)", "main.py", "exec"),
            )
        source = MemorySource()
        source.add(Migration("1", "say hello", do=lambda ctx: None))
        assert run(source).applied == ("1",)
        assert callable(function_migration)


class TestTheRunner:
    """What is carried out."""

    @pytest.mark.parametrize("method", ["add", "finish_migration"])
    def test_a_failure_to_record_is_told_too(
        self,
        run: RunIt,
        target: MemoryTarget,
        notebook: RecordingMigrations,
        monkeypatch: pytest.MonkeyPatch,
        method: str,
    ) -> None:
        """There it skips the callbacks that come after."""
        tape = RecordingReporter()
        monkeypatch.setattr(target, method, raising(OSError("no route")))
        with pytest.raises((OSError, MigrationFailed)):
            run(notebook.source("1"), reporter=tape)
        assert tape.names[-2:] == ["BeforeAction do 1_change_things", "AfterAction do 1_change_things"]

    @pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), MemoryError(), RecursionError()], ids=repr)
    def test_nothing_ends_without_a_word(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, error: BaseException
    ) -> None:
        """There a panic leaves the callbacks out, and the item dirty with no word of why."""
        tape = RecordingReporter()
        with pytest.raises((MigrationFailed, KeyboardInterrupt)):
            run(notebook.source(notebook.migration("1", do=raising(error))), reporter=tape)
        assert tape.names[-1] == "AfterAction do 1_change_things"
        (record,) = target.records()
        assert record.failure is not None
        assert record.failure.type == type(error).__name__

    def test_a_success_is_recorded_though_time_is_up(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """There finishing uses the context that has just run out: a success becomes dirty."""
        left = [1.0]

        def do(ctx: Context) -> None:
            left[0] = -1.0

        outcome = run(notebook.source(notebook.migration("1", do=do)), remaining=lambda: left[0], reserve=1)
        assert outcome.applied == target.done() == ("1",)

    def test_a_reporter_is_used(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """There the option is there, and unused."""
        tape = RecordingReporter()
        run(notebook.source("1"), reporter=tape)
        assert len(tape.events) == 4

    def test_two_errors_about_one_id_are_two(self) -> None:
        """There different errors about the same id count as the same."""
        found, taken = (
            MigrationNotFound("1 is not there.", migration_id="1"),
            MigrationAlreadyExists("1 is there.", migration_id="1"),
        )
        assert len({found, taken}) == 2
        assert not isinstance(found, MigrationAlreadyExists)
        assert not isinstance(taken, MigrationNotFound)


class TestState:
    """What is read back."""

    def test_a_dirty_migration_is_named(self, target: MemoryTarget) -> None:
        """There the error does not say which one it is."""
        target.add("20261123090000")
        with pytest.raises(DirtyMigration, match=r"^20261123090000 began at") as caught:
            target.done()
        assert caught.value.migration_id == "20261123090000"

    def test_no_record_has_anything_of_its_neighbour(self, target: MemoryTarget) -> None:
        """There one struct is reused for all items, and what the next one lacks is still in it."""
        target.add("1")
        target.save_checkpoint("1", 7)
        target.add("2")
        assert [record.checkpoint for record in target.records()] == [7, None]


def test_what_must_not_be_called_is_not() -> None:
    """The tests' own alarm rings."""
    with pytest.raises(AssertionError, match="nobody should have called this"):
        refuse()
