"""What a plan does with an applied migration whose code is not what ran."""

import logging
from typing import Any

import pytest

from dynamigrate import (
    ChangedMigration,
    MemoryTarget,
    UndoPlanner,
)
from dynamigrate.records import Details
from tests.unit.fakes import RecordingMigrations, RunIt, applied


class TestAChangedMigration:
    """Applied, and its code is another since."""

    @pytest.fixture(autouse=True)
    def _applied(self, target: MemoryTarget) -> None:
        target.add("1", Details(description="add status", checksum="was"))
        target.finish_migration("1")

    def warnings(self, caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
        """What was logged of changed migrations."""
        records = [vars(record) for record in caplog.records if getattr(record, "event", None) == "migration.changed"]
        return [
            {name: one[name] for name in ("levelname", "migration", "description", "applied_at")} for one in records
        ]

    def test_is_a_warning(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, caplog: pytest.LogCaptureFixture
    ) -> None:
        """To the run's logger; the run goes on, and the record stays as it was."""
        before = target.records()
        source = notebook.source(notebook.migration("1", "add status", checksum="is"), "2")
        outcome = run(source, logger=logging.getLogger("of the run"))
        assert outcome.applied == ("2",)
        (warning,) = outcome.warnings
        assert warning == (
            "1_add_status was changed after it was applied. What ran is not what its file says now. Put the code back and "
            'write a new migration for what is to be different, or say changed = "ignore" in its file.'
        )
        assert self.warnings(caplog) == [
            {
                "levelname": "WARNING",
                "migration": "1",
                "description": "add status",
                "applied_at": "2026-11-23T09:00:00.000Z",
            }
        ]
        assert {record.name for record in caplog.records if getattr(record, "event", None) == "migration.changed"} == {
            "of the run"
        }
        assert target.records()[:1] == before

    def test_is_a_warning_though_nothing_is_to_be_done(
        self, run: RunIt, notebook: RecordingMigrations, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It was changed by this deploy, most likely."""
        outcome = run(notebook.source(notebook.migration("1", "add status", checksum="is")))
        assert len(self.warnings(caplog)) == len(outcome.warnings) == 1

    def test_may_be_an_error(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """Then nothing runs."""
        with pytest.raises(ChangedMigration) as caught:
            run(notebook.source(notebook.migration("1", "add status", checksum="is"), "2"), changed="error")
        assert str(caught.value) == (
            "1_add_status was changed after it was applied. "
            "Put the code back and write a new migration for what is to be different, "
            'or say changed = "ignore" in its file. Nothing was run.'
        )
        assert caught.value.migration_id == "1"
        assert notebook.calls == []

    def test_may_be_ignored(self, run: RunIt, notebook: RecordingMigrations, caplog: pytest.LogCaptureFixture) -> None:
        """Without a word."""
        assert run(
            notebook.source(notebook.migration("1", "add status", checksum="is"), "2"), changed="ignore"
        ).applied == ("2",)
        assert self.warnings(caplog) == []

    @pytest.mark.parametrize("setting", ["warn", "error", "ignore"])
    @pytest.mark.parametrize("own", ["warn", "error", "ignore"])
    def test_says_itself_what_it_means(
        self, run: RunIt, notebook: RecordingMigrations, caplog: pytest.LogCaptureFixture, setting: Any, own: Any
    ) -> None:
        """Whatever the run would make of it."""
        source = notebook.source(notebook.migration("1", "add status", checksum="is", changed=own))
        if own == "error":
            with pytest.raises(ChangedMigration):
                run(source, changed=setting)
        else:
            run(source, changed=setting)
            assert len(self.warnings(caplog)) == (1 if own == "warn" else 0)

    @pytest.mark.parametrize("checksum", ["was", None], ids=["the same", "not watched"])
    def test_is_none_without_a_difference(
        self, run: RunIt, notebook: RecordingMigrations, checksum: str | None
    ) -> None:
        """What is written in a program has no checksum, and is not watched."""
        run(notebook.source(notebook.migration("1", "add status", checksum=checksum)), changed="error")

    def test_is_none_where_the_history_has_no_checksum(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """As after another driver, or after a repair."""
        applied(target, "2")
        run(
            notebook.source(notebook.migration("1", "add status"), notebook.migration("2", checksum="is")),
            changed="error",
        )

    def test_does_not_stop_an_undo(
        self, run: RunIt, notebook: RecordingMigrations, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Undoing is free to go on."""
        source = notebook.source(notebook.migration("1", "add status", checksum="is"))
        assert run(source, planner=UndoPlanner(), changed="error").undone == ("1",)
        assert self.warnings(caplog) == []

    def test_may_be_one_that_goes_on(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is not applied yet: code that failed has to be corrected, and is recorded as what finished."""
        target.add("2", Details(checksum="wrong"))
        target.save_checkpoint("2", 7)
        source = notebook.source(notebook.migration("1", "add status"), notebook.migration("2", checksum="right"))
        assert run(source, changed="error").applied == ("2",)
        assert target.records()[1].details.checksum == "right"
