"""Runs that go on in one process after the other, each with little time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from dynamigrate import (
    Context,
    MemoryTarget,
    Outcome,
    RunUnfinished,
    ToPlanner,
)
from dynamigrate.continuation import Continuation
from dynamigrate.errors import HandedOver, NothingToTakeUp
from dynamigrate.records import Details, Run
from tests.unit.fakes import MORNING, FakeClock, RecordingMigrations, RunIt, applied, migrate_in
from tests.unit.processes import IDS, LIMIT, RUN, Processes, handed_over


class TestARunThatIsHandedOver:
    def test_is_one_run(self, processes: Processes, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """Its outcome has all of it, from the moment that the first process held the lock."""
        outcome = processes.all()
        assert outcome == Outcome(applied=IDS, run_id="run-1", seconds=5 * 3 + 2 * 60)
        assert notebook.calls == [f"do {one}" for one in IDS]
        assert target.done() == IDS
        assert target.lock_status() is None

    def test_is_recorded_once(self, processes: Processes, target: MemoryTarget) -> None:
        """At its end, whole."""
        processes.all()
        (record,) = target.runs()
        assert (record.run, record.result, record.applied, record.note) == (RUN, "succeeded", IDS, "")
        assert (record.started_at, record.seconds) == ("2026-11-23T09:00:00.000Z", 135.0)

    def test_is_not_over_when_a_process_is(self, processes: Processes, target: MemoryTarget) -> None:
        """Which says so, and what was done by then; nothing is recorded of the run yet."""
        with pytest.raises(HandedOver) as caught:
            processes.first()
        assert str(caught.value) == "The run goes on in the next process."
        assert caught.value.outcome == Outcome(applied=("1", "2"), pending=("3", "4", "5"), run_id="run-1", seconds=6.0)
        assert isinstance(caught.value, RunUnfinished)
        assert target.runs() == ()
        status = target.lock_status()
        assert status is not None
        assert status.waiting

    def test_tells_each_process_what_was_before(self, processes: Processes) -> None:
        """Counted from the first one."""
        processes.all()
        begun = Continuation(run=RUN, began=MORNING, ends=LIMIT)
        assert processes.handed == [
            replace(begun, slice=1, applied=("1", "2")),
            replace(begun, slice=2, applied=("1", "2", "3", "4")),
        ]

    def test_keeps_the_notes_of_who_handed_it_over(self, processes: Processes, target: MemoryTarget) -> None:
        """From process to process."""
        handed_over(target, notes={"execution": "arn"})
        with pytest.raises(HandedOver):
            processes.next()
        assert processes.handed[0].notes == {"execution": "arn"}

    def test_goes_on_at_a_checkpoint(
        self, processes: Processes, clock: FakeClock, notebook: RecordingMigrations
    ) -> None:
        """A page is done once, however many processes it takes."""
        pages: list[int] = []

        def work(ctx: Context) -> None:
            for page in range(ctx.checkpoint.load() or 0, 9):
                pages.append(page)
                clock.turn(3)
                ctx.checkpoint.save(page + 1)

        processes.source = notebook.source(notebook.migration("1", do=work), "2")
        outcome = processes.all()
        assert pages == [*range(9)]
        assert (outcome.applied, len(processes.handed)) == (("1", "2"), 4)
        assert processes.handed[0].applied == ()

    def test_goes_on_undoing(self, processes: Processes, clock: FakeClock, notebook: RecordingMigrations) -> None:
        """In the order in which it began."""
        undone = [notebook.migration(one, undo=lambda ctx: clock.turn(3)) for one in IDS]
        processes.source = notebook.source(*undone)
        applied(processes.target, *IDS)
        processes.settings = {"planner": ToPlanner("1")}
        outcome = processes.all()
        assert (outcome.undone, outcome.applied) == (("5", "4", "3", "2"), ())
        assert processes.target.done() == ("1",)
        assert processes.target.runs()[0].undone == ("5", "4", "3", "2")

    def test_that_fits_asks_nobody(self, processes: Processes, target: MemoryTarget) -> None:
        """As it would without a place to go on."""
        processes.seconds = 100
        assert processes.all().applied == IDS
        assert processes.handed == []

    def test_is_as_ever_without_a_place_to_go_on(self, processes: Processes, target: MemoryTarget) -> None:
        """It ends with its process."""
        with pytest.raises(RunUnfinished, match=r"Deploy again, or invoke") as caught:
            processes.first(continue_elsewhere=None)
        assert not isinstance(caught.value, HandedOver)
        assert [record.result for record in target.runs()] == ["unfinished"]

    def test_says_what_it_goes_on_in_spite_of(self, processes: Processes, target: MemoryTarget) -> None:
        """Also where an earlier process had found it."""
        target.add("0", Details(checksum="as it was"))
        target.finish_migration("0")
        notebook = RecordingMigrations()
        processes.source.add(notebook.migration("0", checksum="as it is"))
        outcome = processes.all()
        assert len(outcome.warnings) == 1
        assert "0_change_things" in outcome.warnings[0]

    def test_counts_what_is_not_in_the_code_any_more(
        self, processes: Processes, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """It was done by this run all the same."""
        applied(target, "1")
        handed_over(target, applied=("1",))
        processes.source = notebook.source("2")
        assert processes.next(missing="ignore").applied == ("1", "2")

    def test_counts_what_a_process_did_that_died(self, processes: Processes, target: MemoryTarget) -> None:
        """It could not hand that on any more, but the history has it; what others applied is theirs."""
        applied(target, "1")
        handed_over(target, applied=(), deaths=1)
        for one in ("3", "2"):
            target.add(one, Details(run_id="run-1"))
            target.finish_migration(one)
            processes.clock.turn(1)
        assert processes.next().applied == ("3", "2", "4", "5")

    def test_with_nothing_left_is_recorded_all_the_same(self, processes: Processes, target: MemoryTarget) -> None:
        """As what it was in all."""
        applied(target, *IDS)
        handed_over(target, applied=IDS)
        assert processes.next() == Outcome(applied=IDS, run_id="run-1", seconds=60.0)
        assert [(record.result, record.applied) for record in target.runs()] == [("succeeded", IDS)]

    def test_that_is_over_is_not_taken_up(
        self, processes: Processes, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Nothing is run, and nothing recorded."""
        with pytest.raises(NothingToTakeUp):
            processes.next()
        assert (notebook.calls, target.runs()) == ([], ())

    def test_is_none_where_it_is_a_dry_run(self, processes: Processes, target: MemoryTarget) -> None:
        """It has nothing to hand over."""
        with pytest.raises(RunUnfinished, match="It was a dry run") as caught:
            processes.first(dry_run=True, remaining=lambda: 1.0)
        assert not isinstance(caught.value, HandedOver)
        assert (processes.handed, target.lock_status()) == ([], None)


class TestATargetOfTheUsersOwn:
    def test_may_know_nothing_of_it(self, run: RunIt, notebook: RecordingMigrations, clock: FakeClock) -> None:
        """Its lock was written before there was any of this."""

        class OlderLock:
            """With what there was then."""

            lost, loss, stop_reason, paused = False, None, None, False

            def condition(self) -> dict[str, Any]:
                raise NotImplementedError

        class OlderTarget(MemoryTarget):
            @contextmanager
            def lock(self, wait: float = 0) -> Iterator[Any]:
                yield OlderLock()

        outcome = migrate_in(notebook.source("1"), OlderTarget(clock=clock), clock=clock, run=RUN)
        assert outcome.applied == ("1",)


class TestAContinuation:
    """As it is kept."""

    KEPT = Continuation(
        run=RUN, began=1.5, ends=2.5, slice=3, idle=1, deaths=2, applied=("1",), undone=("02",), notes={"a": "é"}
    )

    def test_is_read_as_it_was_written(self) -> None:
        """Every part of it."""
        assert Continuation.read(self.KEPT.text) == self.KEPT

    def test_of_newer_code_is_read_as_far_as_it_is_known(self) -> None:
        """A rollback may bring back the code of before while a run goes on."""
        newer = self.KEPT.text.replace('"began"', '"fleet": 8, "began"').replace('"actor"', '"region": "x", "actor"')
        assert Continuation.read(newer) == self.KEPT

    def test_of_older_code_has_what_is_added_since_as_at_the_beginning(self) -> None:
        """What every one has is enough."""
        assert Continuation.read('{"run": {"id": "run-1"}, "began": 1, "ends": 2, "applied": [], "undone": []}') == (
            Continuation(run=Run(id="run-1"), began=1, ends=2)
        )

    @pytest.mark.parametrize("text", ["", "no", "[]", "1", "{}", '{"run": 1, "began": 1, "ends": 1}', '{"run": {}}'])
    def test_that_something_else_wrote_is_none(self, text: str) -> None:
        """Nobody goes on from it."""
        assert Continuation.read(text) is None
