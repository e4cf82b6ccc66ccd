"""What every target promises of a lock that one process hands over and another takes up."""

import logging
import threading
from contextlib import ExitStack
from typing import Any

import pytest

from dynamigrate import LockHeld, LockLost, MemoryTarget, StopRequested
from dynamigrate.continuation import REQUEST_ID, Continuation
from dynamigrate.errors import NothingToTakeUp, StateMissing
from dynamigrate.records import Details, Run
from tests.contracts.changes import Change
from tests.contracts.conftest import TargetScene, where_writes_are_atomic
from tests.unit.fakes import MORNING, PATIENCE, applied

ENDS = MORNING + 3000
UNTIL = ENDS + 120
CONTINUATION = Continuation(
    run=Run(id="run-1", actor="deploy of shop", deploy_id="d-1", app_version="1.2.3"),
    began=MORNING - 60,
    ends=ENDS,
    slice=2,
    idle=1,
    deaths=1,
    applied=("1", "02"),
    undone=("3",),
    notes={REQUEST_ID: "request-1", "execution": "arn:é"},
)


def handed_over(scene: TargetScene) -> None:
    """The run waits for whoever takes it up."""
    with scene.target.lock() as lock:
        lock.hand_over(CONTINUATION, until=UNTIL)


class TestHandingOver:
    """By who holds the lock."""

    def test_leaves_the_lock_to_whoever_takes_the_run_up(self, scene: TargetScene) -> None:
        """With all that the first one wanted the second one to know; at its end the lock is free, as ever."""
        handed_over(scene)
        with scene.another().take_up("run-1") as lock:
            assert lock.continuation == CONTINUATION.taken_up(after_death=False)
            assert lock.continuation.slice == 3
            assert (lock.lost, lock.stop_reason, lock.paused) == (False, None, False)
        assert scene.target.lock_status() is None

    def test_a_migration_took_as_long_as_all_processes_of_its_run_together(self, scene: TargetScene) -> None:
        """Not what lies between two runs."""
        first, details = scene.target, Details(run_id="run-1")
        with first.lock() as lock:
            first.add("1", details)
            first.save_checkpoint("1", "here")
            scene.clock.sleep(15)
            lock.hand_over(CONTINUATION, until=UNTIL)
        second = scene.another(scene.clock)
        with second.take_up("run-1"):
            second.records()
            second.resume_migration("1", details)
            scene.clock.sleep(2)
            second.finish_migration("1")
        [record] = scene.target.records()
        assert record.duration_ms is not None
        assert 17_000 <= record.duration_ms < 18_000

    def test_is_to_be_seen(self, scene: TargetScene) -> None:
        """That the run waits, and for what; then that it goes on."""
        handed_over(scene)
        status = scene.target.lock_status()
        assert status is not None
        assert (status.waiting, status.run_id, status.continuation) == (True, "run-1", CONTINUATION)
        assert status.deadline_ms == round(UNTIL * 1000)
        assert status.request_id == "request-1"
        with scene.another().take_up("run-1"):
            status = scene.target.lock_status()
            assert status is not None
            assert (status.waiting, status.run_id) == (False, "run-1")
            assert status.continuation == CONTINUATION.taken_up(after_death=False)

    def test_is_no_loss(self, scene: TargetScene, caplog: pytest.LogCaptureFixture) -> None:
        """Nothing is warned of, within the block and on leaving it, whoever has the lock by then."""
        with caplog.at_level(logging.WARNING, logger="dynamigrate"), scene.target.lock() as lock:
            lock.hand_over(CONTINUATION, until=UNTIL)
            assert (lock.lost, lock.loss) == (False, None)
            with scene.another().take_up("run-1"):
                assert not lock.lost
        assert [record.message for record in caplog.records] == []

    @pytest.mark.parametrize("taken", [False, True], ids=["it waits", "another has it"])
    def test_ends_what_may_be_recorded(self, scene: TargetScene, change: Change, ready: str, taken: bool) -> None:
        """Every change in what is left of the block is refused, and the next holder may make them."""
        before = scene.target.records()
        other = scene.another()
        with scene.target.lock() as lock, ExitStack() as stack:
            lock.hand_over(CONTINUATION, until=UNTIL)
            if taken:
                # In a thread of its own, as the memory's lock belongs to one.
                over, entered = threading.Event(), threading.Event()
                thread = threading.Thread(target=_hold, args=(other, entered, over))
                thread.start()
                stack.callback(thread.join, PATIENCE)
                stack.callback(over.set)
                assert entered.wait(PATIENCE)
            with pytest.raises(LockLost):
                change(scene.target, ready)
        assert scene.target.records() == before

    def test_is_done_once(self, scene: TargetScene) -> None:
        """What is given away can't be given away again: it would be another's."""
        with scene.target.lock() as lock:
            lock.hand_over(CONTINUATION, until=UNTIL)
            with pytest.raises(LockLost):
                lock.hand_over(CONTINUATION, until=UNTIL)
            with scene.another().take_up("run-1") as second:
                with pytest.raises(LockLost):
                    lock.hand_over(CONTINUATION, until=UNTIL)
                assert not second.lost
                status = scene.target.lock_status()
                assert status is not None
                assert not status.waiting

    @pytest.mark.parametrize("taken", [False, True], ids=["it is nobody's", "another has it"])
    def test_of_a_lost_lock_is_refused(self, scene: TargetScene, taken: bool) -> None:
        """Nothing of another's is given away."""
        with ExitStack() as stack:
            with scene.target.lock() as lock:
                scene.free_by_force()
                if taken:
                    stack.enter_context(scene.another().lock())
                with pytest.raises(LockLost):
                    lock.hand_over(CONTINUATION, until=UNTIL)
                assert lock.lost
            status = scene.target.lock_status()
            assert status is None if not taken else status is not None and not status.waiting

    def test_is_refused_once_somebody_asked_the_run_to_stop(self, scene: TargetScene) -> None:
        """The lock stays with its holder, who can record what it did, and is given back."""
        with scene.target.lock() as lock:
            scene.target.add("1")
            scene.another().request_stop("the stack is rolling back")
            with pytest.raises(StopRequested, match="the stack is rolling back"):
                lock.hand_over(CONTINUATION, until=UNTIL)
            assert not lock.lost
            assert lock.stop_reason == "the stack is rolling back"
            scene.target.finish_migration("1")
        assert scene.target.done() == ("1",)
        assert scene.target.lock_status() is None

    def test_can_follow_on_another(self, scene: TargetScene) -> None:
        """From slice to slice."""
        handed_over(scene)
        for number in range(3, 6):
            with scene.another().take_up("run-1") as lock:
                assert lock.continuation is not None
                assert lock.continuation.slice == number
                lock.hand_over(lock.continuation, until=UNTIL)
        status = scene.target.lock_status()
        assert status is not None
        assert status.waiting


class TestWhileItWaits:
    """Nobody holds the lock, and it is not free."""

    def test_nobody_else_gets_it(self, scene: TargetScene) -> None:
        """Who asks is told that the run goes on elsewhere, and until when at the latest."""
        handed_over(scene)
        with pytest.raises(LockHeld) as caught, scene.another().lock():
            pytest.fail("a run that waits was run over")
        assert "waits for the run run-1 to go on in another process" in str(caught.value)
        assert "2026-11-23T09:50:00.000Z" in str(caught.value)
        assert "dead" not in str(caught.value)
        assert '"action": "status"' in str(caught.value)
        assert caught.value.request_id == "request-1"
        with scene.another().take_up("run-1") as lock:
            assert not lock.lost

    def test_nobody_gets_it_after_it_was_taken_up_either(self, scene: TargetScene) -> None:
        """Nor is the deadline of one process taken for the end of the run."""
        handed_over(scene)
        with scene.another().take_up("run-1"):
            with pytest.raises(LockHeld) as caught, scene.another().lock():
                pytest.fail("a run was run over")
            assert "its run run-1 goes on in another process after that" in str(caught.value)
            assert "it ends by 2026-11-23T09:50:00.000Z at the latest" in str(caught.value)

    def test_nobody_gets_it_who_waits_for_less(self, scene: TargetScene) -> None:
        """However long the lease is over by then."""
        handed_over(scene)
        with pytest.raises(LockHeld), scene.another().lock(wait=600):
            pytest.fail("a run that waits was run over")

    def test_it_is_anybodys_once_its_time_is_up(self, scene: TargetScene) -> None:
        """Then nobody takes the run up any more."""
        handed_over(scene)
        scene.clock.turn(UNTIL - MORNING + 6)
        with scene.target.lock() as lock:
            assert (lock.lost, lock.continuation) == (False, None)
            with pytest.raises(NothingToTakeUp) as caught, scene.another().take_up("run-1"):
                pytest.fail("the run was taken up")
            assert not caught.value.busy
        assert scene.target.lock_status() is None

    def test_it_can_be_asked_to_stop(self, scene: TargetScene) -> None:
        """Whoever takes it up knows at once."""
        handed_over(scene)
        scene.target.request_stop("cancelled by me")
        with scene.another().take_up("run-1") as lock:
            assert lock.stop_reason == "cancelled by me"
            with pytest.raises(StopRequested):
                lock.hand_over(CONTINUATION, until=UNTIL)
        assert scene.target.lock_status() is None

    def test_it_can_be_asked_to_pause(self, scene: TargetScene) -> None:
        """Likewise, and a pause from before stays one."""
        handed_over(scene)
        assert scene.target.request_pause()
        with scene.another().take_up("run-1") as lock:
            assert lock.paused
            lock.hand_over(CONTINUATION, until=UNTIL)
        with scene.another().take_up("run-1") as lock:
            assert lock.paused

    def test_it_can_be_freed(self, scene: TargetScene) -> None:
        """After which there is nothing to take up."""
        handed_over(scene)
        scene.target.free_waiting()
        assert scene.target.lock_status() is None
        with pytest.raises(NothingToTakeUp) as caught, scene.another().take_up("run-1"):
            pytest.fail("the run was taken up")
        assert not caught.value.busy

    def test_only_then_is_it_freed_so(self, scene: TargetScene) -> None:
        """One that is held stays held, and one that is free stays free."""
        scene.target.free_waiting()
        with scene.target.lock() as lock:
            scene.another().free_waiting()
            assert scene.target.lock_status() is not None
            lock.hand_over(CONTINUATION, until=UNTIL)
            with scene.another().take_up("run-1"):
                scene.another().free_waiting()
                assert scene.target.lock_status() is not None

    @pytest.mark.parametrize("force", [False, True], ids=["watched", "by force"])
    def test_it_can_be_unlocked(self, scene: TargetScene, force: bool) -> None:
        """By a person, where nobody takes the run up for as long as a lease."""
        handed_over(scene)
        freed = scene.target.unlock(force=force)
        assert freed is not None
        assert freed.waiting
        assert scene.target.lock_status() is None


class TestTakingUp:
    """A run that was begun elsewhere."""

    def test_of_a_run_that_is_over_is_refused(self, scene: TargetScene) -> None:
        """The lock is free, and stays so."""
        with pytest.raises(NothingToTakeUp, match="run-1 is over") as caught, scene.target.take_up("run-1"):
            pytest.fail("the run was taken up")
        assert not caught.value.busy
        assert scene.target.lock_status() is None

    def test_of_another_run_is_refused(self, scene: TargetScene) -> None:
        """What waits goes on waiting."""
        handed_over(scene)
        with pytest.raises(NothingToTakeUp, match="run-2 is over") as caught, scene.another().take_up("run-2"):
            pytest.fail("another run was taken up")
        assert not caught.value.busy
        status = scene.target.lock_status()
        assert status is not None
        assert status.waiting

    def test_of_a_run_that_somebody_is_at_work_on_is_refused(self, scene: TargetScene) -> None:
        """Once its holder is seen to live; it keeps the lock."""
        handed_over(scene)
        with scene.target.take_up("run-1") as lock:
            scene.clock.before_sleep = getattr(lock, "beat", lambda: None)
            other = scene.another(scene.clock)
            with pytest.raises(NothingToTakeUp, match="still being carried out by") as caught, other.take_up("run-1"):
                pytest.fail("two have the run")
            assert caught.value.busy
            assert not lock.lost

    @where_writes_are_atomic
    def test_is_for_one_of_many_who_try_at_once(self, scene: TargetScene) -> None:
        """However close they are; the others are told that somebody is at work on it."""
        handed_over(scene)
        barrier, won, over = threading.Barrier(4), threading.Event(), threading.Event()
        told: list[str] = []
        winners: list[Any] = []
        clocks = [type(scene.clock)() for _ in range(4)]

        def beat() -> None:
            # By the others' clocks time flies, while that of the winner stands still.
            assert won.wait(PATIENCE)
            getattr(winners[0], "beat", lambda: None)()

        def take(handle: Any) -> None:
            barrier.wait(PATIENCE)
            try:
                with handle.take_up("run-1") as lock:
                    winners.append(lock)
                    told.append("took it up")
                    won.set()
                    over.wait(PATIENCE)
            except NothingToTakeUp as nothing:
                told.append("busy" if nothing.busy else "over")
            if told.count("busy") == 3:
                over.set()

        for clock in clocks:
            clock.before_sleep = beat
        handles = [scene.another(clock) for clock in clocks]
        threads = [threading.Thread(target=take, args=(handle,)) for handle in handles]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert sorted(told) == ["busy", "busy", "busy", "took it up"]
        assert scene.target.lock_status() is None

    def test_where_nothing_was_created_says_so(self, scene: TargetScene) -> None:
        """And creates nothing."""
        scene.target.destroy()
        with pytest.raises(StateMissing), scene.target.take_up("run-1"):
            pytest.fail("there is nothing")

    def test_lets_the_new_holder_work(self, scene: TargetScene) -> None:
        """As any other does."""
        handed_over(scene)
        target = scene.another()
        with target.take_up("run-1"):
            applied(target, "1", "2")
        assert scene.target.done() == ("1", "2")


class TestAHolderThatDied:
    """After it had taken the run up. In the memory of one process nobody does."""

    def test_is_succeeded_after_one_lease(self, scene: TargetScene) -> None:
        """By whoever watches it, who learns that it died; before that, it could have been alive."""
        handed_over(scene)
        if isinstance(scene.target, MemoryTarget):
            _nobody_dies(scene)
            return
        with scene.target.take_up("run-1"), scene.another(scene.clock).take_up("run-1") as lock:
            assert 20 <= sum(scene.clock.slept) < 22
            assert lock.continuation is not None
            assert (lock.continuation.slice, lock.continuation.deaths) == (4, CONTINUATION.deaths + 1)

    def test_records_nothing_once_it_wakes(self, scene: TargetScene, change: Change, ready: str) -> None:
        """Nor does it give back, or give away, what is its successor's."""
        handed_over(scene)
        if isinstance(scene.target, MemoryTarget):
            _nobody_dies(scene)
            return
        before = scene.target.records()
        with ExitStack() as stack:
            with scene.target.take_up("run-1") as dead:
                successor: Any = stack.enter_context(scene.another().take_up("run-1"))
                with pytest.raises(LockLost):
                    change(scene.target, ready)
                with pytest.raises(LockLost):
                    dead.hand_over(CONTINUATION, until=UNTIL)
                assert dead.lost
            assert scene.target.records() == before
            status = scene.target.lock_status()
            assert status is not None
            assert not status.waiting
            assert not successor.lost


def _hold(target: Any, entered: threading.Event, over: threading.Event) -> None:
    with target.take_up("run-1"):
        entered.set()
        over.wait(PATIENCE)


def _nobody_dies(scene: TargetScene) -> None:
    """In the memory of one process, which would die with its state."""
    with scene.target.take_up("run-1"), pytest.raises(NothingToTakeUp) as caught, scene.another().take_up("run-1"):
        pytest.fail("two have the run")
    assert caught.value.busy
