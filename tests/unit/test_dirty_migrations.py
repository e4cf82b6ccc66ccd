"""What a plan does with a migration that began and did not finish."""

from typing import Any

import pytest

from dynamigrate import (
    DirtyMigration,
    DoPlanner,
    MemoryTarget,
    ResetPlanner,
    RewindPlanner,
    StepOutOfRange,
    StepPlanner,
    UndoPlanner,
)
from dynamigrate.records import Details, Failure
from tests.unit.fakes import RecordingMigrations, RunIt, applied


class TestADirtyMigration:
    """One that began and did not finish."""

    @pytest.mark.parametrize("planner", [None, DoPlanner(), UndoPlanner(), RewindPlanner(), ResetPlanner()])
    def test_stops_every_plan(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, planner: Any
    ) -> None:
        """Nothing runs, in either direction: only a person can tell what it left behind."""
        applied(target, "1")
        target.add("2", Details(description="add status"))
        target.fail("2", Failure(type="KeyError", message="'status'", where="2_add_status.py:14"))
        before = target.records()
        with pytest.raises(DirtyMigration) as caught:
            run(
                notebook.source("1", notebook.migration("2", "add status"), "3"),
                **({"planner": planner} if planner else {}),
            )
        assert str(caught.value) == (
            "2_add_status began at 2026-11-23T09:00:00.000Z and did not finish "
            "(KeyError: 'status', 2_add_status.py:14). "
            'Check what it left in the table, then invoke {"action": "repair", "migration": "2", "as": "pending", '
            '"confirm": true} to have it run again, or "as": "applied" to count it as done. If it may always be run again, '
            'whatever half of it was done, say recover = "retry" in its file: the next deploy then does so by itself.'
        )
        assert (notebook.calls, target.records()) == ([], before)

    def test_leaves_the_refusal_in_the_history(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Whoever reads it sees the deploys that failed since, and why."""
        target.add("2")
        with pytest.raises(DirtyMigration) as caught:
            run(notebook.source("2"))
        (kept,) = target.runs()
        assert (kept.result, kept.note, kept.applied) == ("refused", str(caught.value), ())

    def test_leaves_no_run_where_the_request_itself_was_wrong(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """An operator who asks for too much has not failed to run anything."""
        with pytest.raises(StepOutOfRange):
            run(notebook.source("1"), planner=StepPlanner(2))
        assert target.runs() == ()

    def test_that_was_killed_is_named_all_the_same(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Nobody could say why; the source knows what it is called."""
        target.add("2")
        with pytest.raises(
            DirtyMigration, match=r"^2_add_status began at 2026-11-23T09:00:00\.000Z and did not finish\. "
        ):
            run(notebook.source(notebook.migration("2", "add status")))

    def test_that_was_being_undone_is_named_so(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """With what either repair means for it."""
        applied(target, "2")
        target.start_migration("2")
        with pytest.raises(DirtyMigration, match=r"^2_change_things its undo began") as caught:
            run(notebook.source("2"))
        assert caught.value.next_step == (
            'Check what it left in the table, then invoke {"action": "repair", "migration": "2", "as": "applied", '
            '"confirm": true} to count it as still applied, or "as": "pending" to count it as undone.'
        )

    def test_is_told_although_the_source_does_not_know_it(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """It is not taken for one that is merely missing."""
        target.add("2", Details(description="add status"))
        with pytest.raises(DirtyMigration, match=r"^2_add_status began"):
            run(notebook.source("1"), missing="ignore", out_of_order="allow", changed="ignore")
