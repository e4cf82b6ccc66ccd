"""Runs that stop before they are done: between migrations and at checkpoints."""

from typing import Any

import pytest

from dynamigrate import (
    Context,
    LockLost,
    MemoryTarget,
    MigratePlanner,
    MigrationFailed,
    Outcome,
    RewindPlanner,
    RunUnfinished,
    StopRequested,
)
from dynamigrate.plan import Direction
from dynamigrate.records import Run
from tests.unit.fakes import PAGES, FakeClock, RecordingMigrations, RunIt, applied, stopping


class TestBetweenMigrations:
    """A run stops before the next one."""

    def test_when_less_is_left_than_is_to_be_kept(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, clock: FakeClock
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

    def test_not_while_as_much_is_left_as_is_to_be_kept(
        self, run: RunIt, notebook: RecordingMigrations, clock: FakeClock
    ) -> None:
        """To the second."""
        assert run(notebook.source("1"), remaining=lambda: 5.0, reserve=5).applied == ("1",)

    def test_before_the_first_if_need_be(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """And time that is over counts as none."""
        with pytest.raises(RunUnfinished, match=r"^The run stopped before 1_change_things: 0 seconds were left"):
            run(notebook.source("1"), remaining=lambda: -3.0, reserve=5)
        assert (notebook.calls, target.records()) == ([], ())

    def test_not_when_there_is_nothing_to_do(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """A run that is done is done."""
        applied(target, "1")
        assert not run(notebook.source("1"), remaining=lambda: 0.0, reserve=5).changed

    def test_when_somebody_asks(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """With the reason given."""
        first = notebook.migration("1", do=lambda ctx: target.request_stop("the stack is rolling back"))
        with pytest.raises(
            RunUnfinished, match=r"^The run stopped before 2_change_things: the stack is rolling back\."
        ):
            run(notebook.source(first, "2"))
        assert target.done() == ("1",)

    def test_when_somebody_asks_at_the_last_moment(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, monkeypatch: pytest.MonkeyPatch
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

    def test_and_the_history_says_so(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
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

    def test_and_the_next_run_goes_on(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
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
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, direction: Direction
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
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, clock: FakeClock
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

    def test_it_may_clean_up_on_its_way_out(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
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

    def test_it_may_finish_instead(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """If it holds the request back and comes to its end, it is applied."""

        def work(ctx: Context) -> None:
            target.request_stop("the stack is rolling back")
            with pytest.raises(StopRequested):
                ctx.checkpoint.save(1)

        assert run(notebook.source(notebook.migration("1", do=work))).applied == ("1",)

    def test_it_is_told_at_once_that_the_lock_is_lost(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Nothing was saved, and it must not write on; it stays dirty."""

        def work(ctx: Context) -> None:
            target.break_lock()
            ctx.checkpoint.save(1)

        with pytest.raises(LockLost, match=r"^Nothing was recorded for 1: the lock is no longer ours\."):
            run(notebook.source(notebook.migration("1", do=work)))
        (record,) = target.records()
        assert (record.dirty, record.checkpoint, record.failure) == (True, None, None)

    def test_a_failure_after_it_is_gone_on_from_too(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
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
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, clock: FakeClock
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
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Though the file has been renamed in between."""
        with pytest.raises(RunUnfinished):
            run(notebook.source(notebook.migration("01", do=stopping(target))))
        assert run(notebook.source(notebook.migration("1", do=stopping(target)))).applied == ("01",)
        assert target.done() == ("01",)
