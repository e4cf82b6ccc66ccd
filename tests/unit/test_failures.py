"""Migrations that raise, and changes of state that the target refuses."""

# ruff: noqa: PLR0917 - fixtures are arguments

import re

import pytest

from dynamigrate import (
    Context,
    DoPlanner,
    MemoryTarget,
    Migration,
    MigrationAlreadyExists,
    MigrationFailed,
    MigrationsError,
    Outcome,
    StepPlanner,
    UndoPlanner,
)
from dynamigrate.next_step import Repair
from dynamigrate.plan import Direction
from dynamigrate.records import Failure
from tests.unit.fakes import FakeClock, RecordingMigrations, RunIt, applied, raising


class TestAFailure:
    """A migration that raises."""

    def test_stops_the_run_and_leaves_it_dirty(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """What came before stays applied, what comes after is not begun, and the record says why."""
        bad = notebook.migration("2", "add status", do=raising(KeyError("status")))
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source("1", bad, "3"))
        assert notebook.calls == ["do 1", "do 2"]
        first, second = target.records()
        assert (first.id, first.dirty) == ("1", False)
        assert (second.id, second.dirty, second.finished_at) == ("2", True, None)
        assert second.failure is not None
        assert (second.failure.type, second.failure.message) == ("KeyError", "'status'")
        assert re.fullmatch(r"fakes\.py:\d+", second.failure.where)
        assert caught.value.migration_id == "2"

    def test_says_what_was_done_before_it(self, run: RunIt, notebook: RecordingMigrations, clock: FakeClock) -> None:
        """The error carries the outcome, and is chained from what was raised."""
        cause = KeyError("status")

        def do(ctx: Context) -> None:
            clock.turn(2)
            raise cause

        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source("1", notebook.migration("2", do=do), "3"))
        assert caught.value.outcome == Outcome(
            applied=("1",), failed="2", pending=("2", "3"), run_id="run-1", seconds=2.0
        )
        assert caught.value.__cause__ is cause

    def test_says_what_happened_and_what_to_do_next(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """In one message: type, text, file and line, and the command to paste."""

        def do(ctx: Context) -> None:
            raise KeyError("status")

        line = do.__code__.co_firstlineno + 1
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source(Migration("2", "add status", do)))
        assert str(caught.value) == (
            f"2_add_status failed: KeyError: 'status' (test_failures.py:{line}). "
            "Correct the code, check what it left behind, and then "
            'invoke {"action": "repair", "migration": "2", "as": "pending", "confirm": true} to have it run again, '
            'or "as": "applied" to count it as done.'
        )

    def test_of_an_undo_says_what_either_repair_means(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """It stays dirty in that direction; "applied" and "pending" are what it is then."""
        applied(target, "1")
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source(notebook.migration("1", undo=raising(OSError("no")))), planner=UndoPlanner())
        assert str(caught.value).startswith("1_change_things could not be undone: OSError: no (fakes.py:")
        assert str(caught.value).endswith(
            'invoke {"action": "repair", "migration": "1", "as": "applied", "confirm": true} '
            'to count it as still applied, or "as": "pending" to count it as undone.'
        )
        assert caught.value.repair == Repair("1", "applied")
        (record,) = target.records()
        assert (record.dirty, record.action) == (True, Direction.UNDO)
        assert caught.value.outcome == Outcome(failed="1", run_id="run-1", pending=("1",))

    def test_after_a_checkpoint_needs_no_repair(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """The message does not send anybody to throw the checkpoint away."""

        def do(ctx: Context) -> None:
            ctx.checkpoint.save(7)
            raise ValueError("no")

        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source(notebook.migration("1", do=do)))
        assert caught.value.next_step == "Correct the code and run it again: it goes on from its checkpoint."
        assert caught.value.repair is None

    def test_of_an_error_of_ours_has_its_words_and_its_next_step(
        self, run: RunIt, notebook: RecordingMigrations
    ) -> None:
        """What it says to do comes first, and nobody is told to correct code that is right."""
        error = MigrationsError("The queue is full.", next_step="Empty it.")
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source(notebook.migration("1", do=raising(error))))
        assert re.fullmatch(r"1_change_things failed: The queue is full \(fakes\.py:\d+\)\.", caught.value.message)
        assert caught.value.next_step.startswith("Empty it. Check what it left behind, and then invoke {")
        assert caught.value.repair == Repair("1", "pending")

    def test_without_a_message_is_called_by_its_type(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """`assert` has none."""
        with pytest.raises(MigrationFailed, match=r"^1_change_things failed: AssertionError \(fakes\.py:\d+\)\."):
            run(notebook.source(notebook.migration("1", do=raising(AssertionError()))))

    def test_is_in_the_history(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """With what was done before, and the message."""
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source("1", notebook.migration("2", do=raising(ValueError("no")))))
        (record,) = target.runs()
        assert (record.result, record.applied, record.failed, record.note) == ("failed", ("1",), "2", str(caught.value))

    def test_that_ends_the_program_is_a_failure_too(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """`sys.exit()` in a migration must not end a function without a word."""
        with pytest.raises(MigrationFailed, match=r"^1_change_things failed: SystemExit: 3 ") as caught:
            run(notebook.source(notebook.migration("1", do=raising(SystemExit(3)))))
        assert isinstance(caught.value.__cause__, SystemExit)
        assert target.records()[0].failure is not None

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), GeneratorExit()], ids=repr)
    def test_by_interruption_comes_out_as_it_is(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, error: BaseException
    ) -> None:
        """Whoever interrupted wants out; the record and the history say where it stopped."""
        with pytest.raises(type(error)) as caught:
            run(notebook.source("1", notebook.migration("2", do=raising(error)), "3"))
        assert caught.value is error
        assert caught.value.__cause__ is None
        assert notebook.calls == ["do 1", "do 2"]
        second = target.records()[1]
        assert second.dirty
        assert second.failure is not None
        assert second.failure.type == type(error).__name__
        (record,) = target.runs()
        assert (record.result, record.applied, record.failed) == ("failed", ("1",), "2")
        with target.lock():
            pass

    def test_that_can_not_be_kept_is_raised_all_the_same(
        self,
        run: RunIt,
        target: MemoryTarget,
        notebook: RecordingMigrations,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """The migration's own error matters more."""
        monkeypatch.setattr(target, "fail", raising(OSError("no route")))
        with pytest.raises(MigrationFailed, match=r"^1_change_things failed: ValueError: no "):
            run(notebook.source(notebook.migration("1", do=raising(ValueError("no")))))
        (record,) = (one for one in caplog.records if getattr(one, "event", None) == "failure.not_recorded")
        assert vars(record)["migration"] == "1"

    def test_behind_a_decorator_is_found_in_the_migration(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """The line that matters to its author is the one in their file."""

        def do(ctx: Context) -> None:
            raise KeyError("status")

        line = do.__code__.co_firstlineno + 1
        with pytest.raises(MigrationFailed, match=rf"KeyError: 'status' \(test_failures\.py:{line}\)\."):
            run(notebook.source(notebook.migration("1", do=do)))

    def test_deep_in_its_own_file_is_found_there(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """The innermost line of that file, not the one from which it began."""

        def each(orders: dict[str, str]) -> str:
            return orders["status"]

        line = each.__code__.co_firstlineno + 1
        with pytest.raises(MigrationFailed, match=rf"KeyError: 'status' \(test_failures\.py:{line}\)\."):
            run(notebook.source(notebook.migration("1", do=lambda ctx: each({}))))


class TestAChangeThatIsRefused:
    """When the target does not do what it is asked to."""

    @pytest.mark.parametrize("undo", [False, True], ids=["do", "undo"])
    def test_at_the_beginning_is_no_failure_of_the_migration(
        self,
        run: RunIt,
        target: MemoryTarget,
        notebook: RecordingMigrations,
        monkeypatch: pytest.MonkeyPatch,
        undo: bool,
    ) -> None:
        """It was not called; the target's error comes out as it is, its own cause with it."""
        error = MigrationAlreadyExists("1 is there.", migration_id="1")
        error.__cause__ = OSError("the service said so")
        if undo:
            applied(target, "1")
        monkeypatch.setattr(target, "start_migration" if undo else "add", raising(error))
        with pytest.raises(MigrationAlreadyExists) as caught:
            run(notebook.source("1"), planner=UndoPlanner() if undo else DoPlanner())
        assert caught.value is error
        assert isinstance(caught.value.__cause__, OSError)
        assert notebook.calls == []
        (record,) = target.runs()
        assert (record.result, record.failed, record.note) == (
            "failed",
            None,
            "MigrationAlreadyExists: 1 is there.",
        )

    @pytest.mark.parametrize(
        ("undo", "method", "state"), [(False, "finish_migration", "applied"), (True, "remove", "pending")]
    )
    def test_at_the_end_says_that_the_work_is_done(
        self,
        run: RunIt,
        target: MemoryTarget,
        notebook: RecordingMigrations,
        monkeypatch: pytest.MonkeyPatch,
        undo: bool,
        method: str,
        state: str,
    ) -> None:
        """So the repair that it names is the one that counts it as done."""
        if undo:
            applied(target, "1")
        monkeypatch.setattr(target, method, raising(OSError("no route")))
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source("1", "2"), planner=UndoPlanner() if undo else StepPlanner(2))
        assert str(caught.value) == (
            "1_change_things did its work, but that could not be recorded (OSError: no route): it is dirty now. "
            f'Invoke {{"action": "repair", "migration": "1", "as": "{state}", "confirm": true}}.'
        )
        assert isinstance(caught.value.__cause__, OSError)
        assert caught.value.outcome.failed == "1"
        assert notebook.calls == ["undo 1" if undo else "do 1"]
        assert target.records()[0].dirty
        assert target.runs()[0].failed == "1"


def test_errors_are_told_apart_from_their_causes() -> None:
    """A failure in words: type, message, place, without what is empty."""
    assert str(Failure(type="KeyError", message="'x'", where="1_one.py:3")) == "KeyError: 'x', 1_one.py:3"
    assert str(Failure(type="KeyError", message="")) == "KeyError"
    assert issubclass(MigrationFailed, MigrationsError)
