"""`migrate`: one run, from lock to unlock."""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from dynamigrate import (
    Context,
    DoPlanner,
    InvalidMigration,
    InvalidSetting,
    LockHeld,
    LockLost,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationAlreadyExists,
    MigrationFailed,
    MigrationNotUndoable,
    MigrationsError,
    NoMigrationsAvailable,
    Outcome,
    ResetPlanner,
    RewindPlanner,
    StateMissing,
    StepOutOfRange,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
    migrate,
)
from dynamigrate.engine import new_run_id
from dynamigrate.plan import Action, Direction, Plan
from dynamigrate.records import Details, Failure, Run
from tests.unit.fakes import FakeClock, Notebook, applied, elsewhere, held_elsewhere, raising

RUN = Run(id="run-1", actor="deploy of shop", deploy_id="d-1", app_version="1.2.3")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def target(clock: FakeClock) -> MemoryTarget:
    return MemoryTarget(clock=clock)


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def run(target: MemoryTarget, clock: FakeClock) -> Callable[..., Outcome]:
    """`migrate` into the target at hand."""
    return lambda source, **settings: migrate(source, target, **{"clock": clock, "run": RUN, **settings})


Run_ = Callable[..., Outcome]


class TestWhatRuns:
    """In which order, and what comes of it."""

    def test_all_that_is_pending_oldest_first(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """By value, whatever the order in which they were added."""
        outcome = run(notebook.source("10", "9", "0100"))
        assert notebook.calls == ["do 9", "do 10", "do 0100"]
        assert replace(outcome, seconds=0) == Outcome(applied=("9", "10", "0100"), run_id="run-1")
        assert target.done() == ("9", "10", "0100")

    def test_nothing_when_nothing_is_pending(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """And nothing is recorded of it."""
        applied(target, "1")
        before = target.records()
        outcome = run(notebook.source("1"))
        assert (notebook.calls, outcome.changed, outcome.pending) == ([], False, ())
        assert (target.records(), target.runs()) == (before, ())

    @pytest.mark.parametrize(
        ("planner", "calls", "done"),
        [
            (DoPlanner(), ["do 3"], ("1", "2", "3")),
            (StepPlanner(2), ["do 3", "do 4"], ("1", "2", "3", "4")),
            (StepPlanner(-2), ["undo 2", "undo 1"], ()),
            (UndoPlanner(), ["undo 2"], ("1",)),
            (RewindPlanner(), ["undo 2", "undo 1"], ()),
            (ResetPlanner(), ["undo 2", "undo 1", "do 1", "do 2", "do 3", "do 4"], ("1", "2", "3", "4")),
            (ToPlanner("3"), ["do 3"], ("1", "2", "3")),
            (ToPlanner("1"), ["undo 2"], ("1",)),
        ],
        ids=lambda value: type(value).__name__ if hasattr(value, "plan") else "",
    )
    def test_what_the_planner_says(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, planner: Any, calls: list[str], done: tuple[str, ...]
    ) -> None:
        """Each of them, over two that are applied and two that are pending."""
        applied(target, "1", "2")
        outcome = run(notebook.source("1", "2", "3", "4"), planner=planner)
        assert notebook.calls == calls
        assert target.done() == done
        assert outcome.applied == tuple(call.removeprefix("do ") for call in calls if call.startswith("do "))
        assert outcome.undone == tuple(call.removeprefix("undo ") for call in calls if call.startswith("undo "))
        assert outcome.pending == tuple(one for one in ("1", "2", "3", "4") if one not in done)

    def test_nothing_when_there_are_fewer_to_step(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """Not even those that there are."""
        with pytest.raises(StepOutOfRange, match=r"^Can't step 3 forward: 2 pending\."):
            run(notebook.source("1", "2"), planner=StepPlanner(3))
        assert (notebook.calls, target.records(), target.runs()) == ([], (), ())

    def test_nothing_without_migrations(self, run: Run_, target: MemoryTarget) -> None:
        """An empty source is told before the lock is asked for."""
        with held_elsewhere(target), pytest.raises(NoMigrationsAvailable, match="The source has no migrations"):
            run(MemorySource())

    def test_what_a_function_returns_does_not_matter(self, run: Run_, notebook: Notebook) -> None:
        """False and errors are values as any other."""
        values = [False, None, 0, ValueError("not raised")]
        source = notebook.source(
            *(notebook.migration(str(n), do=lambda ctx, value=value: value) for n, value in enumerate(values))
        )
        assert run(source).applied == ("0", "1", "2", "3")

    @pytest.mark.parametrize("kind", ["coroutine", "generator", "asynchronous generator"])
    @pytest.mark.parametrize("direction", list(Direction))
    def test_nothing_when_a_call_would_not_run_it(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, kind: str, direction: Direction
    ) -> None:
        """A coroutine or a generator only makes an object: it would be applied without having done a thing."""

        async def coroutine(ctx: Context) -> None: ...

        def generator(ctx: Context) -> Any:
            yield

        async def asynchronous_generator(ctx: Context) -> Any:
            yield

        idle: Any = {"coroutine": coroutine, "generator": generator}.get(kind, asynchronous_generator)
        migration = Migration("2", "add status", do=idle, undo=idle)
        if direction is Direction.UNDO:
            applied(target, "1", "2")
        before = target.records()
        with pytest.raises(InvalidMigration) as caught:
            run(
                notebook.source("1", migration),
                planner=RewindPlanner() if direction is Direction.UNDO else StepPlanner(2),
            )
        assert str(caught.value) == (
            f"2_add_status: {direction} is asynchronous or a generator, and a call would not run it. "
            f"Nothing was run. Make it a plain function: def {direction}(ctx): ..."
        )
        assert (notebook.calls, target.records()) == ([], before)

    def test_nothing_when_one_can_not_be_undone(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """Not even those that could be, though they come first."""
        applied(target, "1", "2")
        with pytest.raises(MigrationNotUndoable) as caught:
            run(notebook.source(notebook.migration("1", undo=None), "2"), planner=RewindPlanner())
        assert str(caught.value) == (
            "1_change_things can't be undone: it has no undo. Nothing was run. "
            "Add an undo(ctx) to it, or write a new migration that takes it back."
        )
        assert (notebook.calls, target.done()) == ([], ("1", "2"))

    def test_nothing_when_a_planner_did_not_look(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """Somebody's own planner may ask for an undo that is not there."""
        stuck = notebook.migration("1", undo=None)
        applied(target, "1")
        plan = Plan((Action(Direction.DO, notebook.migration("2")), Action(Direction.UNDO, stuck)))
        with pytest.raises(MigrationNotUndoable, match=r"^1_change_things can't be undone: it has no undo\."):
            run(notebook.source(stuck, "2"), planner=SimpleNamespace(plan=lambda migrations, applied: plan))
        assert (notebook.calls, target.done()) == ([], ("1",))


class TestTheContext:
    """What a function is given."""

    def test_has_what_the_run_was_given(self, run: Run_, notebook: Notebook) -> None:
        """The very same things."""
        seen: list[Context] = []
        client, logger = object(), logging.getLogger("of the function")
        migration = notebook.migration("1", do=seen.append)
        run(
            notebook.source(migration),
            dynamodb=client,
            tables={"orders": "shop-orders-X"},
            params={"rate": "7"},
            logger=logger,
            remaining=lambda: 42.0,
        )
        (ctx,) = seen
        assert (ctx.dynamodb, ctx.logger, ctx.migration, ctx.run_id) == (client, logger, migration, "run-1")
        assert (dict(ctx.tables), dict(ctx.params)) == ({"orders": "shop-orders-X"}, {"rate": "7"})
        assert (ctx.dry_run, ctx.remaining(), ctx.checkpoint.load()) == (False, 42.0, None)

    def test_has_the_targets_client_unless_another_is_given(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A DynamoDB target has one; an explicit one comes first."""
        clients: list[object] = []
        monkeypatch.setattr(target, "client", "the target's", raising=False)
        take = notebook.migration("1", do=lambda ctx: clients.append(ctx.dynamodb))
        run(notebook.source(take))
        run(notebook.source("1", notebook.migration("2", do=take.do)), dynamodb="another")
        assert clients == ["the target's", "another"]

    def test_is_new_for_each_migration(self, run: Run_, notebook: Notebook) -> None:
        """None sees another's checkpoint, and each knows its own name."""
        seen: list[tuple[str, object]] = []

        def do(ctx: Context) -> None:
            seen.append((ctx.migration.id, ctx.checkpoint.load()))
            ctx.checkpoint.save(ctx.migration.id)

        run(notebook.source(notebook.migration("1", do=do), notebook.migration("2", do=do)))
        assert seen == [("1", None), ("2", None)]


class TestTheRecords:
    """What stands in the target afterwards."""

    def test_say_who_did_what(self, run: Run_, target: MemoryTarget, notebook: Notebook, clock: FakeClock) -> None:
        """Description, checksum, run, actor, version and times."""
        run(notebook.source(notebook.migration("1", "add status", checksum="c0", do=lambda ctx: clock.turn(3))))
        (record,) = target.records()
        assert record.details == Details(
            description="add status", checksum="c0", run_id="run-1", actor="deploy of shop", app_version="1.2.3"
        )
        assert (record.started_at, record.finished_at, record.duration_ms) == (
            "2026-11-23T09:00:00.000Z",
            "2026-11-23T09:00:03.000Z",
            3000,
        )

    def test_are_dirty_while_it_runs(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """In both directions, so that a function that is killed leaves a mark."""
        seen: list[tuple[str, bool, str]] = []

        def look(ctx: Context) -> None:
            seen.extend((record.id, record.dirty, record.action) for record in target.records())

        source = notebook.source(notebook.migration("1", do=look, undo=look))
        run(source)
        run(source, planner=UndoPlanner())
        assert seen == [("1", True, "do"), ("1", True, "undo")]
        assert target.records() == ()

    def test_keep_the_id_as_first_written(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """Though the file was renamed since; the outcome has what the target has."""
        applied(target, "01")
        source = notebook.source("1", "2")
        assert run(source, planner=RewindPlanner()).undone == ("01",)
        applied(target, "001")
        assert run(source).applied == ("2",)
        assert target.done() == ("001", "2")

    def test_have_the_run_in_the_history(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, clock: FakeClock
    ) -> None:
        """Who, what, when and how long."""
        run(notebook.source(notebook.migration("1", do=lambda ctx: clock.turn(1.5)), "2"))
        (record,) = target.runs()
        assert (record.run, record.started_at, record.seconds) == (RUN, "2026-11-23T09:00:00.000Z", 1.5)
        assert (record.result, record.applied, record.undone, record.failed, record.note) == (
            "succeeded",
            ("1", "2"),
            (),
            None,
            "",
        )

    def test_do_without_a_history_that_can_not_be_written(
        self,
        run: Run_,
        target: MemoryTarget,
        notebook: Notebook,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """That is logged; the migrations are applied all the same."""
        monkeypatch.setattr(target, "record_run", raising(OSError("no route")))
        assert run(notebook.source("1")).applied == ("1",)
        (record,) = (one for one in caplog.records if one.levelno >= logging.WARNING)
        assert (record.getMessage(), vars(record)["run_id"]) == ("history.not_recorded", "run-1")


class TestTheLock:
    """Nothing without it."""

    def test_is_held_while_migrations_run(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """And free afterwards, also after a failure."""
        refused: list[bool] = []

        def do(ctx: Context) -> None:
            with pytest.raises(LockHeld):
                elsewhere(lambda: target.lock().__enter__())
            refused.append(True)
            raise ValueError("no")

        with pytest.raises(MigrationFailed):
            run(notebook.source(notebook.migration("1", do=do)))
        assert refused == [True]
        with target.lock():
            pass

    def test_held_by_another_leaves_nothing_behind(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, clock: FakeClock
    ) -> None:
        """No record, no run, no call, and nothing is read: at once."""
        with held_elsewhere(target), pytest.raises(LockHeld, match=r"^The lock is held by \w+ since 2026-11-23T09:00"):
            run(notebook.source("1"))
        assert (target.records(), target.runs(), notebook.calls, clock.slept) == ((), (), [], [])

    def test_can_be_waited_for(self, run: Run_, target: MemoryTarget, notebook: Notebook, clock: FakeClock) -> None:
        """As long as was said."""
        with held_elsewhere(target) as holder:
            with pytest.raises(LockHeld):
                run(notebook.source("1"), wait=5)
            assert round(sum(clock.slept)) == 5
            clock.before_sleep = holder.let_go
            assert run(notebook.source("1"), wait=5).applied == ("1",)

    def test_lost_between_two_stops_before_the_second(
        self, run: Run_, target: MemoryTarget, notebook: Notebook
    ) -> None:
        """The first is recorded as it was, and the second not begun."""

        def do(ctx: Context) -> None:
            ctx.logger.debug("the last change of state passes, and then the lock is lost")

        finish = target.finish_migration

        def finish_and_lose(migration_id: str) -> None:
            finish(migration_id)
            target.break_lock()

        target.finish_migration = finish_and_lose  # type: ignore[method-assign]
        with pytest.raises(LockLost, match=r"^The run stopped: its lock is no longer its own\. See who holds it now"):
            run(notebook.source(notebook.migration("1", do=do), "2"))
        assert (notebook.calls, target.done()) == (["do 1"], ("1",))
        assert [(one.result, one.applied, one.failed) for one in target.runs()] == [("failed", ("1",), None)]

    def test_lost_during_one_leaves_it_dirty(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """It did its work, but who knows what the next holder did: the history says which one it was."""
        migration = notebook.migration("1", do=lambda ctx: target.break_lock())
        with pytest.raises(LockLost) as caught:
            run(notebook.source(migration, "2"))
        assert str(caught.value) == (
            "1_change_things did its work, but the lock was lost, so that was not recorded: it is dirty now. "
            "See who holds it now, and run again."
        )
        assert isinstance(caught.value.__cause__, LockLost)
        assert (notebook.calls, target.records()[0].dirty) == (["do 1"], True)
        (record,) = target.runs()
        assert (record.result, record.failed, record.applied) == ("failed", "1", ())

    def test_lost_by_one_that_fails_tells_of_the_failure(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, caplog: pytest.LogCaptureFixture
    ) -> None:
        """That it could not be kept is logged beside it."""

        def do(ctx: Context) -> None:
            target.break_lock()
            raise ValueError("no")

        with pytest.raises(MigrationFailed, match=r"^1_change_things failed: ValueError: no, "):
            run(notebook.source(notebook.migration("1", do=do)))
        assert target.records()[0].failure is None
        assert "failure.not_recorded" in [record.getMessage() for record in caplog.records]

    @pytest.mark.parametrize("wait", [-1, float("nan")])
    def test_is_not_waited_for_backwards(self, run: Run_, notebook: Notebook, wait: float) -> None:
        """A time that can't be is refused before anything."""
        with pytest.raises(InvalidSetting, match=rf"^wait={wait!r} is not possible\. Give seconds: 0 or more\."):
            run(notebook.source("1"), wait=wait)


class TestTheTables:
    """Created where they are missing."""

    def test_are_created_on_first_use(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """By the run itself."""
        target.destroy()
        assert run(notebook.source("1")).applied == ("1",)
        assert target.done() == ("1",)

    def test_are_left_alone_otherwise(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Most functions may not even ask for them."""
        monkeypatch.setattr(target, "create", raising(AssertionError("created what is there")))
        assert run(notebook.source("1")).applied == ("1",)

    def test_may_miss_only_the_one_that_is_read(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The lock's may be there without the other."""
        created: list[bool] = []
        records = target.records

        def missing() -> Any:
            if not created:
                raise StateMissing("The table is not there.")
            return records()

        monkeypatch.setattr(target, "records", missing)
        monkeypatch.setattr(target, "create", lambda: created.append(True))
        assert run(notebook.source("1")).applied == ("1",)
        assert created == [True]

    def test_are_asked_for_once(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If they are still missing after that, the error comes out."""
        target.destroy()
        monkeypatch.setattr(target, "create", lambda: None)
        with pytest.raises(StateMissing):
            run(notebook.source("1"))


class TestAFailure:
    """A migration that raises."""

    def test_stops_the_run_and_leaves_it_dirty(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """What came before stays applied, what comes after is not begun, and the record says why."""
        bad = notebook.migration("2", "add status", do=raising(KeyError("status")))
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source("1", bad, "3"))
        assert notebook.calls == ["do 1", "do 2"]
        first, second = target.records()
        assert (first.id, first.dirty) == ("1", False)
        assert (second.id, second.dirty, second.finished_at) == ("2", True, None)
        assert second.failure is not None
        assert (second.failure.type, second.failure.message) == ("KeyError", "'status'")
        assert re.fullmatch(r"fakes\.py:\d+", second.failure.where)
        assert caught.value.migration_id == "2"

    def test_says_what_was_done_before_it(self, run: Run_, notebook: Notebook, clock: FakeClock) -> None:
        """The error carries the outcome, and is chained from what was raised."""
        cause = KeyError("status")

        def do(ctx: Context) -> None:
            clock.turn(2)
            raise cause

        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source("1", notebook.migration("2", do=do), "3"))
        assert caught.value.outcome == Outcome(
            applied=("1",), failed="2", pending=("2", "3"), run_id="run-1", seconds=2.0
        )
        assert caught.value.__cause__ is cause

    def test_says_what_happened_and_what_to_do_next(self, run: Run_, notebook: Notebook) -> None:
        """In one message: type, text, file and line, and the command to paste."""

        def do(ctx: Context) -> None:
            raise KeyError("status")

        line = do.__code__.co_firstlineno + 1
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source(Migration("2", "add status", do)))
        assert str(caught.value) == (
            f"2_add_status failed: KeyError: 'status', test_migrate.py:{line}. "
            "Correct the code, check what it left behind, and then "
            'invoke {"action": "repair", "migration": "2", "as": "pending", "confirm": true} to have it run again, '
            'or "as": "applied" to count it as done.'
        )

    def test_of_an_undo_says_what_either_repair_means(
        self, run: Run_, target: MemoryTarget, notebook: Notebook
    ) -> None:
        """It stays dirty in that direction; "applied" and "pending" are what it is then."""
        applied(target, "1")
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source(notebook.migration("1", undo=raising(OSError("no")))), planner=UndoPlanner())
        assert str(caught.value).startswith("1_change_things could not be undone: OSError: no, fakes.py:")
        assert str(caught.value).endswith(
            'invoke {"action": "repair", "migration": "1", "as": "applied", "confirm": true} '
            'to count it as still applied, or "as": "pending" to count it as undone.'
        )
        (record,) = target.records()
        assert (record.dirty, record.action) == (True, Direction.UNDO)
        assert caught.value.outcome == Outcome(failed="1", run_id="run-1", pending=("1",))

    def test_after_a_checkpoint_needs_no_repair(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """The message does not send anybody to throw the checkpoint away."""

        def do(ctx: Context) -> None:
            ctx.checkpoint.save(7)
            raise ValueError("no")

        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source(notebook.migration("1", do=do)))
        assert caught.value.next_step == "Correct the code and run it again: it goes on from its checkpoint."

    def test_without_a_message_is_called_by_its_type(self, run: Run_, notebook: Notebook) -> None:
        """`assert` has none."""
        with pytest.raises(MigrationFailed, match=r"^1_change_things failed: AssertionError, fakes\.py:\d+\."):
            run(notebook.source(notebook.migration("1", do=raising(AssertionError()))))

    def test_is_in_the_history(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """With what was done before, and the message."""
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source("1", notebook.migration("2", do=raising(ValueError("no")))))
        (record,) = target.runs()
        assert (record.result, record.applied, record.failed, record.note) == ("failed", ("1",), "2", str(caught.value))

    def test_that_ends_the_program_is_a_failure_too(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """`sys.exit()` in a migration must not end a function without a word."""
        with pytest.raises(MigrationFailed, match=r"^1_change_things failed: SystemExit: 3, ") as caught:
            run(notebook.source(notebook.migration("1", do=raising(SystemExit(3)))))
        assert isinstance(caught.value.__cause__, SystemExit)
        assert target.records()[0].failure is not None

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), GeneratorExit()], ids=repr)
    def test_by_interruption_comes_out_as_it_is(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, error: BaseException
    ) -> None:
        """Whoever interrupted wants out; the record and the history say where it stopped."""
        with pytest.raises(type(error)) as caught:
            run(notebook.source("1", notebook.migration("2", do=raising(error)), "3"))
        assert caught.value is error
        assert caught.value.__cause__ is None
        assert notebook.calls == ["do 1", "do 2"]
        second = target.records()[1]
        assert second.dirty
        assert second.failure is not None
        assert second.failure.type == type(error).__name__
        (record,) = target.runs()
        assert (record.result, record.applied, record.failed) == ("failed", ("1",), "2")
        with target.lock():
            pass

    def test_that_can_not_be_kept_is_raised_all_the_same(
        self,
        run: Run_,
        target: MemoryTarget,
        notebook: Notebook,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """The migration's own error matters more."""
        monkeypatch.setattr(target, "fail", raising(OSError("no route")))
        with pytest.raises(MigrationFailed, match=r"^1_change_things failed: ValueError: no, "):
            run(notebook.source(notebook.migration("1", do=raising(ValueError("no")))))
        (record,) = (one for one in caplog.records if one.getMessage() == "failure.not_recorded")
        assert vars(record)["migration"] == "1"

    def test_behind_a_decorator_is_found_in_the_migration(self, run: Run_, notebook: Notebook) -> None:
        """The line that matters to its author is the one in their file."""

        def do(ctx: Context) -> None:
            raise KeyError("status")

        line = do.__code__.co_firstlineno + 1
        with pytest.raises(MigrationFailed, match=rf"KeyError: 'status', test_migrate\.py:{line}\."):
            run(notebook.source(notebook.migration("1", do=do)))


class TestAChangeThatIsRefused:
    """When the target does not do what it is asked to."""

    @pytest.mark.parametrize("undo", [False, True], ids=["do", "undo"])
    def test_at_the_beginning_is_no_failure_of_the_migration(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, monkeypatch: pytest.MonkeyPatch, undo: bool
    ) -> None:
        """It was not called; the target's error comes out as it is, its own cause with it."""
        error = MigrationAlreadyExists("1 is there.", migration_id="1")
        error.__cause__ = OSError("the service said so")
        if undo:
            applied(target, "1")
        monkeypatch.setattr(target, "start_migration" if undo else "add", raising(error))
        with pytest.raises(MigrationAlreadyExists) as caught:
            run(notebook.source("1"), planner=UndoPlanner() if undo else DoPlanner())
        assert caught.value is error
        assert isinstance(caught.value.__cause__, OSError)
        assert notebook.calls == []
        (record,) = target.runs()
        assert (record.result, record.failed, record.note) == (
            "failed",
            None,
            "MigrationAlreadyExists: 1 is there.",
        )

    @pytest.mark.parametrize(
        ("undo", "method", "state"), [(False, "finish_migration", "applied"), (True, "remove", "pending")]
    )
    def test_at_the_end_says_that_the_work_is_done(
        self,
        run: Run_,
        target: MemoryTarget,
        notebook: Notebook,
        monkeypatch: pytest.MonkeyPatch,
        undo: bool,
        method: str,
        state: str,
    ) -> None:
        """So the repair that it names is the one that counts it as done."""
        if undo:
            applied(target, "1")
        monkeypatch.setattr(target, method, raising(OSError("no route")))
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source("1", "2"), planner=UndoPlanner() if undo else StepPlanner(2))
        assert str(caught.value) == (
            "1_change_things did its work, but that could not be recorded (OSError: no route): it is dirty now. "
            f'Invoke {{"action": "repair", "migration": "1", "as": "{state}", "confirm": true}}.'
        )
        assert isinstance(caught.value.__cause__, OSError)
        assert caught.value.outcome.failed == "1"
        assert notebook.calls == ["undo 1" if undo else "do 1"]
        assert target.records()[0].dirty
        assert target.runs()[0].failed == "1"


class TestTheOutcome:
    """What `migrate` returns."""

    def test_counts_from_when_the_lock_was_held(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Waiting does not count; reading and running do."""
        records = target.records

        def slow() -> Any:
            clock.turn(2)
            return records()

        monkeypatch.setattr(target, "records", slow)
        with held_elsewhere(target) as holder:
            clock.before_sleep = lambda: (clock.turn(60), holder.let_go())[0]
            outcome = run(notebook.source(notebook.migration("1", do=lambda ctx: clock.turn(3))), wait=120)
        assert outcome.seconds == 5

    def test_has_a_run_id_though_none_was_given(self, target: MemoryTarget, notebook: Notebook) -> None:
        """The same in the records."""
        outcome = migrate(notebook.source("1"), target)
        assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", outcome.run_id)
        assert target.records()[0].details.run_id == target.runs()[0].run.id == outcome.run_id

    def test_has_a_run_id_of_its_own(self) -> None:
        """Two in one second differ."""
        assert len({new_run_id() for _ in range(100)}) == 100

    def test_says_whether_anything_changed(self) -> None:
        """Done, undone or broken."""
        assert not Outcome(pending=("1",)).changed
        assert Outcome(applied=("1",)).changed
        assert Outcome(undone=("1",)).changed
        assert Outcome(failed="1").changed

    def test_a_migration_twice_undone_and_done_is_in_both_lists(
        self, run: Run_, target: MemoryTarget, notebook: Notebook
    ) -> None:
        """In the order done."""
        applied(target, "1", "2")
        outcome = run(notebook.source("1", "2"), planner=ResetPlanner())
        assert (outcome.undone, outcome.applied, outcome.pending) == (("2", "1"), ("1", "2"), ())


class TestSettings:
    """Checked before anything is locked."""

    @pytest.mark.parametrize("name", ["out_of_order", "missing", "changed"])
    def test_that_mean_nothing_are_refused(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, name: str
    ) -> None:
        """With those that mean something."""
        with held_elsewhere(target), pytest.raises(InvalidSetting, match=rf"^{name}='maybe' is unknown\. Use one of"):
            run(notebook.source("1"), **{name: "maybe"})
        assert notebook.calls == []


def test_errors_are_told_apart_from_their_causes() -> None:
    """A failure in words: type, message, place, without what is empty."""
    assert str(Failure(type="KeyError", message="'x'", where="1_one.py:3")) == "KeyError: 'x', 1_one.py:3"
    assert str(Failure(type="KeyError", message="")) == "KeyError"
    assert issubclass(MigrationFailed, MigrationsError)
