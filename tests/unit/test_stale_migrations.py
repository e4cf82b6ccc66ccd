"""What a plan does with a pending migration that is older than an applied one."""

from typing import Any

import pytest

from dynamigrate import (
    DoPlanner,
    MemoryTarget,
    ResetPlanner,
    RewindPlanner,
    StaleMigration,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
)
from tests.unit.fakes import RecordingMigrations, RunIt, applied


class TestAStaleMigration:
    """Pending, and older than the newest that is applied."""

    @pytest.mark.parametrize("planner", [None, DoPlanner(), StepPlanner(2), ToPlanner("4")])
    def test_stops_a_plan_that_would_do_it(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, planner: Any
    ) -> None:
        """It was written before, and merged after; the newer one may rely on what is not there."""
        applied(target, "1", "3")
        with pytest.raises(StaleMigration) as caught:
            run(notebook.source("1", "2", "3", "4"), **({"planner": planner} if planner else {}))
        assert str(caught.value) == (
            "2_change_things is pending, but 3, which is newer, is applied already. "
            "Give it an id above that by renaming its file; or, if it may run after the newer ones, "
            'say out_of_order = "allow" in it. Nothing was run.'
        )
        assert caught.value.migration_id == "2"
        assert (notebook.calls, target.done()) == ([], ("1", "3"))

    def test_is_judged_by_value(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """9 is older than 10, though not as text."""
        applied(target, "10")
        with pytest.raises(StaleMigration, match=r"^9_change_things is pending, but 10, which is newer"):
            run(notebook.source("9", "10"))

    def test_runs_if_the_run_allows_it(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """All of them, in order."""
        applied(target, "3")
        assert run(notebook.source("1", "2", "3", "4"), out_of_order="allow").applied == ("1", "2", "4")

    def test_runs_if_it_says_so_itself(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """Though the run would not have it; another one may still not."""
        applied(target, "3")
        free = notebook.migration("2", out_of_order="allow")
        assert run(notebook.source(free, "3")).applied == ("2",)
        with pytest.raises(StaleMigration, match=r"^1_change_things is pending"):
            run(notebook.source("1", free, "3"))

    def test_stops_if_it_says_so_itself(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """Though the run would have it."""
        applied(target, "3")
        with pytest.raises(StaleMigration, match=r"^2_change_things is pending"):
            run(notebook.source(notebook.migration("2", out_of_order="error"), "3"), out_of_order="allow")
        assert notebook.calls == []

    @pytest.mark.parametrize(
        ("planner", "calls"),
        [
            (UndoPlanner(), ["undo 3"]),
            (RewindPlanner(), ["undo 3", "undo 1"]),
            (ToPlanner("1"), ["undo 3"]),
            (ResetPlanner(), ["undo 3", "undo 1", "do 1", "do 2", "do 3"]),
        ],
        ids=lambda value: type(value).__name__ if hasattr(value, "plan") else "",
    )
    def test_is_nothing_to_a_plan_that_undoes_the_newer_first(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, planner: Any, calls: list[str]
    ) -> None:
        """Undoing is free to go on, and what is undone is not newer any more."""
        applied(target, "1", "3")
        run(notebook.source("1", "2", "3"), planner=planner)
        assert notebook.calls == calls

    def test_is_none_when_all_that_is_newer_is_pending_too(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """The plan itself does them in order."""
        applied(target, "1")
        assert run(notebook.source("1", "2", "3")).applied == ("2", "3")

    def test_is_told_of_the_newest_that_is_applied(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Which may be one that the source does not know."""
        applied(target, "03")
        with pytest.raises(StaleMigration, match=r"^2_change_things is pending, but 03, which is newer"):
            run(notebook.source("2"), missing="ignore")
