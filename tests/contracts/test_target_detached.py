"""What every target promises of a migration that goes on in a run of its own."""

from typing import Any

import pytest

from dynamigrate import DirtyMigration, LockHeld, LockLost, MigrationNotFound, StopRequested
from dynamigrate.continuation import Continuation
from dynamigrate.errors import NothingToTakeUp
from dynamigrate.records import Details, Record, Run, RunRecord
from tests.contracts.changes import DETAILS
from tests.contracts.conftest import TargetScene
from tests.unit.fakes import MORNING, applied

ENDS = MORNING + 365 * 86_400
UNTIL = MORNING + 60


def of(run_id: str) -> Continuation:
    return Continuation(run=Run(id=run_id, command="detached"), began=MORNING, ends=ENDS, slice=0)


def launched(scene: TargetScene, run_id: str = "own-1") -> str:
    """Started by a deploy's run, which is over since."""
    with scene.target.lock():
        return scene.target.launch("2", DETAILS, of(run_id), until=scene.clock.time() + 60)


def record_of(scene: TargetScene) -> Record:
    [found] = [record for record in scene.target.records() if record.id == "2"]
    return found


class TestStarted:
    """By whoever holds the target's lock, and goes on without it."""

    def test_it_is_running_and_not_dirty(self, scene: TargetScene) -> None:
        """In the history, and not among what is applied; the target's own lock is free."""
        applied(scene.target, "1")
        launched(scene)
        record = record_of(scene)
        assert (record.dirty, record.running, record.left_dirty) == (True, True, False)
        assert (record.detached, record.details) == ("own-1", DETAILS)
        assert (scene.target.done(), scene.target.current()) == (("1",), "1")
        assert scene.target.lock_status() is None

    def test_its_own_lock_waits_for_whoever_takes_the_run_up(self, scene: TargetScene) -> None:
        """With all that it has to know."""
        launched(scene)
        status = scene.target.detached("2").lock_status()
        assert status is not None
        assert (status.waiting, status.run_id, status.continuation) == (True, "own-1", of("own-1"))
        assert status.deadline_ms == round(UNTIL * 1000)
        with scene.another().detached("2").take_up("own-1") as lock:
            assert lock.continuation == of("own-1").taken_up(after_death=False)
            assert record_of(scene).running

    def test_the_spelling_of_its_id_makes_no_difference(self, scene: TargetScene) -> None:
        """There is one lock for it."""
        launched(scene)
        assert scene.target.detached("002").lock_status() is not None

    def test_it_is_started_once(self, scene: TargetScene) -> None:
        """While its run may go on, there is no other; whatever the next one wanted is not noted."""
        launched(scene)
        with scene.target.lock(), pytest.raises(LockHeld):
            scene.target.launch("2", DETAILS, of("own-2"), until=UNTIL)
        assert record_of(scene).detached == "own-1"

    def test_what_is_applied_is_not_started(self, scene: TargetScene) -> None:
        """And there is no lock then that somebody could wait for."""
        applied(scene.target, "2")
        with scene.target.lock(), pytest.raises(MigrationNotFound):
            scene.target.launch("2", DETAILS, of("own-1"), until=UNTIL)
        assert scene.target.detached("2").lock_status() is None

    def test_it_is_not_by_whoever_lost_the_lock(self, scene: TargetScene) -> None:
        """Neither the mark nor the lock is written."""
        with scene.target.lock():
            scene.free_by_force()
            with pytest.raises(LockLost):
                scene.target.launch("2", DETAILS, of("own-1"), until=UNTIL)
        assert scene.target.records() == ()
        assert scene.target.detached("2").lock_status() is None

    def test_it_is_not_once_the_run_is_to_stop(self, scene: TargetScene) -> None:
        """Neither the mark nor the lock is written."""
        with scene.target.lock():
            scene.another().request_stop("the stack is rolling back")
            with pytest.raises(StopRequested, match="the stack is rolling back"):
                scene.target.launch("2", DETAILS, of("own-1"), until=UNTIL)
        assert scene.target.records() == ()
        assert scene.target.detached("2").lock_status() is None


class TestItsRun:
    """By whoever takes it up."""

    def test_sees_itself_alone(self, scene: TargetScene) -> None:
        """What a deploy does beside it is none of its business, and it is not running in its own eyes."""
        launched(scene)
        scene.target.add("3")
        with scene.another().detached("2").take_up("own-1"):
            [record] = scene.another().detached("2").records()
            assert (record.id, record.running) == ("2", False)

    def test_finishes_it(self, scene: TargetScene) -> None:
        """From then on it is applied as any other; parts are where every run finds them."""
        launched(scene)
        own = scene.another().detached("2")
        with own.take_up("own-1"):
            own.resume_migration("2", Details(run_id="own-1"))
            own.save_checkpoint("2", {"after": 7})
            own.save_segments("2", {1: "a"})
            assert scene.target.segments("2") == {1: "a"}
            assert record_of(scene).running
            own.clear_segments("2")
            own.finish_migration("2")
        record = record_of(scene)
        assert (record.dirty, record.running, record.detached, record.details.run_id) == (False, False, None, "own-1")
        assert scene.target.done() == ("2",)

    def test_is_in_the_history_of_all_runs(self, scene: TargetScene) -> None:
        """Beside those of deploys."""
        launched(scene)
        run = RunRecord(run=of("own-1").run, started_at="2026-11-23T09:00:00.000Z", seconds=1.0, result="succeeded")
        scene.another().detached("2").record_run(run)
        assert scene.target.runs() == (run,)

    def test_goes_on_beside_whoever_holds_the_lock(self, scene: TargetScene) -> None:
        """Neither is in the other's way."""
        launched(scene)
        own = scene.another().detached("2")
        with scene.target.lock(), own.take_up("own-1"):
            scene.target.add("3")
            own.resume_migration("2")
            own.finish_migration("2")
            scene.target.finish_migration("3")
        assert scene.target.done() == ("2", "3")

    def test_is_asked_by_its_own_lock(self, scene: TargetScene) -> None:
        """To stop, for example; nobody else hears of it."""
        launched(scene)
        with scene.target.lock() as lock, scene.another().detached("2").take_up("own-1"):
            scene.target.detached("2").request_stop("cancelled")
            status = scene.target.detached("2").lock_status()
            assert status is not None
            assert status.stop == "cancelled"
            assert lock.stop_reason is None

    def test_records_nothing_once_another_run_has_gone_on_with_it(self, scene: TargetScene) -> None:
        """Which took it from a run that seemed to be over; two would be at work on one checkpoint."""
        launched(scene)
        own = scene.another().detached("2")
        with scene.target.lock():
            scene.target.resume_migration("2")
            with own.take_up("own-1"):
                for change in (own.resume_migration, own.finish_migration):
                    with pytest.raises(MigrationNotFound):
                        change("2")
        assert record_of(scene).dirty


class TestNobodyGoesOnWithIt:
    """It was started, or handed over, and no process came."""

    def test_is_dirty_after_its_time(self, scene: TargetScene) -> None:
        """Able to begin, as its run never did: nothing has to be repaired."""
        launched(scene)
        scene.clock.turn(61)
        record = record_of(scene)
        assert (record.running, record.left_dirty, record.resumable) == (False, True, True)
        with pytest.raises(DirtyMigration):
            scene.target.done()

    def test_is_dirty_once_its_run_has_ended(self, scene: TargetScene) -> None:
        """With a checkpoint it goes on from there."""
        launched(scene)
        own = scene.another().detached("2")
        with own.take_up("own-1"):
            own.resume_migration("2", Details(run_id="own-1"))
            own.save_checkpoint("2", 7)
        record = record_of(scene)
        assert (record.running, record.left_dirty, record.resumable) == (False, True, True)

    def test_without_a_checkpoint_nobody_knows_what_it_left(self, scene: TargetScene) -> None:
        """As of any other that has begun."""
        launched(scene)
        own = scene.another().detached("2")
        with own.take_up("own-1"):
            own.resume_migration("2", Details(run_id="own-1"))
        assert not record_of(scene).resumable

    def test_is_started_again_by_another_run(self, scene: TargetScene) -> None:
        """The one before finds nothing to take up any more; what it was, and its checkpoint, stays."""
        launched(scene)
        scene.clock.turn(61)
        launched(scene, "own-2")
        record = record_of(scene)
        assert (record.running, record.detached, record.details) == (True, "own-2", DETAILS)
        with pytest.raises(NothingToTakeUp), scene.another(scene.clock).detached("2").take_up("own-1"):
            raise AssertionError
        with scene.another(scene.clock).detached("2").take_up("own-2"):
            assert record_of(scene).running


class TestTakenBack:
    """By whoever started it, and could not have it begin."""

    def test_it_is_as_if_it_had_never_been(self, scene: TargetScene) -> None:
        """Neither the mark nor the lock is there."""
        with scene.target.lock():
            token = scene.target.launch("2", DETAILS, of("own-1"), until=UNTIL)
            assert scene.target.take_launch_back("2", token, forget=True)
        assert scene.target.records() == ()
        assert scene.target.detached("2").lock_status() is None

    def test_it_is_still_able_to_go_on(self, scene: TargetScene) -> None:
        """Where it had begun before; its checkpoint is kept."""
        scene.target.add("2", Details(run_id="run-0"))
        scene.target.save_checkpoint("2", 7)
        with scene.target.lock():
            token = scene.target.launch("2", DETAILS, of("own-1"), until=UNTIL)
            assert scene.target.take_launch_back("2", token, forget=False)
        record = record_of(scene)
        assert (record.running, record.resumable, record.checkpoint) == (False, True, 7)
        assert scene.target.detached("2").lock_status() is None

    @pytest.mark.parametrize("forget", [True, False])
    def test_it_is_not_once_its_run_was_taken_up(self, scene: TargetScene, forget: bool) -> None:
        """It was started all the same, and whoever asked to start it only lost the answer."""
        with scene.target.lock():
            token = scene.target.launch("2", DETAILS, of("own-1"), until=UNTIL)
            with scene.another().detached("2").take_up("own-1"):
                assert not scene.target.take_launch_back("2", token, forget=forget)
                assert record_of(scene).running


def test_what_has_no_run_of_its_own_is_as_ever(target: Any) -> None:
    """Dirty, whoever may be at work on it."""
    target.add("2")
    [record] = target.records()
    assert (record.dirty, record.running, record.left_dirty, record.detached) == (True, False, True, None)
