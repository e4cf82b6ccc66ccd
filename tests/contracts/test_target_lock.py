"""What every target promises of its lock: who has it, what it fences, how it is lost."""

import logging
import threading
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from dynamigrate import (
    DirtyMigration,
    LockHeld,
    LockLost,
    MemoryTarget,
    MigrationAlreadyExists,
    MigrationNotFound,
    MigrationsError,
    StopRequested,
)
from dynamigrate.lock_loss import LossCause
from dynamigrate.records import Deploy
from tests.contracts.changes import ALL_CHANGES, BEGINNINGS, CHANGES, DETAILS, Change
from tests.contracts.conftest import TargetScene, where_writes_are_atomic
from tests.unit.fakes import PATIENCE, applied, elsewhere, held_elsewhere


class TestTheLock:
    """Who has it, who gets it, and when it is given back."""

    def test_is_held_by_one(self, scene: TargetScene) -> None:
        """Another is told at once who has it and since when, and what to do."""
        with held_elsewhere(scene.another()), pytest.raises(LockHeld) as caught, scene.target.lock():
            pytest.fail("two hold the lock")
        error = caught.value
        assert error.holder
        assert f"is held by {error.holder} since 2026-11-23T09:00:00.000Z" in str(error)
        assert error.since == "2026-11-23T09:00:00.000Z"
        assert "try again" in error.next_step
        assert scene.clock.slept == []

    @where_writes_are_atomic
    def test_is_held_by_one_of_many_who_try_at_once(self, scene: TargetScene) -> None:
        """However close they are."""
        handles = [scene.another() for _ in range(4)]
        barrier, over = threading.Barrier(len(handles)), threading.Event()
        told: list[str] = []

        def take(handle: Any) -> None:
            barrier.wait(PATIENCE)
            try:
                with handle.lock():
                    told.append("held")
                    over.wait(PATIENCE)
            except LockHeld:
                told.append("refused")
            if told.count("refused") == len(handles) - 1:
                over.set()

        threads = [threading.Thread(target=take, args=(handle,)) for handle in handles]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert sorted(told) == ["held", "refused", "refused", "refused"]

    def test_is_no_lock_for_oneself(self, target: Any) -> None:
        """Who has it can't have it twice, and still has it after trying."""
        with target.lock() as lock:
            with pytest.raises(LockHeld), target.lock():
                pytest.fail("it is held twice")
            target.add("1")
            assert not lock.lost

    def test_is_free_again_afterwards(self, scene: TargetScene) -> None:
        """For oneself and others."""
        with scene.target.lock():
            pass
        with scene.target.lock():
            pass
        with held_elsewhere(scene.another()):
            pass

    def test_is_free_again_after_an_error(self, scene: TargetScene) -> None:
        """Which passes through as it is."""
        with pytest.raises(KeyboardInterrupt), scene.target.lock():
            raise KeyboardInterrupt
        with held_elsewhere(scene.another()):
            pass

    def test_can_be_waited_for(self, scene: TargetScene) -> None:
        """Who waits gets it once it is released."""
        with held_elsewhere(scene.another()) as holder:
            scene.clock.before_sleep = holder.let_go
            with scene.target.lock(wait=5) as lock:
                assert not lock.lost
        assert len(scene.clock.slept) == 1

    def test_is_waited_for_no_longer_than_was_said(self, scene: TargetScene) -> None:
        """Then the answer is the same as without waiting."""
        with held_elsewhere(scene.another()), pytest.raises(LockHeld, match="is held by"), scene.target.lock(wait=5):
            pytest.fail("two hold the lock")
        assert 5 <= round(sum(scene.clock.slept), 6) < 7

    def test_lets_reading_go_on(self, scene: TargetScene) -> None:
        """Nobody needs it to look."""
        applied(scene.target, "1")
        with held_elsewhere(scene.another()):
            assert scene.target.done() == ("1",)
            assert scene.target.runs() == ()


class TestFencing:
    """A holder that lost its lock records nothing."""

    def test_lets_the_holder_work(self, target: Any) -> None:
        """All changes, one after another, in one holding of the lock."""
        with target.lock():
            target.add("1", DETAILS)
            for name in ("save_progress", "save_checkpoint", "fail", "resume_migration", "finish_migration"):
                CHANGES[name](target, "1")
            target.start_migration("1")
            target.remove("1")
            applied(target, "2")
        assert target.done() == ("2",)

    def test_tells_a_holder_the_same_errors(self, target: Any) -> None:
        """Inside the lock as outside of it."""
        applied(target, "1")
        with target.lock() as lock:
            with pytest.raises(MigrationAlreadyExists, match=r"^1 is in the history already\."):
                target.add("1")
            for change in CHANGES.values():
                with pytest.raises(MigrationNotFound, match=r"^2 is not in the history"):
                    change(target, "2")
            target.start_migration("1")
            with pytest.raises(DirtyMigration, match=r"^1 its undo began"):
                target.start_migration("1")
            assert not lock.lost

    @pytest.mark.parametrize("taken", [False, True], ids=["it is nobody's", "another has it"])
    def test_refuses_who_lost_the_lock(self, scene: TargetScene, change: Change, ready: str, taken: bool) -> None:
        """Every change, whether or not somebody else has it now, leaving the record as it is."""
        before = scene.target.records()
        with scene.target.lock() as lock:
            scene.free_by_force()
            if taken:
                with held_elsewhere(scene.another()):
                    error = _refused(scene.target, change, ready, lock)
            else:
                error = _refused(scene.target, change, ready, lock)
        assert "no longer ours" in str(error)
        assert error.next_step
        assert scene.target.records() == before

    def test_refuses_for_good(self, scene: TargetScene) -> None:
        """A lock that was lost does not come back when the other one lets go of it."""
        with scene.target.lock() as lock:
            scene.free_by_force()
            with held_elsewhere(scene.another()):
                _refused(scene.target, ALL_CHANGES["add"], "1", lock)
            _refused(scene.target, ALL_CHANGES["add"], "1", lock)
        assert scene.target.records() == ()

    def test_ends_with_the_block(self, scene: TargetScene, change: Change, ready: str) -> None:
        """Outside of it the same calls work unfenced, whether the lock was lost and whoever has it now."""
        with scene.target.lock():
            scene.free_by_force()
        with held_elsewhere(scene.another()):
            change(scene.target, ready)

    def test_does_not_bind_who_never_had_the_lock(self, scene: TargetScene, change: Change, ready: str) -> None:
        """Unfenced is unfenced: a person's own call works beside a holder."""
        with scene.target.lock():
            handle = scene.another()
            elsewhere(lambda: change(handle, ready))

    def test_that_a_migration_may_use_itself(self, scene: TargetScene) -> None:
        """`condition` lets a transaction through until the lock is lost; a target without transactions says so."""
        with scene.target.lock() as lock:
            if isinstance(scene.target, MemoryTarget):
                with pytest.raises(MigrationsError, match="no transactions to fence"):
                    lock.condition()
                return
            client = scene.target.client
            table = f"app-{uuid4().hex[:8]}"
            client.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            )
            put = {"Put": {"TableName": table, "Item": {"pk": {"S": "1"}}}}
            client.transact_write_items(TransactItems=[put, lock.condition()])
            scene.free_by_force()
            with pytest.raises(ClientError, match="TransactionCanceledException"):
                client.transact_write_items(TransactItems=[put, lock.condition()])


class TestALostLock:
    """On leaving the block."""

    @pytest.mark.parametrize("noticed", [False, True], ids=["nobody noticed", "a change was refused"])
    def test_is_logged_and_raises_nothing(
        self, scene: TargetScene, caplog: pytest.LogCaptureFixture, noticed: bool
    ) -> None:
        """The work is over: an error now would only hide how it went."""
        with scene.target.lock():
            scene.free_by_force()
            if noticed:
                with pytest.raises(LockLost):
                    scene.target.add("1")
        assert _warnings(caplog) == ["lock.lost"]

    def test_stays_with_its_new_holder(self, scene: TargetScene, caplog: pytest.LogCaptureFixture) -> None:
        """Who lost it does not release another's, and logs a warning instead."""
        with ExitStack() as stack:
            with scene.target.lock():
                scene.free_by_force()
                stack.enter_context(held_elsewhere(scene.another()))
            assert _warnings(caplog) == ["lock.lost"]
            with pytest.raises(LockHeld), scene.target.lock():
                pytest.fail("another's lock was released")

    @pytest.mark.parametrize("taken", [False, True], ids=["it is nobody's", "another has it"])
    def test_says_why(self, scene: TargetScene, caplog: pytest.LogCaptureFixture, taken: bool) -> None:
        """In the error and in the one line of the log: who has it now and since when, or that nobody has."""
        with scene.target.lock() as lock:
            assert lock.loss is None
            scene.free_by_force()
            with held_elsewhere(scene.another()) if taken else nullcontext():
                error = _refused(scene.target, ALL_CHANGES["add"], "1", lock)
        assert lock.loss == error.loss
        assert error.cause is (LossCause.TAKEN if taken else LossCause.FREED)
        assert error.loss is not None
        assert (bool(error.loss.by), bool(error.loss.since)) == (taken, taken)
        assert error.loss.sentence in str(error)
        assert ("see what the other run did" in str(error).lower()) is taken
        [line] = [vars(record) for record in caplog.records if vars(record).get("event") == "lock.lost"]
        assert (line["cause"], line["by"]) == (error.cause.value, error.loss.by or None)
        assert line["last_renewed"] == error.loss.last_renewed != ""

    def test_is_not_told_as_taken_over_where_it_was_freed(
        self, scene: TargetScene, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The loser can't know which it was; the new holder's log says it where it took over, and only there."""
        with scene.target.lock() as lock:
            scene.free_by_force()
            with held_elsewhere(scene.another()):
                error = _refused(scene.target, ALL_CHANGES["add"], "1", lock)
        assert "dead" not in str(error)
        assert "lock.taken_over" not in {vars(record).get("event") for record in caplog.records}

    def test_does_not_hide_an_error(self, scene: TargetScene) -> None:
        """What was raised inside comes out."""
        with pytest.raises(ZeroDivisionError), scene.target.lock():  # noqa: PT012 - the lock is lost inside
            scene.free_by_force()
            raise ZeroDivisionError


class TestAfterTheRelease:
    """What a thread that a migration left behind still has of the lock."""

    def test_it_is_not_lost_however_much_later(self, scene: TargetScene, caplog: pytest.LogCaptureFixture) -> None:
        """It was given back, whoever has it now; nobody is told of a frozen process."""
        with scene.target.lock() as lock:
            pass
        scene.clock.turn(3600)
        with held_elsewhere(scene.another()):
            scene.another().request_stop("the stack is rolling back")
            assert (lock.lost, lock.loss, lock.stop_reason, lock.paused) == (False, None, None, False)
        assert _warnings(caplog) == []

    def test_one_that_was_lost_before_stays_lost(self, scene: TargetScene, caplog: pytest.LogCaptureFixture) -> None:
        """As it was noticed on leaving the block."""
        with scene.target.lock() as lock:
            scene.free_by_force()
        scene.clock.turn(3600)
        assert lock.loss is not None
        assert lock.loss.cause is LossCause.FREED
        assert _warnings(caplog) == ["lock.lost"]


class TestFromOutside:
    """What somebody may see and do about the lock who does not hold it."""

    def test_nobody_holds_it(self, scene: TargetScene) -> None:
        """There is nothing to see and nothing to free."""
        assert (scene.target.lock_status(), scene.target.unlock(), scene.target.unlock(force=True)) == (
            None,
            None,
            None,
        )

    def test_says_who_holds_it(self, scene: TargetScene) -> None:
        """In words, since when, and what that one was asked."""
        with scene.target.lock():
            found = scene.another().lock_status()
            assert found is not None
            assert found.holder
            assert found.acquired_at
            assert (found.foreign, found.stop, found.paused) == (False, None, False)
            scene.another().request_stop("the stack is rolling back")
            scene.another().request_pause()
            found = scene.another().lock_status()
            assert found is not None
            assert (found.stop, found.paused) == ("the stack is rolling back", True)
        assert scene.another().lock_status() is None

    def test_is_freed_by_force_from_one_that_lives(self, scene: TargetScene) -> None:
        """And from then on that one records nothing."""
        with scene.target.lock() as lock:
            freed = scene.another().unlock(force=True)
            assert freed is not None
            assert freed.holder
            assert scene.another().lock_status() is None
            error = _refused(scene.target, ALL_CHANGES["add"], "1", lock)
        assert error.cause is LossCause.FREED

    def test_keeps_which_deploy_ran_last(self, scene: TargetScene) -> None:
        """The newest counts; one that is delivered twice counts once, as its first delivery wrote it."""
        assert scene.target.newest_deploy() is None
        first = Deploy(deploy_id="d1", function_version="v1", run_id="r1", request_id="q1")
        scene.target.record_deploy(first)
        scene.another().record_deploy(replace(first, run_id="r1-again"))
        assert scene.another().newest_deploy() == first
        second = Deploy(deploy_id="d2", function_version="v2", run_id="r2", request_id="q2")
        scene.another().record_deploy(second)
        assert scene.target.newest_deploy() == second

    def test_keeps_which_deploy_of_each_phase_ran_last(self, scene: TargetScene) -> None:
        """Neither stands in the other's way."""
        before = Deploy(deploy_id="d1", function_version="v1", run_id="r1", request_id="q1")
        after = Deploy(deploy_id="d1", function_version="w1", run_id="r2", request_id="q2")
        scene.target.record_deploy(before)
        assert scene.another().newest_deploy(phase="after") is None
        scene.target.record_deploy(after, phase="after")
        scene.target.record_deploy(replace(after, run_id="r2-again"), phase="after")
        assert scene.another().newest_deploy() == before
        assert scene.another().newest_deploy(phase="after") == after

    def test_asks_nobody_else_to_stop_than_the_holder_that_is_meant(self, scene: TargetScene) -> None:
        """By the words that it is known by; nobody's run is stopped by mistake."""
        with scene.target.lock():
            found = scene.another().lock_status()
            assert found is not None
            scene.another().request_stop("the stack is gone", holder=f"{found.holder} and more")
            unasked = scene.another().lock_status()
            scene.another().request_stop("the stack is gone", holder=found.holder[1:-1])
            asked = scene.another().lock_status()
        assert (unasked and unasked.stop, asked and asked.stop) == (None, "the stack is gone")
        scene.another().request_stop("the stack is gone", holder="nobody has it")
        assert scene.another().lock_status() is None


class TestStop:
    """A holder that is asked to stop begins nothing more."""

    @pytest.mark.parametrize("change", BEGINNINGS, indirect=True)
    def test_keeps_a_migration_from_beginning(self, scene: TargetScene, change: Change, ready: str) -> None:
        """The holder is told why, and the record stays as it is."""
        before = scene.target.records()
        with scene.target.lock() as lock:
            assert lock.stop_reason is None
            scene.another().request_stop("the stack is rolling back")
            with pytest.raises(StopRequested, match="1 was not begun: the stack is rolling back") as caught:
                change(scene.target, ready)
            assert caught.value.migration_id == "1"
            assert lock.stop_reason == "the stack is rolling back"
            assert not lock.lost
        assert scene.target.records() == before

    @pytest.mark.parametrize("change", [name for name in CHANGES if name not in BEGINNINGS], indirect=True)
    def test_lets_a_migration_end(self, scene: TargetScene, change: Change, ready: str) -> None:
        """What is under way may be recorded: that it finished, failed, or how far it got."""
        before = scene.target.records()
        with scene.target.lock():
            scene.another().request_stop("the stack is rolling back")
            change(scene.target, ready)
        assert scene.target.records() != before

    def test_is_over_with_the_lock(self, scene: TargetScene) -> None:
        """The next holder was not asked."""
        with scene.target.lock():
            scene.another().request_stop("the stack is rolling back")
        with scene.target.lock() as lock:
            scene.target.add("1")
            assert lock.stop_reason is None

    def test_reaches_nobody_when_nobody_holds_the_lock(self, scene: TargetScene) -> None:
        """It neither fails nor waits for a holder to come."""
        scene.another().request_stop("the stack is rolling back")
        with scene.target.lock() as lock:
            scene.target.add("1")
            assert lock.stop_reason is None


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the library has logged as warnings or worse."""
    records = [record for record in caplog.records if record.name.startswith("dynamigrate")]
    return [vars(record)["event"] for record in records if record.levelno >= logging.WARNING]


def _refused(target: Any, change: Change, migration_id: str, lock: Any) -> LockLost:
    with pytest.raises(LockLost) as caught:
        change(target, migration_id)
    assert lock.lost
    return caught.value
