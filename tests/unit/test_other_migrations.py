"""What a plan does where another migration is applied under a migration's id."""

from typing import Any

import pytest

from dynamigrate import (
    DoPlanner,
    MemoryTarget,
    MigrationAlreadyExists,
    ResetPlanner,
    RewindPlanner,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
)
from dynamigrate.records import Details
from tests.unit.fakes import RecordingMigrations, RunIt


class TestAnotherMigration:
    """Under the id of one that is applied: of two branches, or a copy that was given other words."""

    @pytest.fixture(autouse=True)
    def _applied(self, target: MemoryTarget) -> None:
        target.add("1", Details(description="add status", checksum="was"))
        target.finish_migration("1")

    @pytest.mark.parametrize("planner", [None, DoPlanner(), StepPlanner(1), ToPlanner("2"), ResetPlanner()])
    def test_is_an_error(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, planner: Any) -> None:
        """It would count as applied and never run; both ways out are told."""
        before = target.records()
        source = notebook.source(notebook.migration("1", "quite another", checksum="is"), "2")
        with pytest.raises(MigrationAlreadyExists) as caught:
            run(source, **({"planner": planner} if planner else {}))
        assert str(caught.value) == (
            "1_quite_another has the id of 1_add_status, which is applied already: it would never run. "
            "If it is another migration, give its file an id of its own; if it is the same under a better name, "
            'say changed = "ignore" in the file. Nothing was run.'
        )
        assert caught.value.migration_id == "1"
        assert (notebook.calls, target.records()) == ([], before)
        assert [one.result for one in target.runs()] == ["refused"]

    @pytest.mark.parametrize("setting", ["warn", "error", "ignore"])
    @pytest.mark.parametrize("checksum", ["is", "was", None])
    def test_is_one_whatever_changes_mean(
        self, run: RunIt, notebook: RecordingMigrations, setting: Any, checksum: str | None
    ) -> None:
        """That code may change is not that another migration may take its place; nor does the same code say which it is."""
        with pytest.raises(MigrationAlreadyExists, match="1_quite_another has the id of 1_add_status"):
            run(notebook.source(notebook.migration("01", "quite another", checksum=checksum)), changed=setting)

    def test_is_the_same_under_a_better_name_where_it_says_so(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """The history keeps the name under which it ran."""
        source = notebook.source(notebook.migration("1", "add a status", checksum="is", changed="ignore"), "2")
        outcome = run(source)
        assert (outcome.applied, outcome.warnings) == (("2",), ())
        assert target.records()[0].details.description == "add status"

    @pytest.mark.parametrize("words", ["add status", "add_status", "Add  Status", " add status_", "ADD STATUS"])
    def test_is_none_of_the_same_words(self, run: RunIt, notebook: RecordingMigrations, words: str) -> None:
        """However they are written."""
        run(notebook.source(notebook.migration("1", words, checksum="was")))

    @pytest.mark.parametrize(("one", "other"), [("an\u0303adir", "añadir"), ("größe", "gro\u0308sse")])
    def test_is_none_of_the_same_accents(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, one: str, other: str
    ) -> None:
        """A history that was written from another file system."""
        target.add("2", Details(description=one))
        target.finish_migration("2")
        run(notebook.source(notebook.migration("1", "add status", checksum="was"), notebook.migration("2", other)))

    @pytest.mark.parametrize("recorded", [None, ""])
    def test_is_none_where_the_history_has_no_description(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, recorded: str | None
    ) -> None:
        """As another driver's, or an older one's."""
        target.add("2", Details(description=recorded))
        target.finish_migration("2")
        source = notebook.source(notebook.migration("1", "add status", checksum="was"), notebook.migration("2", "any"))
        assert run(source).warnings == ()

    def test_is_none_that_replaces_its_own_id(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """The newest of those that were squashed may give the file its id."""
        source = notebook.source(notebook.migration("1", "all so far", checksum="is", replaces=("0", "1")), "2")
        outcome = run(source)
        assert (outcome.applied, outcome.warnings) == (("2",), ())

    @pytest.mark.parametrize("planner", [UndoPlanner(), RewindPlanner(), StepPlanner(-1)])
    def test_does_not_stop_an_undo(self, run: RunIt, notebook: RecordingMigrations, planner: Any) -> None:
        """Going back is free."""
        source = notebook.source(notebook.migration("1", "quite another", checksum="is"))
        assert run(source, planner=planner).undone == ("1",)

    def test_does_not_go_on_from_the_others_checkpoint(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """How far that one got says nothing about this one."""
        target.add("2", Details(description="split names"))
        target.save_checkpoint("2", 7)
        source = notebook.source(notebook.migration("1", "add status"), notebook.migration("2", "join names"))
        with pytest.raises(
            MigrationAlreadyExists, match="2_join_names has the id of 2_split_names, which began and did"
        ):
            run(source)
        assert notebook.calls == []

    def test_comes_before_a_changed_one(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """Whichever is older."""
        target.add("2", Details(description="split names", checksum="was"))
        target.finish_migration("2")
        source = notebook.source(
            notebook.migration("1", "add status", checksum="is"), notebook.migration("2", "join names")
        )
        with pytest.raises(MigrationAlreadyExists, match="2_join_names"):
            run(source, changed="error")
