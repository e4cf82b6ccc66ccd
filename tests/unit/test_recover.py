"""Migrations that may be run again, whatever half of them was done."""

from typing import Any

import pytest

from dynamigrate import DirtyMigration, MemoryTarget, MigrationFailed, UndoPlanner
from dynamigrate.errors import InvalidSetting
from dynamigrate.migration import Migration
from dynamigrate.records import Details, Failure
from dynamigrate.status import Finding, status
from tests.unit.fakes import RecordingMigrations, RunIt, applied


def _source(notebook: RecordingMigrations, recover: str = "retry", **more: Any) -> Any:
    return notebook.source("1", notebook.migration("2", recover=recover, **more), "3")


class TestOneThatWasKilled:
    def test_is_run_again_by_the_next_run(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """With nothing to repair, before what is pending, and from its beginning."""
        applied(target, "1")
        target.add("2", Details(run_id="run-0"))
        outcome = run(_source(notebook))
        assert (notebook.calls, outcome.applied) == (["do 2", "do 3"], ("2", "3"))
        assert [record.dirty for record in target.records()] == [False, False, False]

    def test_is_shown_as_what_it_is(self, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """The next step is to run it, not to repair it."""
        applied(target, "1")
        target.add("2", Details(run_id="run-0"))
        [dirty] = status(_source(notebook).load(), target).dirty
        assert (dirty.finding, str(dirty.next_step)) == (Finding.RETRIED, '{"action": "migrate"}')

    def test_while_it_was_undone_is_undone_again(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Its undo is what goes on, and the run that asks for it undoes no more than that."""
        applied(target, "1", "2")
        target.start_migration("2")
        outcome = run(_source(notebook), planner=UndoPlanner())
        assert (notebook.calls, outcome.undone) == (["undo 2"], ("2",))

    def test_needs_its_code(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """Whether it may be run again is what its file says."""
        target.add("2")
        with pytest.raises(DirtyMigration, match=r"^2 began"):
            run(notebook.source("1", "3"), missing="ignore")
        assert notebook.calls == []

    def test_is_not_run_again_unless_it_says_so(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """The error says that it could."""
        target.add("2")
        with pytest.raises(DirtyMigration, match='say recover = "retry" in its file'):
            run(_source(notebook, recover="repair"))
        assert notebook.calls == []


class TestOneThatFailed:
    def test_says_that_it_needs_no_repair(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """The next deploy, with better code or better luck, goes on."""

        def broken(ctx: Any) -> None:
            raise ValueError("no name")

        applied(target, "1")
        with pytest.raises(MigrationFailed) as caught:
            run(_source(notebook, do=broken))
        assert caught.value.next_step == "Correct the cause and run it again: its file says that it may be."
        assert caught.value.repair is None
        run(_source(notebook))
        assert notebook.calls == ["do 2", "do 2", "do 3"]

    def test_stays_dirty_until_then(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """It began, and nobody may take it for applied."""
        target.add("2")
        target.fail("2", Failure(type="ValueError", message="no name"))
        [dirty] = status(_source(notebook).load(), target).dirty
        assert (dirty.finding, str(dirty.next_step)) == (Finding.FAILED, '{"action": "migrate"}')


def test_another_word_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"1_one: recover='again' is unknown\. Use one of"):
        Migration("1", "one", do=print, recover="again")  # type: ignore[arg-type]
