"""A process that wakes after another one has taken its run up, or nobody has."""

from contextlib import ExitStack
from unittest import mock

import pytest

from dynamigrate import Context, DynamoDBTarget, LockLost, MemorySource, Migration
from dynamigrate.errors import HandedOver
from dynamigrate.records import RunRecord
from tests.unit.fakes import FakeClock

from .handing_over import go_on, hand_over, stay_with


class TestAProcessThatWakes:
    """After another one has taken its run up, as it looked dead."""

    @pytest.mark.parametrize("slept", [0.0, 25.0], ids=["a moment", "past its lease"])
    @pytest.mark.parametrize("over", [False, True], ids=["it is at work", "it has come to the end"])
    def test_records_nothing_and_leaves_the_end_of_the_run_to_its_successor(
        self, target: DynamoDBTarget, other: DynamoDBTarget, clock: FakeClock, over: bool, slept: float
    ) -> None:
        """It is one run still, which has one end, whether the lock tells the late one first or its own clock."""
        hand_over(target)
        successor = ExitStack()

        def do(ctx: Context) -> None:
            if ctx.checkpoint.load() is None:
                ctx.checkpoint.save("half")
                if over:
                    assert go_on(source, other, FakeClock()).applied == ("1",)
                else:
                    stay_with(successor, other)
                clock.turn(slept)
                ctx.require_lock()
                ctx.checkpoint.save("more")

        source = MemorySource()
        source.add(Migration("1", "add status", do=do))
        with successor:
            with pytest.raises(HandedOver, match="Another process took the run up, as this one looked dead") as caught:
                go_on(source, target, clock)
            assert isinstance(caught.value.__cause__, LockLost)
            assert [run.result for run in target.runs()] == (["succeeded"] if over else [])
            assert (target.lock_status() is None) == over

    def test_whose_run_nobody_took_up_ends_it(self, target: DynamoDBTarget, clock: FakeClock) -> None:
        """Nobody may take it up any more once that is recorded, so it gives the lock back before."""
        hand_over(target)
        free: list[bool] = []
        record_run = target.record_run

        def watched(record: RunRecord) -> None:
            free.append(target.lock_status() is None)
            record_run(record)

        def do(ctx: Context) -> None:
            clock.turn(25)
            ctx.require_lock()

        source = MemorySource()
        source.add(Migration("1", "add status", do=do))
        with (
            mock.patch.object(target, "record_run", watched),
            pytest.raises(LockLost, match="This process did not run for longer than its lease"),
        ):
            go_on(source, target, clock)
        assert [run.result for run in target.runs()] == ["failed"]
        assert free == [True]

    def test_whose_run_was_ended_by_a_person_says_so(
        self, target: DynamoDBTarget, other: DynamoDBTarget, clock: FakeClock
    ) -> None:
        """Nobody goes on then, and nobody else would record it."""
        hand_over(target)

        def do(ctx: Context) -> None:
            other.unlock(force=True)
            ctx.checkpoint.save("half")

        source = MemorySource()
        source.add(Migration("1", "add status", do=do))
        with pytest.raises(LockLost, match="It was freed while it was held"):
            go_on(source, target, clock)
        assert [run.result for run in target.runs()] == ["failed"]

    def test_leaves_the_lock_to_its_successor(self, target: DynamoDBTarget, other: DynamoDBTarget) -> None:
        """Who has it for the very same run; one that has it for another run has ended this one."""
        hand_over(target)
        with target.take_up("run-1") as lease, ExitStack() as stack:
            stay_with(stack, other)
            lease.beat()
            assert lease.loss is not None
            assert lease.loss.goes_on
            assert lease.loss.next_step == "There is nothing to do: the run goes on there."
        hand_over(target)
        with target.take_up("run-1") as lease:
            other.unlock(force=True)
            with other.lock():
                lease.beat()
            assert lease.loss is not None
            assert not lease.loss.goes_on
