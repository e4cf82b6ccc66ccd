"""Migrations that a run starts, and goes on without."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from dynamigrate import (
    Context,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    Outcome,
    ResetPlanner,
    RewindPlanner,
    RunUnfinished,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
)
from dynamigrate.baseline import baseline
from dynamigrate.contract.names import id_key
from dynamigrate.detached import OwnRun, OwnSource
from dynamigrate.errors import LockLost, NothingToTakeUp
from dynamigrate.records import Details, Record
from dynamigrate.repairs import repair
from dynamigrate.requirements import CantGoOn, MigrationRunning
from tests.unit.fakes import MORNING, FakeClock, RecordingMigrations, RunIt, applied, migrate_in, raising


@dataclass
class Processes:
    """
    In which detached migrations begin, one for each that was started.

    Attributes:
        started: The migration and the run of each.
        fails: Raised instead.
        before: Called first.
    """

    started: list[tuple[str, str]] = field(default_factory=list)
    fails: BaseException | None = None
    before: Callable[[str, str], None] = lambda _migration, _run: None

    def notes(self, run_id: str) -> Mapping[str, str]:
        return {"execution": f"execution {run_id}"}

    def start(self, migration_id: str, run_id: str) -> str:
        self.before(migration_id, run_id)
        if self.fails is not None:
            raise self.fails
        self.started.append((migration_id, run_id))
        return "the next room"


@pytest.fixture
def elsewhere() -> Processes:
    return Processes()


@pytest.fixture
def source(notebook: RecordingMigrations) -> MemorySource:
    """Three, of which the second is detached."""
    return notebook.source("1", _detached(notebook), "3")


def _detached(notebook: RecordingMigrations, **about: Any) -> Migration:
    one = notebook.migration("2", "fill in", **about)
    return Migration("2", "fill in", one.do, one.undo, detached=True, checksum=about.get("checksum"))


def record_of(target: MemoryTarget, migration_id: str = "2") -> Record:
    [found] = [one for one in target.records() if one.key == id_key(migration_id)]
    return found


def own_run(source: Any, target: MemoryTarget, **settings: Any) -> Outcome:
    """One process's part of the run of its own of the second migration, from its start to its end."""
    view = target.detached("2")
    status = view.lock_status()
    assert status is not None
    assert status.continuation is not None
    own = OwnSource(source, "2")
    about = {"run": status.continuation.run, "takes_up": True}
    return migrate_in(own, view, before_planning=OwnRun(own, view, status.continuation).check, **about, **settings)


class TestStarting:
    def test_the_run_goes_on_without_it(
        self, run: RunIt, target: MemoryTarget, source: Any, notebook: RecordingMigrations, elsewhere: Processes
    ) -> None:
        """What is newer runs; it has not even been called here, and is neither applied nor pending."""
        outcome = run(source, launcher=elsewhere)
        assert (outcome.applied, outcome.running, outcome.pending) == (("1", "3"), ("2",), ())
        assert notebook.calls == ["do 1", "do 3"]
        [(migration, own)] = elsewhere.started
        assert migration == "2"
        assert record_of(target).detached == own
        assert target.done() == ("1", "3")

    def test_its_run_knows_who_started_it(
        self, run: RunIt, target: MemoryTarget, source: Any, elsewhere: Processes
    ) -> None:
        """Under an id of its own, as a command of its own."""
        run(source, launcher=elsewhere)
        status = target.detached("2").lock_status()
        assert status is not None
        assert status.continuation is not None
        own, notes = status.continuation.run, status.continuation.notes
        assert (own.id, own.command, own.actor) == (elsewhere.started[0][1], "detached", "deploy of shop")
        assert notes["execution"] == f"execution {own.id}"

    def test_the_log_says_where_it_goes_on(
        self, run: RunIt, source: Any, elsewhere: Processes, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, logger="dynamigrate"):
            run(source, launcher=elsewhere)
        own = elsewhere.started[0][1]
        assert f"2_fill_in begins in a run of its own, {own}, in the next room. This run goes on without it." in (
            caplog.messages
        )

    def test_it_is_marked_before_anything_is_started(
        self, run: RunIt, target: MemoryTarget, source: Any, elsewhere: Processes
    ) -> None:
        """Whoever is started finds its lock, whenever it looks."""
        seen = []

        def look(migration_id: str, run_id: str) -> None:
            status = target.detached(migration_id).lock_status()
            seen.append((status and status.run_id == run_id, record_of(target).running))

        elsewhere.before = look
        run(source, launcher=elsewhere)
        assert seen == [(True, True)]

    def test_where_nothing_starts_it_it_runs_as_any_other(
        self, run: RunIt, target: MemoryTarget, source: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        """In a script, for example; the log says so."""
        with caplog.at_level(logging.INFO, logger="dynamigrate"):
            assert run(source).applied == ("1", "2", "3")
        assert record_of(target).detached is None
        assert (
            "2_fill_in is detached, and there is nothing in which it could go on by itself: it runs as any other."
            in caplog.messages
        )

    def test_a_dry_run_starts_nothing(
        self, run: RunIt, target: MemoryTarget, source: Any, elsewhere: Processes
    ) -> None:
        """It says what would be done."""
        assert run(source, launcher=elsewhere, dry_run=True).applied == ("1", "2", "3")
        assert (elsewhere.started, target.records()) == ([], ())

    def test_a_run_that_only_starts_one_is_in_the_history(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, elsewhere: Processes
    ) -> None:
        """With what goes on."""
        run(notebook.source(_detached(notebook)), launcher=elsewhere)
        [record] = target.runs()
        assert (record.result, record.applied) == ("succeeded", ())
        assert record.note == f"Started, each in a run of its own: 2 ({elsewhere.started[0][1]})."


class TestWhileItRuns:
    @pytest.fixture(autouse=True)
    def _running(self, run: RunIt, source: Any, elsewhere: Processes) -> None:
        run(source, launcher=elsewhere)

    def test_later_runs_pass_over_it(
        self, run: RunIt, source: Any, notebook: RecordingMigrations, elsewhere: Processes
    ) -> None:
        """It is started once; what is new runs."""
        source.add(notebook.migration("4"))
        outcome = run(source, launcher=elsewhere)
        assert (outcome.applied, outcome.running, outcome.pending) == (("4",), ("2",), ())
        assert len(elsewhere.started) == 1

    def test_one_with_nothing_to_do_has_an_empty_plan(self, run: RunIt, source: Any, elsewhere: Processes) -> None:
        outcome = run(source, launcher=elsewhere)
        assert (outcome.applied, outcome.running, outcome.pending) == ((), ("2",), ())

    @pytest.mark.parametrize("planner", [RewindPlanner(), ResetPlanner(), StepPlanner(-2), ToPlanner("1")])
    def test_it_is_not_undone(
        self, run: RunIt, source: Any, notebook: RecordingMigrations, elsewhere: Processes, planner: Any
    ) -> None:
        """Nor is anything that would be undone with it; the error has the command that stops it."""
        with pytest.raises(MigrationRunning) as caught:
            run(source, launcher=elsewhere, planner=planner)
        assert str(caught.value) == (
            "2_fill_in can't be undone while it is running, detached. Wait until it is done; or have it stop with "
            '{"action": "cancel", "migration": "2", "confirm": true}, and try again. Nothing was done.'
        )
        assert notebook.calls == ["do 1", "do 3"]

    def test_what_is_newer_can_be_undone(self, run: RunIt, source: Any, elsewhere: Processes) -> None:
        assert run(source, launcher=elsewhere, planner=UndoPlanner()).undone == ("3",)

    @pytest.mark.parametrize("how", ["applied", "pending"])
    def test_it_is_not_repaired(self, target: MemoryTarget, how: Any) -> None:
        """The error says how far it is."""
        view = target.detached("2")
        with view.take_up(record_of(target).detached or ""):
            view.save_progress("2", 30, 120, {"per_second": 15, "seconds_left": 7 * 3600})
            with pytest.raises(MigrationRunning) as caught:
                repair(target, "2", how)
        assert caught.value.message == (
            "2_fill_in can't be repaired while it is running, detached: 30 of 120 (25%), 15 a second, "
            "done in about 7 hours."
        )

    def test_no_baseline_counts_it_as_applied(self, target: MemoryTarget, source: Any) -> None:
        with pytest.raises(MigrationRunning, match=r"^2_fill_in can't be counted as applied while it is running"):
            baseline(target, source.load(), "3")

    def test_its_own_run_finishes_it(
        self,
        run: RunIt,
        target: MemoryTarget,
        source: Any,
        notebook: RecordingMigrations,
        elsewhere: Processes,
    ) -> None:
        """And is a run in the history, whose outcome has it alone."""
        outcome = own_run(source, target)
        assert (outcome.applied, outcome.running) == (("2",), ())
        assert notebook.calls == ["do 1", "do 3", "do 2"]
        assert target.done() == ("1", "2", "3")
        assert target.detached("2").lock_status() is None
        record = target.runs()[0]
        assert (record.run.id, record.run.command, record.applied) == (elsewhere.started[0][1], "detached", ("2",))
        assert run(source, launcher=elsewhere) == Outcome(run_id="run-1")

    def test_asked_to_stop_it_goes_on_from_its_checkpoint_with_the_next_run(
        self, run: RunIt, target: MemoryTarget, clock: FakeClock, notebook: RecordingMigrations, elsewhere: Processes
    ) -> None:
        """Which starts it anew, in another run of its own."""
        view = target.detached("2")

        def work(ctx: Context) -> None:
            if ctx.checkpoint.load() is None:
                view.request_stop("cancelled")
                ctx.checkpoint.save("half")

        source = notebook.source("1", _detached(notebook, do=work), "3")
        with pytest.raises(RunUnfinished, match="cancelled"):
            own_run(source, target)
        assert (record_of(target).running, record_of(target).resumable) == (False, True)
        assert run(source, launcher=elsewhere).running == ("2",)
        assert len({one for _, one in elsewhere.started}) == 2
        own_run(source, target)
        assert target.done() == ("1", "2", "3")


class TestItsCode:
    """That of today, which has to be what it was started with."""

    def _started(self, run: RunIt, notebook: RecordingMigrations, elsewhere: Processes) -> str:
        run(notebook.source(_detached(notebook, checksum="a")), launcher=elsewhere)
        return elsewhere.started[0][1]

    @pytest.mark.parametrize("what", ["its code was changed", "its file was taken out of the code"])
    def test_that_is_another_stops_it(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, elsewhere: Processes, what: str
    ) -> None:
        """It is not called; the history says why, and the next run starts it with the new code."""
        self._started(run, notebook, elsewhere)
        others = [_detached(notebook, checksum="b")] if "changed" in what else [notebook.migration("1")]
        with pytest.raises(CantGoOn) as caught:
            own_run(notebook.source(*others), target)
        message = f"2_fill_in stopped: {what} while it ran, detached."
        assert str(caught.value) == (
            f"{message} The next deploy that has it begins it again with the code of then, from its checkpoint."
        )
        assert notebook.calls == []
        record = record_of(target)
        assert (record.running, record.resumable) == (False, True)
        assert record.failure is not None
        assert record.failure.message == message
        assert (target.runs()[0].result, target.runs()[0].note) == ("unfinished", str(caught.value))
        again = notebook.source(_detached(notebook, checksum="b"))
        run(again, launcher=elsewhere)
        assert own_run(again, target).applied == ("2",)

    def test_is_not_asked_about_once_the_run_has_finished_it(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, elsewhere: Processes
    ) -> None:
        """A process that died before it could say so: the next one says it, as a success."""
        own = self._started(run, notebook, elsewhere)
        view = target.detached("2")
        with view.take_up(own) as lock:
            view.resume_migration("2", Details(run_id=own))
            view.finish_migration("2")
            assert lock.continuation is not None
            lock.hand_over(lock.continuation, until=MORNING + 60)
        assert own_run(notebook.source("1"), target).applied == ("2",)
        assert (target.runs()[0].result, target.runs()[0].applied) == ("succeeded", ("2",))
        assert notebook.calls == []

    def test_of_one_that_another_run_has_settled_does_nothing(
        self, run: RunIt, target: MemoryTarget, clock: FakeClock, notebook: RecordingMigrations, elsewhere: Processes
    ) -> None:
        """A process that comes after all."""
        own = self._started(run, notebook, elsewhere)
        clock.turn(121)
        repair(target, "2", "pending")
        with pytest.raises(NothingToTakeUp, match=f"^The run {own} is over"), target.detached("2").take_up(own):
            raise AssertionError
        assert (notebook.calls, target.records()) == ([], ())


class TestStartingFails:
    def test_it_is_as_it_was(
        self, run: RunIt, target: MemoryTarget, source: Any, notebook: RecordingMigrations, elsewhere: Processes
    ) -> None:
        """Pending; what came before it stands, and what comes after it does not run."""
        elsewhere.fails = PermissionError("no")
        with pytest.raises(MigrationFailed) as caught:
            run(source, launcher=elsewhere)
        assert str(caught.value) == (
            "2_fill_in could not be started, detached: PermissionError: no. "
            "Correct the cause. Then run it again: it had not begun, and is not dirty."
        )
        assert caught.value.outcome == Outcome(applied=("1",), failed="2", pending=("2", "3"), run_id="run-1")
        assert (target.done(), target.detached("2").lock_status()) == (("1",), None)
        elsewhere.fails = None
        assert run(source, launcher=elsewhere).applied == ("3",)

    def test_its_checkpoint_is_kept(self, run: RunIt, target: MemoryTarget, source: Any, elsewhere: Processes) -> None:
        applied(target, "1")
        target.add("2")
        target.save_checkpoint("2", "half")
        elsewhere.fails = PermissionError("no")
        with pytest.raises(MigrationFailed, match="it goes on from its checkpoint"):
            run(source, launcher=elsewhere)
        assert record_of(target).checkpoint == "half"
        elsewhere.fails = None
        assert run(source, launcher=elsewhere).running == ("2",)

    def test_only_the_answer_was_lost(
        self, run: RunIt, target: MemoryTarget, source: Any, clock: FakeClock, elsewhere: Processes
    ) -> None:
        """Where the process has taken the run up by then, it was started, and the run goes on."""

        def begin(migration_id: str, run_id: str) -> None:
            elsewhere.started.append((migration_id, run_id))
            lock = target.detached(migration_id).take_up(run_id)
            lock.__enter__()
            kept.append(lock)

        kept: list[Any] = []
        elsewhere.before, elsewhere.fails = begin, TimeoutError("no answer")
        assert run(source, launcher=elsewhere).running == ("2",)
        assert record_of(target).running

    def test_a_process_that_never_comes_is_found_out(
        self, run: RunIt, target: MemoryTarget, source: Any, clock: FakeClock, elsewhere: Processes
    ) -> None:
        """The next run starts it again, with nothing to repair, after two minutes."""
        run(source, launcher=elsewhere)
        clock.turn(119)
        run(source, launcher=elsewhere)
        assert len(elsewhere.started) == 1
        clock.turn(2)
        assert run(source, launcher=elsewhere).running == ("2",)
        assert len(elsewhere.started) == 2

    def test_the_run_that_lost_its_lock_starts_nothing(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, elsewhere: Processes
    ) -> None:
        one = notebook.migration("1", do=lambda _ctx: target.break_lock())
        with pytest.raises(LockLost):
            run(notebook.source(one, _detached(notebook)), launcher=elsewhere)
        assert elsewhere.started == []

    def test_code_that_can_not_be_imported_is_found_out_before(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, elsewhere: Processes
    ) -> None:
        """As of any other: nothing is run."""

        class Broken:
            def resolve(self) -> Any:
                raise ImportError("no such thing")

            __call__ = staticmethod(raising(AssertionError()))

        broken = Migration("2", "fill in", Broken(), detached=True)
        with pytest.raises(ImportError):
            run(notebook.source("1", broken), launcher=elsewhere)
        assert (elsewhere.started, target.records()) == ([], ())
