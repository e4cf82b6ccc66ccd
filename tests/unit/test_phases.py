"""Migrations that run once the application is deployed, in one history with those that run before."""

from typing import Any

import pytest

from dynamigrate import (
    DirtyMigration,
    DoPlanner,
    MemoryTarget,
    Migration,
    ResetPlanner,
    RewindPlanner,
    StaleMigration,
    StepOutOfRange,
    StepPlanner,
    ToPlanner,
)
from dynamigrate.errors import InvalidSetting
from dynamigrate.planners import OtherPhase
from dynamigrate.records import Details
from tests.unit.fakes import RecordingMigrations, RunIt, applied, stopping

AFTER: dict[str, Any] = {"phase": "after"}


def _four(notebook: RecordingMigrations) -> Any:
    return notebook.source("1", notebook.migration("2", **AFTER), "3", notebook.migration("4", **AFTER))


class TestARun:
    @pytest.mark.parametrize(
        ("phase", "calls"),
        [
            ("before", ["do 1", "do 3"]),
            ("after", ["do 2", "do 4"]),
            (None, ["do 1", "do 3", "do 2", "do 4"]),
        ],
    )
    def test_runs_what_is_of_its_phase(
        self, run: RunIt, notebook: RecordingMigrations, phase: Any, calls: list[str]
    ) -> None:
        """A run of both does first what comes before the application."""
        run(_four(notebook), phase=phase)
        assert notebook.calls == calls

    def test_leaves_the_others_pending_and_says_so(self, run: RunIt, notebook: RecordingMigrations) -> None:
        outcome = run(_four(notebook), phase="before")
        assert (outcome.applied, outcome.pending) == (("1", "3"), ("2", "4"))

    def test_is_not_stale_by_a_newer_one_of_the_other_phase(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """The phase after always comes late, so each has an order of its own."""
        run(_four(notebook), phase="before")
        run(_four(notebook), phase="after")
        run(notebook.source("1", notebook.migration("2", **AFTER), "3", notebook.migration("4", **AFTER), "5"))
        assert notebook.calls == ["do 1", "do 3", "do 2", "do 4", "do 5"]

    def test_is_stale_by_a_newer_one_of_its_own(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Also where the code of the newer one is gone: the history knows its phase."""
        target.add("4", Details(phase="after"))
        target.finish_migration("4")
        source = notebook.source("3", notebook.migration("2", **AFTER))
        assert run(source, phase="before", missing="ignore").applied == ("3",)
        with pytest.raises(StaleMigration, match="2_change_things is pending, but 4, which is newer"):
            run(source, phase="after", missing="ignore")

    def test_keeps_the_phase_in_the_history(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        run(_four(notebook))
        assert [record.phase for record in target.records()] == ["before", "after", "before", "after"]

    def test_undoes_whatever_is_newest(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """There is one history, and what was built last rests on the rest."""
        run(_four(notebook))
        notebook.calls.clear()
        run(_four(notebook), planner=RewindPlanner(), phase="before")
        assert notebook.calls == ["undo 4", "undo 3", "undo 2", "undo 1"]

    def test_of_an_unknown_phase_is_refused(self, run: RunIt, notebook: RecordingMigrations) -> None:
        with pytest.raises(InvalidSetting, match="phase='during' is unknown"):
            run(_four(notebook), phase="during")


class TestThePlanners:
    @pytest.mark.parametrize(
        ("planner", "calls"),
        [
            (DoPlanner("after"), ["do 2"]),
            (StepPlanner(2, "before"), ["do 1", "do 3"]),
            (ToPlanner("3", "before"), ["do 1", "do 3"]),
            (ToPlanner("4", "after"), ["do 2", "do 4"]),
            (ToPlanner("3"), ["do 1", "do 3", "do 2"]),
            (ResetPlanner("after"), ["do 2", "do 4"]),
        ],
        ids=["do after", "step before", "to before", "to after", "to of both", "reset after"],
    )
    def test_plan_what_is_pending_of_their_phase(
        self, run: RunIt, notebook: RecordingMigrations, planner: Any, calls: list[str]
    ) -> None:
        run(_four(notebook), planner=planner)
        assert notebook.calls == calls

    def test_count_what_is_pending_of_their_phase(self, run: RunIt, notebook: RecordingMigrations) -> None:
        with pytest.raises(StepOutOfRange, match="Can't step 3 forward: 2 pending"):
            run(_four(notebook), planner=StepPlanner(3, "after"))
        assert notebook.calls == []

    def test_say_who_runs_one_of_the_other_phase(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """It is known, and this is the wrong function to ask."""
        with pytest.raises(OtherPhase) as caught:
            run(_four(notebook), planner=ToPlanner("2", "before"))
        assert str(caught.value) == (
            "2_change_things is of the phase after: it runs once the application is deployed. "
            "Deploy, or invoke the function of AfterMigrations, which runs that phase. Nothing was run."
        )
        assert notebook.calls == []


class TestAnUnfinishedOne:
    def _stopped(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, phase: Any) -> Any:
        """A source with one of *phase* that stopped at its checkpoint, and one of the other that is pending."""
        other = {"before": "after", "after": "before"}[phase]
        pages: list[int] = []

        def source(after: int) -> Any:
            return notebook.source(
                notebook.migration("1", do=stopping(target, after=after, pages=pages), phase=phase),
                notebook.migration("2", phase=other),
            )

        with pytest.raises(Exception, match="stack is rolling back"):
            run(source(2), phase=phase)
        notebook.calls.clear()
        return source(0)

    def test_of_the_phase_after_is_left_to_that(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """A run before it may lack what it needs; it goes on in its own."""
        source = self._stopped(run, target, notebook, "after")
        run(source, phase="before")
        assert notebook.calls == ["do 2"]
        run(source, phase="after")
        assert (notebook.calls, [record.dirty for record in target.records()]) == (["do 2", "do 1"], [False, False])

    def test_of_the_phase_before_keeps_the_phase_after_from_running(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """What comes after rests on it."""
        source = self._stopped(run, target, notebook, "before")
        with pytest.raises(DirtyMigration) as caught:
            run(source, phase="after")
        assert "1_change_things began and is not finished, and it is of the phase before" in str(caught.value)
        assert "invoke the function of Migrations" in caught.value.next_step
        run(source, phase="before")
        run(source, phase="after")
        assert notebook.calls == ["do 1", "do 2"]

    @pytest.mark.parametrize("phase", ["before", "after"])
    def test_that_can_not_go_on_stops_both(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, phase: Any
    ) -> None:
        """Somebody has to look first."""
        target.add("2", Details(phase="after"))
        with pytest.raises(DirtyMigration, match="2_change_things began at"):
            run(_four(notebook), phase=phase)
        assert notebook.calls == []


def test_a_migration_of_an_unknown_phase_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"1_one: phase='during' is unknown\."):
        Migration("1", "one", do=print, phase="during")  # type: ignore[arg-type]


def test_what_is_applied_is_so_for_both(target: MemoryTarget, run: RunIt, notebook: RecordingMigrations) -> None:
    """A migration that was moved to the other phase after it ran does not run again."""
    applied(target, "1", "2")
    run(notebook.source(notebook.migration("1", **AFTER), "2"))
    assert notebook.calls == []
