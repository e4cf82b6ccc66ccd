"""`migrate`: one run, what it runs, what it hands to functions and what it leaves behind."""

# ruff: noqa: PLR0917 - fixtures are arguments

import logging
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from dynamigrate import (
    Context,
    DoPlanner,
    InvalidMigration,
    InvalidSetting,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationNotUndoable,
    NoMigrationsAvailable,
    Outcome,
    ResetPlanner,
    RewindPlanner,
    StepOutOfRange,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
    migrate,
)
from dynamigrate.plan import Action, Direction, Plan
from dynamigrate.records import Details, Run
from dynamigrate.run_ids import new_run_id
from tests.unit.fakes import FakeClock, RecordingMigrations, RunIt, applied, held_elsewhere, raising, returning


class TestWhatRuns:
    """In which order, and what comes of it."""

    def test_all_that_is_pending_oldest_first(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """By value, whatever the order in which they were added."""
        outcome = run(notebook.source("10", "9", "0100"))
        assert notebook.calls == ["do 9", "do 10", "do 0100"]
        assert replace(outcome, seconds=0) == Outcome(applied=("9", "10", "0100"), run_id="run-1")
        assert target.done() == ("9", "10", "0100")

    def test_nothing_when_nothing_is_pending(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
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
        self,
        run: RunIt,
        target: MemoryTarget,
        notebook: RecordingMigrations,
        planner: Any,
        calls: list[str],
        done: tuple[str, ...],
    ) -> None:
        """Each of them, over two that are applied and two that are pending."""
        applied(target, "1", "2")
        outcome = run(notebook.source("1", "2", "3", "4"), planner=planner)
        assert notebook.calls == calls
        assert target.done() == done
        assert outcome.applied == tuple(call.removeprefix("do ") for call in calls if call.startswith("do "))
        assert outcome.undone == tuple(call.removeprefix("undo ") for call in calls if call.startswith("undo "))
        assert outcome.pending == tuple(one for one in ("1", "2", "3", "4") if one not in done)

    def test_nothing_when_there_are_fewer_to_step(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Not even those that there are."""
        with pytest.raises(StepOutOfRange, match=r"^Can't step 3 forward: 2 pending\."):
            run(notebook.source("1", "2"), planner=StepPlanner(3))
        assert (notebook.calls, target.records(), target.runs()) == ([], (), ())

    def test_nothing_without_migrations(self, run: RunIt, target: MemoryTarget) -> None:
        """An empty source is told before the lock is asked for."""
        with held_elsewhere(target), pytest.raises(NoMigrationsAvailable, match="The source has no migrations"):
            run(MemorySource())

    def test_what_a_function_returns_does_not_matter(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """False and errors are values as any other."""
        values = [False, None, 0, ValueError("not raised")]
        source = notebook.source(*(notebook.migration(str(n), do=returning(value)) for n, value in enumerate(values)))
        assert run(source).applied == ("0", "1", "2", "3")

    @pytest.mark.parametrize("kind", ["coroutine", "generator", "asynchronous generator"])
    @pytest.mark.parametrize("direction", list(Direction))
    def test_nothing_when_a_call_would_not_run_it(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, kind: str, direction: Direction
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

    def test_nothing_when_one_can_not_be_undone(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Not even those that could be, though they come first."""
        applied(target, "1", "2")
        with pytest.raises(MigrationNotUndoable) as caught:
            run(notebook.source(notebook.migration("1", undo=None), "2"), planner=RewindPlanner())
        assert str(caught.value) == (
            "1_change_things can't be undone: it has no undo. Nothing was run. "
            "Add an undo(ctx) to it, or write a new migration that takes it back."
        )
        assert (notebook.calls, target.done()) == ([], ("1", "2"))

    def test_nothing_when_a_planner_did_not_look(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Somebody's own planner may ask for an undo that is not there."""
        stuck = notebook.migration("1", undo=None)
        applied(target, "1")
        plan = Plan((Action(Direction.DO, notebook.migration("2")), Action(Direction.UNDO, stuck)))
        with pytest.raises(MigrationNotUndoable, match=r"^1_change_things can't be undone: it has no undo\."):
            run(notebook.source(stuck, "2"), planner=SimpleNamespace(plan=lambda migrations, applied: plan))
        assert (notebook.calls, target.done()) == ([], ("1",))


class TestTheContext:
    """What a function is given."""

    def test_has_what_the_run_was_given(self, run: RunIt, notebook: RecordingMigrations) -> None:
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
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A DynamoDB target has one; an explicit one comes first."""
        clients: list[object] = []
        monkeypatch.setattr(target, "client", "the target's", raising=False)
        take = notebook.migration("1", do=lambda ctx: clients.append(ctx.dynamodb))
        run(notebook.source(take))
        run(notebook.source("1", notebook.migration("2", do=take.do)), dynamodb="another")
        assert clients == ["the target's", "another"]

    def test_is_new_for_each_migration(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """None sees another's checkpoint, and each knows its own name."""
        seen: list[tuple[str, object]] = []

        def do(ctx: Context) -> None:
            seen.append((ctx.migration.id, ctx.checkpoint.load()))
            ctx.checkpoint.save(ctx.migration.id)

        run(notebook.source(notebook.migration("1", do=do), notebook.migration("2", do=do)))
        assert seen == [("1", None), ("2", None)]


class TestTheRecords:
    """What stands in the target afterwards."""

    def test_say_who_did_what(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, clock: FakeClock
    ) -> None:
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

    def test_are_dirty_while_it_runs(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """In both directions, so that a function that is killed leaves a mark."""
        seen: list[tuple[str, bool, str]] = []

        def look(ctx: Context) -> None:
            seen.extend((record.id, record.dirty, record.action) for record in target.records())

        source = notebook.source(notebook.migration("1", do=look, undo=look))
        run(source)
        run(source, planner=UndoPlanner())
        assert seen == [("1", True, "do"), ("1", True, "undo")]
        assert target.records() == ()

    def test_keep_the_id_as_first_written(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Though the file was renamed since; the outcome has what the target has."""
        applied(target, "01")
        source = notebook.source("1", "2")
        assert run(source, planner=RewindPlanner()).undone == ("01",)
        applied(target, "001")
        assert run(source).applied == ("2",)
        assert target.done() == ("001", "2")

    def test_have_the_run_in_the_history(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, clock: FakeClock
    ) -> None:
        """Who, what, when and how long."""
        run(notebook.source(notebook.migration("1", do=lambda ctx: clock.turn(1.5)), "2"))
        (record,) = target.runs()
        assert (record.run, record.started_at, record.seconds) == (
            Run(id="run-1", actor="deploy of shop", deploy_id="d-1", app_version="1.2.3"),
            "2026-11-23T09:00:00.000Z",
            1.5,
        )
        assert (record.result, record.applied, record.undone, record.failed, record.note) == (
            "succeeded",
            ("1", "2"),
            (),
            None,
            "",
        )

    def test_do_without_a_history_that_can_not_be_written(
        self,
        run: RunIt,
        target: MemoryTarget,
        notebook: RecordingMigrations,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """That is logged; the migrations are applied all the same."""
        monkeypatch.setattr(target, "record_run", raising(OSError("no route")))
        assert run(notebook.source("1")).applied == ("1",)
        (record,) = (one for one in caplog.records if one.levelno >= logging.WARNING)
        assert (vars(record)["event"], vars(record)["run_id"]) == ("history.not_recorded", "run-1")


class TestTheOutcome:
    """What `migrate` returns."""

    def test_counts_from_when_the_lock_was_held(
        self,
        run: RunIt,
        target: MemoryTarget,
        notebook: RecordingMigrations,
        clock: FakeClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Waiting does not count; reading and running do."""
        records = target.records

        def slow() -> Any:
            clock.turn(2)
            return records()

        monkeypatch.setattr(target, "records", slow)
        with held_elsewhere(target) as holder:
            clock.before_sleep = holder.let_go
            outcome = run(notebook.source(notebook.migration("1", do=lambda ctx: clock.turn(3))), wait=120)
        assert outcome.seconds == 5

    def test_has_a_run_id_though_none_was_given(self, target: MemoryTarget, notebook: RecordingMigrations) -> None:
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
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """In the order done."""
        applied(target, "1", "2")
        outcome = run(notebook.source("1", "2"), planner=ResetPlanner())
        assert (outcome.undone, outcome.applied, outcome.pending) == (("2", "1"), ("1", "2"), ())


class TestSettings:
    """Checked before anything is locked."""

    @pytest.mark.parametrize("name", ["out_of_order", "missing", "changed"])
    def test_that_mean_nothing_are_refused(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, name: str
    ) -> None:
        """With those that mean something."""
        with held_elsewhere(target), pytest.raises(InvalidSetting, match=rf"^{name}='maybe' is unknown\. Use one of"):
            run(notebook.source("1"), **{name: "maybe"})
        assert notebook.calls == []
