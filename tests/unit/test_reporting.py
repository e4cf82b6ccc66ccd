"""What a reporter is told in the course of a run: after every before its after, whatever goes wrong."""

# ruff: noqa: PLR0917 - fixtures are arguments

import logging
from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import (
    Context,
    DirtyMigration,
    LockLost,
    MemoryTarget,
    MigrationFailed,
    Outcome,
    Planner,
    ResetPlanner,
    RunUnfinished,
    StepOutOfRange,
    StepPlanner,
    migrate,
)
from dynamigrate.records import Run
from dynamigrate.reporters import AfterAction, AfterPlan, BeforeAction, BeforePlan
from dynamigrate.runtime import Runtime
from tests.unit.fakes import (
    FakeClock,
    RecordingMigrations,
    RecordingReporter,
    RunIt,
    applied,
    held_elsewhere,
    migrate_in,
    raising,
)

PLANNED = ["BeforePlan", "AfterPlan"]


DID_1 = ["BeforeAction do 1_change_things", "AfterAction do 1_change_things"]


DID_2 = ["BeforeAction do 2_change_things", "AfterAction do 2_change_things"]


@pytest.fixture
def tape() -> RecordingReporter:
    return RecordingReporter()


@pytest.fixture
def run(target: MemoryTarget, clock: FakeClock, tape: RecordingReporter) -> Callable[..., Outcome]:
    """`migrate` with the tape running."""
    return lambda source, **settings: migrate_in(
        source, target, **{"clock": clock, "reporter": tape, "run": Run(id="run-1"), **settings}
    )


def test_each_step_is_told_before_and_after(
    run: RunIt, notebook: RecordingMigrations, tape: RecordingReporter, clock: FakeClock
) -> None:
    """With the plan, the number of each action, and how long it took."""
    run(notebook.source("1", notebook.migration("2", do=lambda ctx: clock.turn(2))))
    assert tape.names == [*PLANNED, *DID_1, *DID_2]
    plan = tape.only(AfterPlan)
    assert plan.plan is not None
    assert [str(action) for action in plan.plan] == ["do 1_change_things", "do 2_change_things"]
    assert plan.error is None
    befores = [event for event in tape.events if isinstance(event, BeforeAction)]
    afters = [event for event in tape.events if isinstance(event, AfterAction)]
    assert [(event.number, event.total) for event in befores] == [(1, 2), (2, 2)]
    assert [(event.seconds, event.error) for event in afters] == [(0, None), (2, None)]
    assert {event.run.id for event in tape.events} == {"run-1"}


def test_a_step_is_told_while_it_has_not_begun_and_once_it_is_recorded(
    run: RunIt,
    target: MemoryTarget,
    notebook: RecordingMigrations,
    tape: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ "Before" is before the mark, and "after" is after the record."""
    seen: list[tuple[str, bool]] = []

    def note(event: object) -> None:
        seen.extend((record.id, record.dirty) for record in target.records())
        seen.append((type(event).__name__, True))

    for method in ("before_action", "after_action"):
        monkeypatch.setattr(tape, method, note)
    run(notebook.source("1"))
    assert seen == [("BeforeAction", True), ("1", False), ("AfterAction", True)]


def test_a_run_without_actions_tells_of_its_plan(
    run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, tape: RecordingReporter
) -> None:
    """An empty plan is a plan."""
    applied(target, "1")
    run(notebook.source("1"))
    assert tape.names == PLANNED
    plan = tape.only(AfterPlan).plan
    assert plan is not None
    assert len(plan) == 0


def test_a_run_that_did_not_get_the_lock_tells_nothing(
    run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, tape: RecordingReporter
) -> None:
    """It has not begun."""
    with held_elsewhere(target), pytest.raises(Exception, match="is held by"):
        run(notebook.source("1"))
    assert tape.events == []


def _dirty(target: MemoryTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    target.add("1")


def _unreadable(target: MemoryTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "records", raising(OSError("no route")))


def _as_it_is(target: MemoryTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    pass


@pytest.mark.parametrize(
    ("prepare", "planner", "error"),
    [
        (_dirty, StepPlanner(1), DirtyMigration),
        (_as_it_is, StepPlanner(5), StepOutOfRange),
        (_unreadable, StepPlanner(1), OSError),
    ],
    ids=["something is dirty", "out of range", "the target can't be read"],
)
def test_a_plan_that_can_not_be_is_told_with_its_error(
    run: RunIt,
    target: MemoryTarget,
    notebook: RecordingMigrations,
    tape: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[MemoryTarget, pytest.MonkeyPatch], None],
    planner: Planner,
    error: type[Exception],
) -> None:
    """After the plan that was not made comes nothing."""
    prepare(target, monkeypatch)
    with pytest.raises(error) as caught:
        run(notebook.source("1", "2"), planner=planner)
    assert tape.names == PLANNED
    assert (tape.only(AfterPlan).plan, tape.only(AfterPlan).error) == (None, caught.value)


def test_a_planner_that_is_interrupted_has_an_after_too(
    run: RunIt, notebook: RecordingMigrations, tape: RecordingReporter
) -> None:
    """Whatever comes out of it."""

    class Interrupted:
        plan = staticmethod(raising(KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt):
        run(notebook.source("1"), planner=Interrupted())
    assert tape.names == PLANNED
    assert isinstance(tape.only(AfterPlan).error, KeyboardInterrupt)


def _failing(target: MemoryTarget, monkeypatch: pytest.MonkeyPatch, ctx: Context) -> None:
    raise ValueError("no")


def _exiting(target: MemoryTarget, monkeypatch: pytest.MonkeyPatch, ctx: Context) -> None:
    raise SystemExit(1)


def _interrupted(target: MemoryTarget, monkeypatch: pytest.MonkeyPatch, ctx: Context) -> None:
    raise KeyboardInterrupt


def _losing_the_lock(target: MemoryTarget, monkeypatch: pytest.MonkeyPatch, ctx: Context) -> None:
    target.break_lock()


def _not_recorded(target: MemoryTarget, monkeypatch: pytest.MonkeyPatch, ctx: Context) -> None:
    monkeypatch.setattr(target, "finish_migration", raising(OSError("no route")))


def _failing_unrecorded(target: MemoryTarget, monkeypatch: pytest.MonkeyPatch, ctx: Context) -> None:
    monkeypatch.setattr(target, "fail", raising(OSError("no route")))
    raise ValueError("no")


def _stopped(target: MemoryTarget, monkeypatch: pytest.MonkeyPatch, ctx: Context) -> None:
    target.request_stop("the stack is rolling back")
    ctx.checkpoint.save(7)


@pytest.mark.parametrize(
    ("do", "error"),
    [
        (_failing, MigrationFailed),
        (_exiting, MigrationFailed),
        (_interrupted, KeyboardInterrupt),
        (_losing_the_lock, LockLost),
        (_not_recorded, MigrationFailed),
        (_failing_unrecorded, MigrationFailed),
        (_stopped, RunUnfinished),
    ],
    ids=lambda value: value.__name__.strip("_"),
)
def test_an_action_that_goes_wrong_is_told_with_its_error(
    run: RunIt,
    target: MemoryTarget,
    notebook: RecordingMigrations,
    tape: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
    clock: FakeClock,
    do: Callable[..., None],
    error: type[BaseException],
) -> None:
    """And its time; the one after it is not told of, since it does not begin."""

    def timed(ctx: Context) -> None:
        clock.turn(2)
        do(target, monkeypatch, ctx)

    with pytest.raises(error) as caught:
        run(notebook.source(notebook.migration("1", do=timed), "2"))
    assert tape.names == [*PLANNED, *DID_1]
    assert (tape.only(AfterAction).error, tape.only(AfterAction).seconds) == (caught.value, 2)


@pytest.mark.parametrize("method", ["add", "start_migration"])
def test_an_action_that_can_not_begin_is_told_with_its_error(
    run: RunIt,
    target: MemoryTarget,
    notebook: RecordingMigrations,
    tape: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
) -> None:
    """The target refused the mark."""
    applied(target, "1")
    error = OSError("no route")
    monkeypatch.setattr(target, method, raising(error))
    with pytest.raises(OSError, match="no route"):
        run(notebook.source("1"), planner=ResetPlanner())
    assert tape.names[-2:] == (
        ["BeforeAction do 1_change_things", "AfterAction do 1_change_things"]
        if method == "add"
        else ["BeforeAction undo 1_change_things", "AfterAction undo 1_change_things"]
    )
    last = tape.events[-1]
    assert isinstance(last, AfterAction)
    assert last.error is error


@pytest.mark.parametrize("method", ["before_plan", "after_plan", "before_action", "after_action"])
class TestAReporterThatRaises:
    """It is there to tell, and stops nothing."""

    def test_changes_nothing(
        self,
        run: RunIt,
        target: MemoryTarget,
        notebook: RecordingMigrations,
        tape: RecordingReporter,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        method: str,
    ) -> None:
        """The run is the same, and each error is logged."""
        monkeypatch.setattr(tape, method, raising(ValueError("the reporter is broken")))
        assert run(notebook.source("1", "2")).applied == ("1", "2")
        assert target.done() == ("1", "2")
        failed = [record for record in caplog.records if getattr(record, "event", None) == "reporter.failed"]
        assert len(failed) == (2 if method.endswith("action") else 1)
        assert {record.levelno for record in failed} == {logging.WARNING}

    def test_does_not_hide_what_went_wrong(
        self,
        run: RunIt,
        notebook: RecordingMigrations,
        tape: RecordingReporter,
        monkeypatch: pytest.MonkeyPatch,
        method: str,
    ) -> None:
        """The migration's error comes out, not its own."""
        monkeypatch.setattr(tape, method, raising(ValueError("the reporter is broken")))
        with pytest.raises(MigrationFailed, match="failed: KeyError: 'status'"):
            run(notebook.source(notebook.migration("1", do=raising(KeyError("status")))))

    def test_because_it_is_interrupted_still_hears_the_after(
        self,
        run: RunIt,
        target: MemoryTarget,
        notebook: RecordingMigrations,
        tape: RecordingReporter,
        monkeypatch: pytest.MonkeyPatch,
        method: str,
    ) -> None:
        """An interruption is not its own, so it ends the run; every before that was told has its after."""
        told: list[str] = []
        for one in ("before_plan", "after_plan", "before_action", "after_action"):

            def hear(event: Any, one: str = one) -> None:
                told.append(one)
                if one == method:
                    raise KeyboardInterrupt

            monkeypatch.setattr(tape, one, hear)
        with pytest.raises(KeyboardInterrupt):
            run(notebook.source("1", "2"))
        assert (
            told
            == {
                "before_plan": ["before_plan", "after_plan"],
                "after_plan": ["before_plan", "after_plan"],
                "before_action": ["before_plan", "after_plan", "before_action", "after_action"],
                "after_action": ["before_plan", "after_plan", "before_action", "after_action"],
            }[method]
        )
        # Only what is told after the record leaves one.
        assert target.done() == (("1",) if method == "after_action" else ())
        with target.lock():
            pass


def test_the_log_tells_the_same_without_a_reporter(
    target: MemoryTarget, notebook: RecordingMigrations, caplog: pytest.LogCaptureFixture
) -> None:
    """To the logger that the run was given, from first line to last, each with the run's id."""
    caplog.set_level(logging.DEBUG, "of the run")
    logger = logging.getLogger("of the run")
    source = notebook.source("1", notebook.migration("2", do=raising(ValueError("no"))))
    with pytest.raises(MigrationFailed):
        migrate(source, target, logger=logger, runtime=Runtime(run=Run(id="run-1")))
    assert [(record.name, vars(record)["event"]) for record in caplog.records] == [
        ("of the run", name)
        for name in (
            "plan.started",
            "plan.made",
            "migration.started",
            "migration.applied",
            "migration.started",
            "migration.failed",
        )
    ]
    assert {vars(record)["run_id"] for record in caplog.records} == {"run-1"}


def test_before_and_after_events_are_what_they_say(
    run: RunIt, notebook: RecordingMigrations, tape: RecordingReporter
) -> None:
    """One plan a run."""
    run(notebook.source("1"))
    assert tape.only(BeforePlan).run == Run(id="run-1")
