"""What a run does with what it did not expect: each row of the design's table, with its settings."""

from typing import Any

import pytest

from dynamigrate import (
    DirtyMigration,
    InvalidSetting,
    MemoryTarget,
    MigrationNotFound,
    MigrationNotUndoable,
    RewindPlanner,
    StepPlanner,
    UndoPlanner,
)
from dynamigrate.planning import make_plan
from dynamigrate.records import Details, Record
from dynamigrate.validation import Policy
from tests.unit.fakes import RecordingMigrations, RunIt, applied


class TestAMissingMigration:
    """Applied, and unknown to the source."""

    @pytest.mark.parametrize("sources", [("1",), ("1", "4")], ids=["nothing to do", "something to do"])
    def test_stops_a_deploy(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, sources: tuple[str, ...]
    ) -> None:
        """This code does not know the data that it would meet; all that are missing are named."""
        applied(target, "1")
        target.add("2", Details(description="add status"))
        target.finish_migration("2")
        applied(target, "3")
        with pytest.raises(MigrationNotFound) as caught:
            run(notebook.source(*sources))
        assert str(caught.value) == (
            "2_add_status, 3: applied, but not among the migrations of this code. "
            "Deploy the code that has it, or bring the file back. To go on without it, set missing='ignore'."
        )
        assert caught.value.migration_id == "2"
        assert notebook.calls == []

    def test_may_be_ignored(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """Then it stays as it is."""
        applied(target, "1")
        assert run(notebook.source("2"), missing="ignore").applied == ("2",)
        assert target.done() == ("1", "2")

    def test_does_not_stop_an_undo(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """Going back is what older code is asked to do."""
        applied(target, "1", "2")
        assert run(notebook.source("2"), planner=UndoPlanner()).undone == ("2",)

    def test_can_not_be_undone_itself(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """There is no code for it; nothing runs then."""
        applied(target, "1", "2")
        with pytest.raises(MigrationNotUndoable, match=r"^1 can't be undone: its code is not in the source\."):
            run(notebook.source("2"), planner=RewindPlanner())
        assert (notebook.calls, target.done()) == ([], ("1", "2"))


class TestSurprisesTogether:
    """More than one of them at once."""

    def test_a_dirty_one_comes_first(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """Until it is settled nobody knows what else is so."""
        applied(target, "5")
        target.add("3")
        with pytest.raises(DirtyMigration):
            run(notebook.source("1", "3"))

    def test_a_missing_one_comes_before_a_stale_one(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """The wrong code is the likelier cause."""
        applied(target, "5")
        with pytest.raises(MigrationNotFound, match=r"^5: applied, but not among"):
            run(notebook.source("1"))

    def test_going_on_is_never_out_of_order(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """It has begun already, whatever was applied in the meantime or had been allowed."""
        applied(target, "3")
        target.add("2")
        target.save_checkpoint("2", 7)
        assert run(notebook.source("2", "3")).applied == ("2",)

    def test_finishing_an_undo_is_undoing(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Nothing that is missing is in its way, also where nothing else is left to do."""
        applied(target, "1", "2")
        target.start_migration("2")
        target.save_checkpoint("2", 7)
        assert run(notebook.source("2"), planner=UndoPlanner()).undone == ("2",)
        assert target.done() == ("1",)


class TestSettings:
    """`Policy` itself."""

    @pytest.mark.parametrize(
        ("name", "allowed"),
        [
            ("out_of_order", "('error', 'allow')"),
            ("missing", "('error', 'ignore')"),
            ("changed", "('warn', 'error', 'ignore')"),
        ],
    )
    @pytest.mark.parametrize("bad", ["", "yes", None, True])
    def test_mean_something(self, name: str, allowed: str, bad: Any) -> None:
        """Or are refused when they are given."""
        settings: dict[str, Any] = {name: bad}
        with pytest.raises(InvalidSetting) as caught:
            Policy(**settings)
        assert str(caught.value) == f"{name}={bad!r} is unknown. Use one of {allowed}."

    def test_are_those_of_a_deploy_by_default(self) -> None:
        """Strict where it may do harm."""
        assert Policy() == Policy(out_of_order="error", missing="error", changed="warn")


def test_a_plan_is_made_without_a_run(notebook: RecordingMigrations) -> None:
    """`make_plan` takes records and gives a plan: what a command shows is what a run would do."""
    records = [
        Record(id="1", dirty=False),
        Record(id="2", dirty=True, checkpoint=7),
    ]
    migrations = notebook.source("1", "2", "3").load()
    plan = make_plan(migrations, records, StepPlanner(2))
    assert [(str(action), action.resume) for action in plan] == [
        ("do 2_change_things", True),
        ("do 3_change_things", False),
    ]
