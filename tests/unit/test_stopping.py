"""Runs that stop before they are done, and go on from there."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import (
    Context,
    DirtyMigration,
    Direction,
    DoPlanner,
    LockLost,
    MemoryTarget,
    MigratePlanner,
    MigrationFailed,
    MigrationNotUndoable,
    MigrationsError,
    Outcome,
    ResetPlanner,
    RewindPlanner,
    RunUnfinished,
    StepOutOfRange,
    StepPlanner,
    StopRequested,
    ToPlanner,
    UndoPlanner,
    migrate,
)
from dynamigrate.records import Run
from tests.unit.fakes import FakeClock, Notebook, applied

PAGES = 4


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
    return lambda source, **settings: migrate(source, target, **{"clock": clock, "run": Run(id="run-1"), **settings})


Run_ = Callable[..., Outcome]


def stopping(target: MemoryTarget, *, after: int = 1, pages: list[int] | None = None) -> Callable[[Context], None]:
    """A function of `PAGES` pages that saves a checkpoint after each, and is asked to stop after *after* pages."""

    def work(ctx: Context) -> None:
        start = ctx.checkpoint.load() or 0
        for page in range(start + 1, PAGES + 1):
            if pages is not None:
                pages.append(page)
            if page == after:
                target.request_stop("the stack is rolling back")
            ctx.checkpoint.save(page)

    return work


class TestBetweenMigrations:
    """A run stops before the next one."""

    def test_when_less_is_left_than_is_to_be_kept(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, clock: FakeClock
    ) -> None:
        """The time that the rest of the function needs is not given to a migration."""
        end = clock.monotonic() + 10
        source = notebook.source(notebook.migration("1", do=lambda ctx: clock.turn(5.5)), "2", "3")
        with pytest.raises(RunUnfinished) as caught:
            run(source, remaining=lambda: end - clock.monotonic(), reserve=5)
        assert str(caught.value) == (
            "The run stopped before 2_change_things: 4 seconds were left of the time that this function has. "
            "Applied in this run: 1; pending: 2, 3. "
            'Deploy again, or invoke {"action": "migrate"}, and it goes on from there.'
        )
        assert caught.value.outcome == Outcome(applied=("1",), pending=("2", "3"), run_id="run-1", seconds=5.5)
        assert (notebook.calls, target.done()) == (["do 1"], ("1",))

    def test_not_while_as_much_is_left_as_is_to_be_kept(self, run: Run_, notebook: Notebook, clock: FakeClock) -> None:
        """To the second."""
        assert run(notebook.source("1"), remaining=lambda: 5.0, reserve=5).applied == ("1",)

    def test_before_the_first_if_need_be(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """And time that is over counts as none."""
        with pytest.raises(RunUnfinished, match=r"^The run stopped before 1_change_things: 0 seconds were left"):
            run(notebook.source("1"), remaining=lambda: -3.0, reserve=5)
        assert (notebook.calls, target.records()) == ([], ())

    def test_not_when_there_is_nothing_to_do(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """A run that is done is done."""
        applied(target, "1")
        assert not run(notebook.source("1"), remaining=lambda: 0.0, reserve=5).changed

    def test_when_somebody_asks(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """With the reason given."""
        first = notebook.migration("1", do=lambda ctx: target.request_stop("the stack is rolling back"))
        with pytest.raises(
            RunUnfinished, match=r"^The run stopped before 2_change_things: the stack is rolling back\."
        ):
            run(notebook.source(first, "2"))
        assert target.done() == ("1",)

    def test_when_somebody_asks_at_the_last_moment(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The mark itself is refused then: nothing is begun, and that is no failure."""
        add = target.add

        def add_too_late(*args: Any) -> None:
            target.request_stop("the stack is rolling back")
            add(*args)

        monkeypatch.setattr(target, "add", add_too_late)
        with pytest.raises(RunUnfinished, match=r"^1 was not begun: the stack is rolling back\.") as caught:
            run(notebook.source("1"))
        assert isinstance(caught.value.__cause__, StopRequested)
        assert (notebook.calls, target.records()) == ([], ())

    def test_and_the_history_says_so(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """Neither succeeded nor failed."""
        first = notebook.migration("1", do=lambda ctx: target.request_stop("the stack is rolling back"))
        with pytest.raises(RunUnfinished) as caught:
            run(notebook.source(first, "2"))
        (record,) = target.runs()
        assert (record.result, record.applied, record.failed, record.note) == (
            "unfinished",
            ("1",),
            None,
            str(caught.value),
        )

    def test_and_the_next_run_goes_on(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """With what is left."""
        first = notebook.migration("1", do=lambda ctx: target.request_stop("the stack is rolling back"))
        source = notebook.source(first, "2", "3")
        with pytest.raises(RunUnfinished):
            run(source)
        assert run(source).applied == ("2", "3")
        assert notebook.calls == ["do 1", "do 2", "do 3"]


class TestAtACheckpoint:
    """A migration stops where it has saved how far it is."""

    @pytest.mark.parametrize("direction", list(Direction))
    def test_it_stops_and_goes_on_from_it(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, direction: Direction
    ) -> None:
        """In either direction, without doing a page twice or leaving one out."""
        pages: list[int] = []
        work = stopping(target, after=2, pages=pages)
        planner: Any = MigratePlanner() if direction is Direction.DO else RewindPlanner()
        if direction is Direction.UNDO:
            applied(target, "1")
        source = notebook.source(notebook.migration("1", do=work, undo=work))
        with pytest.raises(RunUnfinished) as caught:
            run(source, planner=planner)
        assert str(caught.value).startswith(
            "1 stopped at its checkpoint: the stack is rolling back. Applied in this run: none; pending: 1."
        )
        assert isinstance(caught.value.__cause__, StopRequested)
        (record,) = target.records()
        assert (record.resumable, record.checkpoint, record.action) == (True, 2, direction)
        outcome = run(source, planner=planner)
        assert pages == [1, 2, 3, 4]
        assert (outcome.applied, outcome.undone) == ((("1",), ()) if direction is Direction.DO else ((), ("1",)))
        assert target.done() == (("1",) if direction is Direction.DO else ())

    def test_it_stops_when_time_is_short(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, clock: FakeClock
    ) -> None:
        """As between two migrations."""
        end = clock.monotonic() + 10

        def work(ctx: Context) -> None:
            for page in range(PAGES):
                clock.turn(3)
                ctx.checkpoint.save(page)

        with pytest.raises(RunUnfinished, match=r"^1 stopped at its checkpoint: 4 seconds were left of the time"):
            run(
                notebook.source(notebook.migration("1", do=work)),
                remaining=lambda: end - clock.monotonic(),
                reserve=5,
            )
        assert target.records()[0].checkpoint == 1

    def test_it_may_clean_up_on_its_way_out(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """The request to stop is an exception as any other."""
        closed: list[bool] = []

        def work(ctx: Context) -> None:
            try:
                stopping(target)(ctx)
            finally:
                closed.append(True)

        with pytest.raises(RunUnfinished):
            run(notebook.source(notebook.migration("1", do=work)))
        assert closed == [True]

    def test_it_may_finish_instead(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """If it holds the request back and comes to its end, it is applied."""

        def work(ctx: Context) -> None:
            target.request_stop("the stack is rolling back")
            with pytest.raises(StopRequested):
                ctx.checkpoint.save(1)

        assert run(notebook.source(notebook.migration("1", do=work))).applied == ("1",)

    def test_it_is_told_at_once_that_the_lock_is_lost(
        self, run: Run_, target: MemoryTarget, notebook: Notebook
    ) -> None:
        """Nothing was saved, and it must not write on; it stays dirty."""

        def work(ctx: Context) -> None:
            target.break_lock()
            ctx.checkpoint.save(1)

        with pytest.raises(LockLost, match=r"^Nothing was recorded for 1: the lock is no longer ours\."):
            run(notebook.source(notebook.migration("1", do=work)))
        (record,) = target.records()
        assert (record.dirty, record.checkpoint, record.failure) == (True, None, None)

    def test_a_failure_after_it_is_gone_on_from_too(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """Once the code is right."""
        seen: list[object] = []

        def wrong(ctx: Context) -> None:
            ctx.checkpoint.save({"page": 2})
            raise ValueError("no")

        def right(ctx: Context) -> None:
            seen.append(ctx.checkpoint.load())

        with pytest.raises(MigrationFailed):
            run(notebook.source(notebook.migration("1", do=wrong)))
        assert run(notebook.source(notebook.migration("1", do=right))).applied == ("1",)
        assert seen == [{"page": 2}]
        assert target.records()[0].failure is None

    def test_what_is_resumed_is_told_and_noted(
        self, run: Run_, target: MemoryTarget, notebook: Notebook, clock: FakeClock
    ) -> None:
        """The record has the run that finished it, and when it first began."""
        source = notebook.source(notebook.migration("1", do=stopping(target)))
        with pytest.raises(RunUnfinished):
            run(source)
        clock.turn(60)
        run(source, run=Run(id="run-2"))
        (record,) = target.records()
        assert (record.details.run_id, record.started_at) == ("run-2", "2026-11-23T09:00:00.000Z")

    def test_what_was_resumed_is_named_as_first_written(
        self, run: Run_, target: MemoryTarget, notebook: Notebook
    ) -> None:
        """Though the file has been renamed in between."""
        with pytest.raises(RunUnfinished):
            run(notebook.source(notebook.migration("01", do=stopping(target))))
        assert run(notebook.source(notebook.migration("1", do=stopping(target)))).applied == ("01",)
        assert target.done() == ("01",)


class TestWhatAnotherPlanDoesWithIt:
    """What is unfinished comes first, and counts as part of what was asked for."""

    @pytest.fixture
    def source(self, target: MemoryTarget, notebook: Notebook, run: Run_) -> Any:
        """Three migrations, the first applied."""
        work = stopping(target)
        source = notebook.source(
            "1", notebook.migration("2", do=work, undo=work), notebook.migration("3", do=work, undo=work)
        )
        applied(target, "1")
        return source

    @pytest.fixture
    def doing_2(self, source: Any, notebook: Notebook, run: Run_) -> Any:
        """The second has stopped at its first checkpoint."""
        with pytest.raises(RunUnfinished):
            run(source)
        notebook.calls.clear()
        return source

    @pytest.fixture
    def undoing_2(self, source: Any, target: MemoryTarget, notebook: Notebook, run: Run_) -> Any:
        """The second was applied, and its undo has stopped at its first checkpoint."""
        applied(target, "2")
        with pytest.raises(RunUnfinished):
            run(source, planner=UndoPlanner())
        notebook.calls.clear()
        return source

    def test_one_step_forward_finishes_it(
        self, run: Run_, target: MemoryTarget, doing_2: Any, notebook: Notebook
    ) -> None:
        """And does no other."""
        assert run(doing_2, planner=DoPlanner()).applied == ("2",)
        assert (notebook.calls, target.done()) == (["do 2"], ("1", "2"))

    def test_two_steps_forward_finish_it_and_do_one_more(
        self, run: Run_, target: MemoryTarget, doing_2: Any, notebook: Notebook
    ) -> None:
        """Though by now only one has not begun."""
        with pytest.raises(RunUnfinished):
            run(doing_2, planner=StepPlanner(2))
        assert notebook.calls == ["do 2", "do 3"]

    def test_three_steps_forward_are_too_many(self, run: Run_, doing_2: Any, notebook: Notebook) -> None:
        """There are two."""
        with pytest.raises(StepOutOfRange):
            run(doing_2, planner=StepPlanner(3))
        assert notebook.calls == []

    def test_the_undo_asked_for_again_finishes_it(
        self, run: Run_, target: MemoryTarget, undoing_2: Any, notebook: Notebook
    ) -> None:
        """And undoes no other: whoever is told to run it again does not lose the one before."""
        assert run(undoing_2, planner=UndoPlanner()).undone == ("2",)
        assert (notebook.calls, target.done()) == (["undo 2"], ("1",))

    def test_the_undo_of_the_only_one_is_not_out_of_range(
        self, run: Run_, target: MemoryTarget, notebook: Notebook
    ) -> None:
        """It is there until it is gone."""
        work = stopping(target)
        source = notebook.source(notebook.migration("1", do=work, undo=work))
        applied(target, "1")
        with pytest.raises(RunUnfinished):
            run(source, planner=UndoPlanner())
        assert run(source, planner=UndoPlanner()).undone == ("1",)
        assert target.records() == ()

    def test_an_undo_finishes_the_do_first(
        self, run: Run_, target: MemoryTarget, doing_2: Any, notebook: Notebook
    ) -> None:
        """What is half done can be undone only as a whole."""
        with pytest.raises(RunUnfinished):
            run(doing_2, planner=UndoPlanner())
        assert notebook.calls == ["do 2", "undo 2"]

    def test_a_migrate_finishes_the_undo_and_then_does_it(
        self, run: Run_, target: MemoryTarget, undoing_2: Any, notebook: Notebook
    ) -> None:
        """It is pending then, as all that it does."""
        with pytest.raises(RunUnfinished):
            run(undoing_2)
        assert notebook.calls == ["undo 2", "do 2"]

    @pytest.mark.parametrize(
        ("planner", "calls"),
        [
            (RewindPlanner(), ["undo 2", "undo 1"]),
            (StepPlanner(-2), ["undo 2", "undo 1"]),
            (ToPlanner("1"), ["undo 2"]),
            (ToPlanner("2"), ["undo 2", "do 2"]),
            (ResetPlanner(), ["undo 2", "undo 1", "do 1", "do 2"]),
        ],
        ids=lambda value: type(value).__name__ if hasattr(value, "plan") else "",
    )
    def test_an_undo_is_gone_on_with_by_any_planner(
        self, run: Run_, target: MemoryTarget, undoing_2: Any, notebook: Notebook, planner: Any, calls: list[str]
    ) -> None:
        """In its direction."""
        try:
            run(undoing_2, planner=planner)
        except RunUnfinished:
            assert calls[-1] == "do 2"
        assert notebook.calls == calls

    def test_a_reset_finishes_the_do_and_undoes_it(
        self, run: Run_, target: MemoryTarget, doing_2: Any, notebook: Notebook
    ) -> None:
        """It is not forgotten in the middle of the plan."""
        with pytest.raises(RunUnfinished):
            run(doing_2, planner=ResetPlanner())
        assert notebook.calls == ["do 2", "undo 2"]

    def test_nothing_is_gone_on_with_beside_one_that_is_stuck(
        self, run: Run_, target: MemoryTarget, doing_2: Any, notebook: Notebook
    ) -> None:
        """A dirty one without a checkpoint has to be settled first, and is the one that is named."""
        target.add("3")
        with pytest.raises(DirtyMigration, match=r"^3_change_things began .* and did not finish\. So did 2\."):
            run(doing_2)
        assert notebook.calls == []

    def test_one_whose_code_is_gone_is_stuck(self, run: Run_, doing_2: Any, notebook: Notebook) -> None:
        """A checkpoint is of no use without it."""
        with pytest.raises(DirtyMigration, match=r"^2_change_things began"):
            run(notebook.source("1", "3"))

    def test_an_undo_that_is_gone_from_the_code_can_not_be_gone_on_with(
        self, run: Run_, target: MemoryTarget, undoing_2: Any, notebook: Notebook
    ) -> None:
        """It says so before anything runs."""
        with pytest.raises(MigrationNotUndoable, match=r"^2_change_things can't be undone: it has no undo\."):
            run(notebook.source("1", notebook.migration("2", undo=None), "3"))
        assert notebook.calls == []


class TestTheContextsPart:
    """`checkpoint` and `progress`, as a migration sees them."""

    def test_a_checkpoint_is_what_was_saved_last(self, run: Run_, notebook: Notebook) -> None:
        """In the same run too."""
        seen: list[object] = []

        def work(ctx: Context) -> None:
            for value in (1, {"page": 2}):
                ctx.checkpoint.save(value)
                seen.append(ctx.checkpoint.load())

        run(notebook.source(notebook.migration("1", do=work)))
        assert seen == [1, {"page": 2}]

    def test_none_is_no_checkpoint(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """It would read as never having begun; what was saved before stays."""

        def work(ctx: Context) -> None:
            ctx.checkpoint.save(1)
            with pytest.raises(MigrationsError, match=r"^A checkpoint can't be None\. Save where to go on from\."):
                ctx.checkpoint.save(None)
            raise ValueError("no")

        with pytest.raises(MigrationFailed):
            run(notebook.source(notebook.migration("1", do=work)))
        assert target.records()[0].checkpoint == 1

    def test_progress_is_kept_every_five_seconds(
        self,
        run: Run_,
        target: MemoryTarget,
        notebook: Notebook,
        clock: FakeClock,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """The first, the last, and no more often between them, however often it is called."""
        caplog.set_level("INFO")
        kept: list[object] = []

        def work(ctx: Context) -> None:
            for done in range(11):
                ctx.progress(done, 10)
                kept.append(target.records()[0].progress)
                clock.turn(2)

        run(notebook.source(notebook.migration("1", do=work)))
        assert kept == [(0, 10)] * 3 + [(3, 10)] * 3 + [(6, 10)] * 3 + [(9, 10), (10, 10)]
        lines = [record for record in caplog.records if record.getMessage() == "migration.progress"]
        assert [(vars(line)["done"], vars(line)["total"]) for line in lines] == [
            (0, 10),
            (3, 10),
            (6, 10),
            (9, 10),
            (10, 10),
        ]
        assert {(vars(line)["run_id"], vars(line)["migration"]) for line in lines} == {("run-1", "1")}

    def test_progress_tells_that_the_lock_is_lost(self, run: Run_, target: MemoryTarget, notebook: Notebook) -> None:
        """So that a loop without checkpoints stops too."""

        def work(ctx: Context) -> None:
            target.break_lock()
            ctx.progress(1, 2)

        with pytest.raises(LockLost):
            run(notebook.source(notebook.migration("1", do=work)))

    def test_time_is_endless_where_nothing_ends_it(self, run: Run_, notebook: Notebook) -> None:
        """As on a command line."""
        seen: list[float] = []
        run(notebook.source(notebook.migration("1", do=lambda ctx: seen.append(ctx.remaining()))))
        assert seen == [math.inf]

    def test_there_may_be_no_client(self, run: Run_, notebook: Notebook) -> None:
        """Whoever asks for one that is not there is told how to give one."""
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source(notebook.migration("1", do=lambda ctx: ctx.dynamodb)))
        assert (
            "1_change_things asked for ctx.dynamodb, and this run has no client. "
            "Give migrate() one: migrate(source, target, dynamodb=client)."
        ) in str(caught.value)

    def test_a_memory_target_can_not_fence(self, run: Run_, notebook: Notebook) -> None:
        """It says which one can."""
        with pytest.raises(MigrationFailed, match=r"no transactions to fence\. Use a DynamoDBTarget to test"):
            run(notebook.source(notebook.migration("1", do=lambda ctx: ctx.lock_condition())))
