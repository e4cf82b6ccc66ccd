"""Runs that would go on in another process, and end instead: nobody can, somebody asked, a migration failed."""

from typing import Any

import pytest

from dynamigrate import (
    Context,
    DirtyMigration,
    InvalidSetting,
    LockLost,
    MemoryTarget,
    MigrationFailed,
    MigrationsError,
    Outcome,
    RunUnfinished,
)
from dynamigrate.errors import HandedOver, NothingToTakeUp
from dynamigrate.records import Details, RunRecord
from dynamigrate.runtime import Runtime
from tests.unit.fakes import MORNING, FakeClock, RecordingMigrations, applied
from tests.unit.processes import IDS, RUN, Processes, handed_over, recorded


class TestARunThatNobodyGoesOnWith:
    """It ends, with why in its error and in the history."""

    def test_as_one_process_after_the_other_had_no_time(
        self, processes: Processes, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """As the lock was waited for for long, a second one is given a chance, and a third."""
        processes.seconds = 1
        with pytest.raises(RunUnfinished) as caught:
            processes.all()
        assert str(caught.value) == (
            "The run stopped before 1_change_things: 1 seconds were left of the time that this function has. Applied in "
            "this run: none; pending: 1, 2, 3, 4, 5. It does not go on by itself: 3 processes, one after the other, "
            "had no time to begin anything. Give the function more (timeout=). "
            'Deploy again, or invoke {"action": "migrate"}, and it goes on from there.'
        )
        assert [one.idle for one in processes.handed] == [1, 2]
        assert recorded(target) == [("unfinished", (), str(caught.value))]
        assert target.lock_status() is None
        assert notebook.calls == []

    def test_but_not_because_of_idle_ones_long_ago(self, processes: Processes, target: MemoryTarget) -> None:
        """Only those in a row count."""
        handed_over(target, idle=2)
        with pytest.raises(HandedOver):
            processes.next()
        assert processes.handed[0].idle == 0

    def test_as_one_process_after_the_other_died(
        self, processes: Processes, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """This one would, too."""
        handed_over(target, deaths=3, applied=("1",))
        applied(target, "1")
        with pytest.raises(RunUnfinished) as caught:
            processes.next()
        assert str(caught.value) == (
            "The run was given up: 3 processes in a row died while running it; the function's log says of what. "
            'Correct that; then deploy again, or invoke {"action": "migrate"}, and it goes on from its checkpoint.'
        )
        assert recorded(target) == [("unfinished", ("1",), str(caught.value))]
        assert (notebook.calls, target.lock_status()) == ([], None)

    def test_but_not_because_of_deaths_long_ago(self, processes: Processes, target: MemoryTarget) -> None:
        """One that worked is a sign of life."""
        handed_over(target, deaths=2)
        with pytest.raises(HandedOver):
            processes.next()
        assert processes.handed[0].deaths == 0

    def test_nor_is_a_death_forgotten_for_one_that_had_no_time(
        self, processes: Processes, target: MemoryTarget
    ) -> None:
        """It has shown nothing."""
        handed_over(target, deaths=2)
        processes.seconds = 1
        with pytest.raises(HandedOver):
            processes.next()
        assert (processes.handed[0].deaths, processes.handed[0].idle) == (2, 1)

    def test_as_its_time_in_all_is_up(self, processes: Processes, clock: FakeClock, target: MemoryTarget) -> None:
        """A further process could do no more than say so."""
        processes.settings = {"limit": MORNING + 35}
        with pytest.raises(RunUnfinished) as caught:
            processes.first()
        assert not isinstance(caught.value, HandedOver)
        assert "It does not go on by itself: the time that a run may take in all is up (run_limit=). " in str(
            caught.value
        )
        assert processes.handed == []
        assert recorded(target) == [("unfinished", ("1", "2"), str(caught.value))]

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (ValueError("no such machine"), "It does not go on by itself: ValueError: no such machine. Deploy again"),
            (MigrationsError("It is too large.", next_step="Shrink it."), "by itself: It is too large. Deploy again"),
        ],
    )
    def test_as_it_could_not_be_handed_over(
        self, processes: Processes, target: MemoryTarget, error: Exception, words: str
    ) -> None:
        """What went wrong is said, and the lock is free."""

        def fail(*_: Any) -> str:
            raise error

        with pytest.raises(RunUnfinished) as caught:
            processes.first(continue_elsewhere=fail)
        assert words in str(caught.value)
        assert not isinstance(caught.value, HandedOver)
        assert caught.value.outcome.applied == ("1", "2")
        assert recorded(target) == [("unfinished", ("1", "2"), str(caught.value))]
        assert target.lock_status() is None

    def test_as_its_lock_was_lost(self, processes: Processes, target: MemoryTarget) -> None:
        """Which is no matter of time."""
        processes.before_handing = target.break_lock
        with pytest.raises(LockLost, match=r"^The run was not handed over: the lock is no longer ours\."):
            processes.first()
        assert [record.result for record in target.runs()] == ["failed"]

    def test_as_it_is_interrupted(self, processes: Processes, target: MemoryTarget) -> None:
        """Whoever interrupts gets the very interruption back, and the lock is free."""

        def interrupt(*_: Any) -> str:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            processes.first(continue_elsewhere=interrupt)
        assert target.lock_status() is None

    def test_as_it_had_come_to_its_end(
        self, processes: Processes, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """By a process that died before it could give the lock back: the run is not recorded again."""
        applied(target, "1")
        target.record_run(RunRecord(run=RUN, started_at="", seconds=1.0, result="failed", applied=("1",)))
        handed_over(target, deaths=1, applied=("1",))
        with pytest.raises(NothingToTakeUp, match="run-1 is over") as caught:
            processes.next()
        assert not caught.value.busy
        assert len(target.runs()) == 1
        assert (notebook.calls, target.lock_status()) == ([], None)


class TestAStop:
    """That somebody asks a run for which goes on elsewhere."""

    def test_while_it_waits_ends_it_before_the_next_migration(
        self, processes: Processes, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """In the process that takes it up, which records it."""
        with pytest.raises(HandedOver):
            processes.first()
        target.request_stop("cancelled by me")
        with pytest.raises(RunUnfinished, match=r"^The run stopped before 3_change_things: cancelled by me\."):
            processes.next()
        assert notebook.calls == ["do 1", "do 2"]
        assert [(record.result, record.applied) for record in target.runs()] == [("unfinished", ("1", "2"))]
        assert target.lock_status() is None

    def test_at_the_last_moment_keeps_it_from_being_handed_over(
        self, processes: Processes, target: MemoryTarget
    ) -> None:
        """It ends here."""
        processes.before_handing = lambda: target.request_stop("cancelled by me")
        with pytest.raises(RunUnfinished) as caught:
            processes.first()
        assert "It does not go on by itself: The run was not handed over: cancelled by me." in str(caught.value)
        assert [record.result for record in target.runs()] == ["unfinished"]
        assert target.lock_status() is None

    def test_before_that_asks_nobody_to_go_on(
        self, processes: Processes, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Even where the time is up as well."""

        def do(ctx: Context) -> None:
            processes.clock.turn(8)
            target.request_stop("cancelled by me")

        processes.source = notebook.source(notebook.migration("1", do=do), "2")
        with pytest.raises(RunUnfinished, match="cancelled by me") as caught:
            processes.first()
        assert not isinstance(caught.value, HandedOver)
        assert processes.handed == []

    def test_of_a_run_that_has_nothing_left_changes_nothing(self, processes: Processes, target: MemoryTarget) -> None:
        """It is done."""
        applied(target, *IDS)
        handed_over(target, applied=IDS)
        target.request_stop("cancelled by me")
        assert processes.next().applied == IDS
        assert [record.result for record in target.runs()] == ["succeeded"]


class TestAFailure:
    """In a later process."""

    @pytest.fixture
    def failing(self, processes: Processes, clock: FakeClock, notebook: RecordingMigrations) -> Processes:
        """The fifth migration fails, in the third process."""

        def do(ctx: Context) -> None:
            clock.turn(3)
            if ctx.migration.id == "5":
                raise ValueError("no")

        processes.source = notebook.source(*(notebook.migration(one, do=do) for one in IDS))
        return processes

    def test_ends_the_run_with_all_that_it_did(self, failing: Processes, target: MemoryTarget) -> None:
        """What stands, stands."""
        with pytest.raises(MigrationFailed) as caught:
            failing.all()
        assert len(failing.handed) == 2
        assert caught.value.outcome == Outcome(
            applied=IDS[:4], failed="5", pending=("5",), run_id="run-1", seconds=135.0
        )
        (record,) = target.runs()
        assert (record.result, record.applied, record.failed) == ("failed", IDS[:4], "5")
        assert target.lock_status() is None

    def test_undoes_what_earlier_processes_did_too(
        self, failing: Processes, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Where a failure is to undo the run, newest first."""
        failing.settings = {"on_failure": "undo"}
        with pytest.raises(MigrationFailed) as caught:
            failing.all()
        assert notebook.calls[-6:] == ["do 5", "undo 5", "undo 4", "undo 3", "undo 2", "undo 1"]
        assert caught.value.outcome.undone == ("5", "4", "3", "2", "1")
        (record,) = target.runs()
        assert (record.applied, record.undone) == (IDS[:4], ("5", "4", "3", "2", "1"))
        assert target.records() == ()

    def test_of_the_plan_is_recorded_with_what_was_done_before(
        self, processes: Processes, target: MemoryTarget
    ) -> None:
        """Nothing more is run, but this was no run that did nothing."""
        handed_over(target, applied=("1",), undone=("9",))
        applied(target, "1")
        target.add("2", Details(run_id="run-1"))
        with pytest.raises(DirtyMigration) as caught:
            processes.next()
        (record,) = target.runs()
        assert (record.result, record.applied, record.undone) == ("failed", ("1",), ("9",))
        assert (record.started_at, record.seconds, record.note) == (
            "2026-11-23T09:00:00.000Z",
            60.0,
            str(caught.value),
        )

    def test_of_a_plan_that_is_the_first_thing_is_a_refusal(self, processes: Processes, target: MemoryTarget) -> None:
        """As in a run of one process."""
        handed_over(target)
        target.add("2", Details(run_id="run-0"))
        with pytest.raises(DirtyMigration):
            processes.next()
        assert [record.result for record in target.runs()] == ["refused"]

    def test_before_the_plan_is_recorded_too(self, processes: Processes, target: MemoryTarget) -> None:
        """The run ends with it; in a first process it had not begun."""

        def fail() -> None:
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            processes.first(before_planning=fail)
        assert target.runs() == ()
        handed_over(target, applied=("1",))
        applied(target, "1")
        with pytest.raises(ValueError, match="no"):
            processes.next(before_planning=fail)
        assert recorded(target) == [("failed", ("1",), "ValueError: no")]
        assert target.lock_status() is None


@pytest.mark.parametrize("limit", [float("inf"), float("nan")])
def test_a_run_that_may_go_on_elsewhere_needs_an_end(limit: float) -> None:
    """Nobody would know when to give it up."""
    with pytest.raises(InvalidSetting, match="is not possible for a run that goes on elsewhere"):
        Runtime(continue_elsewhere=lambda lock, continuation: "elsewhere", limit=limit)
