"""What a run does with what an earlier one left at a checkpoint."""

# ruff: noqa: PLR0917 - fixtures are arguments

from typing import Any

import pytest

from dynamigrate import (
    DirtyMigration,
    DoPlanner,
    MemoryTarget,
    MigrationNotUndoable,
    ResetPlanner,
    RewindPlanner,
    RunUnfinished,
    StepOutOfRange,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
)
from tests.unit.fakes import RecordingMigrations, RunIt, applied, stopping


class TestWhatAnotherPlanDoesWithIt:
    """What is unfinished comes first, and counts as part of what was asked for."""

    @pytest.fixture
    def source(self, target: MemoryTarget, notebook: RecordingMigrations, run: RunIt) -> Any:
        """Three migrations, the first applied."""
        work = stopping(target)
        source = notebook.source(
            "1", notebook.migration("2", do=work, undo=work), notebook.migration("3", do=work, undo=work)
        )
        applied(target, "1")
        return source

    @pytest.fixture
    def doing_2(self, source: Any, notebook: RecordingMigrations, run: RunIt) -> Any:
        """The second has stopped at its first checkpoint."""
        with pytest.raises(RunUnfinished):
            run(source)
        notebook.calls.clear()
        return source

    @pytest.fixture
    def undoing_2(self, source: Any, target: MemoryTarget, notebook: RecordingMigrations, run: RunIt) -> Any:
        """The second was applied, and its undo has stopped at its first checkpoint."""
        applied(target, "2")
        with pytest.raises(RunUnfinished):
            run(source, planner=UndoPlanner())
        notebook.calls.clear()
        return source

    def test_one_step_forward_finishes_it(
        self, run: RunIt, target: MemoryTarget, doing_2: Any, notebook: RecordingMigrations
    ) -> None:
        """And does no other."""
        assert run(doing_2, planner=DoPlanner()).applied == ("2",)
        assert (notebook.calls, target.done()) == (["do 2"], ("1", "2"))

    def test_two_steps_forward_finish_it_and_do_one_more(
        self, run: RunIt, target: MemoryTarget, doing_2: Any, notebook: RecordingMigrations
    ) -> None:
        """Though by now only one has not begun."""
        with pytest.raises(RunUnfinished):
            run(doing_2, planner=StepPlanner(2))
        assert notebook.calls == ["do 2", "do 3"]

    def test_three_steps_forward_are_too_many(self, run: RunIt, doing_2: Any, notebook: RecordingMigrations) -> None:
        """There are two."""
        with pytest.raises(StepOutOfRange):
            run(doing_2, planner=StepPlanner(3))
        assert notebook.calls == []

    def test_the_undo_asked_for_again_finishes_it(
        self, run: RunIt, target: MemoryTarget, undoing_2: Any, notebook: RecordingMigrations
    ) -> None:
        """And undoes no other: whoever is told to run it again does not lose the one before."""
        assert run(undoing_2, planner=UndoPlanner()).undone == ("2",)
        assert (notebook.calls, target.done()) == (["undo 2"], ("1",))

    def test_the_undo_of_the_only_one_is_not_out_of_range(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """It is there until it is gone."""
        work = stopping(target)
        source = notebook.source(notebook.migration("1", do=work, undo=work))
        applied(target, "1")
        with pytest.raises(RunUnfinished):
            run(source, planner=UndoPlanner())
        assert run(source, planner=UndoPlanner()).undone == ("1",)
        assert target.records() == ()

    def test_an_undo_finishes_the_do_first(
        self, run: RunIt, target: MemoryTarget, doing_2: Any, notebook: RecordingMigrations
    ) -> None:
        """What is half done can be undone only as a whole."""
        with pytest.raises(RunUnfinished):
            run(doing_2, planner=UndoPlanner())
        assert notebook.calls == ["do 2", "undo 2"]

    def test_an_undo_of_the_only_one_finishes_its_do_first(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Though nothing was applied when it began."""
        source = notebook.source(notebook.migration("1", do=stopping(target)))
        with pytest.raises(RunUnfinished):
            run(source)
        outcome = run(source, planner=UndoPlanner())
        assert (outcome.applied, outcome.undone, target.records()) == (("1",), ("1",), ())

    def test_a_migrate_finishes_the_undo_and_then_does_it(
        self, run: RunIt, target: MemoryTarget, undoing_2: Any, notebook: RecordingMigrations
    ) -> None:
        """It is pending then, as all that it does."""
        with pytest.raises(RunUnfinished):
            run(undoing_2)
        assert notebook.calls == ["undo 2", "do 2"]

    @pytest.mark.parametrize(
        ("planner", "calls"),
        [
            (RewindPlanner(), ["undo 2", "undo 1"]),
            (StepPlanner(-2), ["undo 2", "undo 1"]),
            (ToPlanner("1"), ["undo 2"]),
            (ToPlanner("2"), ["undo 2", "do 2"]),
            (ResetPlanner(), ["undo 2", "undo 1", "do 1", "do 2"]),
        ],
        ids=lambda value: type(value).__name__ if hasattr(value, "plan") else "",
    )
    def test_an_undo_is_gone_on_with_by_any_planner(
        self,
        run: RunIt,
        target: MemoryTarget,
        undoing_2: Any,
        notebook: RecordingMigrations,
        planner: Any,
        calls: list[str],
    ) -> None:
        """In its direction."""
        try:
            run(undoing_2, planner=planner)
        except RunUnfinished:
            assert calls[-1] == "do 2"
        assert notebook.calls == calls

    def test_a_reset_finishes_the_do_and_undoes_it(
        self, run: RunIt, target: MemoryTarget, doing_2: Any, notebook: RecordingMigrations
    ) -> None:
        """It is not forgotten in the middle of the plan."""
        with pytest.raises(RunUnfinished):
            run(doing_2, planner=ResetPlanner())
        assert notebook.calls == ["do 2", "undo 2"]

    def test_nothing_is_gone_on_with_beside_one_that_is_stuck(
        self, run: RunIt, target: MemoryTarget, doing_2: Any, notebook: RecordingMigrations
    ) -> None:
        """A dirty one without a checkpoint has to be settled first, and is the one that is named."""
        target.add("3")
        with pytest.raises(DirtyMigration, match=r"^3_change_things began .* and did not finish\. So did 2\."):
            run(doing_2)
        assert notebook.calls == []

    def test_one_whose_code_is_gone_is_stuck(self, run: RunIt, doing_2: Any, notebook: RecordingMigrations) -> None:
        """A checkpoint is of no use without it."""
        with pytest.raises(DirtyMigration, match=r"^2_change_things began"):
            run(notebook.source("1", "3"))

    def test_an_undo_that_is_gone_from_the_code_can_not_be_gone_on_with(
        self, run: RunIt, target: MemoryTarget, undoing_2: Any, notebook: RecordingMigrations
    ) -> None:
        """It says so before anything runs."""
        with pytest.raises(MigrationNotUndoable, match=r"^2_change_things can't be undone: it has no undo\."):
            run(notebook.source("1", notebook.migration("2", undo=None), "3"))
        assert notebook.calls == []
