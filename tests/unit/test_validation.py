"""What a run does with what it did not expect: each row of the design's table, with its settings."""

import logging
from typing import Any

import pytest

from dynamigrate import (
    ChangedMigration,
    DirtyMigration,
    DoPlanner,
    InvalidSetting,
    MemoryTarget,
    MigrationAlreadyExists,
    MigrationNotFound,
    MigrationNotUndoable,
    ResetPlanner,
    RewindPlanner,
    StaleMigration,
    StepOutOfRange,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
)
from dynamigrate.planning import make_plan
from dynamigrate.records import Details, Failure, Record
from dynamigrate.validation import Policy
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
            '"confirm": true} to have it run again, or "as": "applied" to count it as done.'
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
