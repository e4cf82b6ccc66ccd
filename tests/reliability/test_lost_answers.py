"""Requests that were carried out although their answers never came, and requests that hang."""

import logging
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectionClosedError

from dynamigrate import (
    DynamoDBTarget,
    LockHeld,
    LockLost,
    MemorySource,
    Migration,
    MigrationFailed,
    MigrationNotFound,
    RewindPlanner,
    RunUnfinished,
    migrate,
)
from dynamigrate.dynamodb.lock.lease import Lease
from dynamigrate.lock_loss import LossCause
from dynamigrate.runtime import Runtime
from tests.unit.fakes import PATIENCE, FakeClock, RecordingMigrations

from .answers import LOST, Answers
from .faulty_transport import Unexpected

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def target(moto_dynamodb: "DynamoDBClient", clock: FakeClock) -> DynamoDBTarget:
    target = DynamoDBTarget(moto_dynamodb, clock=clock)
    target.create()
    return target


def _source(*ids: str) -> MemorySource:
    return RecordingMigrations().source(*ids)


class TestABeat:
    """Whose answer is lost, or does not come."""

    def test_without_an_answer_is_no_lost_lock(
        self, target: DynamoDBTarget, clock: FakeClock, answers: Answers
    ) -> None:
        """It was applied, and the next one tells; only a whole lease without an answer counts."""
        with target.lock() as lease:
            answers.to("UpdateItem", LOST, None, LOST)
            for answered in (False, True, False):
                clock.turn(9)
                if answered:
                    lease.beat()
                else:
                    with pytest.raises(ConnectionClosedError):
                        lease.beat()
                assert not lease.lost
            clock.turn(12)
            assert lease.lost

    def test_that_fails_for_a_whole_lease_loses_the_lock_and_says_so(
        self, target: DynamoDBTarget, clock: FakeClock, answers: Answers, caplog: pytest.LogCaptureFixture
    ) -> None:
        """With the error of the last one; the process was there all the time."""
        with caplog.at_level(logging.WARNING, logger="dynamigrate"), target.lock() as lease:
            answers.to("UpdateItem", *[LOST] * 4)
            for _ in range(4):
                clock.turn(9)
                lease._try_to_beat()
            assert lease.loss is not None
            assert lease.loss.cause is LossCause.BEATS_FAILED
            assert "Connection was closed" in lease.loss.sentence
            with pytest.raises(LockLost, match="no request to renew it got through"):
                lease.require_time()
        lost = [vars(record) for record in caplog.records if vars(record)["event"] == "lock.lost"]
        assert [line["cause"] for line in lost] == ["beats failed"]

    @pytest.mark.parametrize("answer", [None, LOST], ids=["it finds it gone", "without an answer"])
    def test_that_hangs_until_after_the_release_loses_nothing(
        self, target: DynamoDBTarget, answers: Answers, caplog: pytest.LogCaptureFixture, answer: Any
    ) -> None:
        """It is our own hand that deleted the item, and nothing of that beat is due any more."""
        with target.lock() as lease:
            pass
        answers.to("UpdateItem", answer)
        with caplog.at_level(logging.WARNING, logger="dynamigrate"):
            lease._try_to_beat()
            assert not lease.lost
        assert caplog.records == []

    def test_that_fails_until_the_release_was_lost_by_then(
        self, target: DynamoDBTarget, clock: FakeClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Whoever asks only afterwards learns of it all the same."""
        with target.lock() as lease:
            clock.turn(31)
        assert lease.loss is not None
        assert lease.loss.cause is LossCause.EXPIRED

    def test_that_is_answered_with_less_than_was_asked_for_is_a_beat(
        self, target: DynamoDBTarget, moto_dynamodb: "DynamoDBClient"
    ) -> None:
        """That the request passed its condition is what says that the lock is ours."""
        with target.lock() as lease:
            moto_dynamodb.meta.events.register(
                "after-call.dynamodb.UpdateItem", lambda parsed, **_: parsed.pop("Attributes", None)
            )
            lease.beat()
            assert lease.loss is None

    def test_that_was_never_sent_tells_that_the_process_slept(
        self, target: DynamoDBTarget, clock: FakeClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A frozen function, a suspended laptop: nothing failed, nothing was tried."""
        with caplog.at_level(logging.WARNING, logger="dynamigrate"), target.lock() as lease:
            clock.turn(31)
            assert lease.loss is not None
            assert lease.loss.cause is LossCause.EXPIRED
            with pytest.raises(LockLost, match="did not run for longer than its lease") as caught:
                lease.require_time()
            assert caught.value.cause is LossCause.EXPIRED
        lost = [vars(record) for record in caplog.records if vars(record)["event"] == "lock.lost"]
        assert [(line["cause"], line["by"]) for line in lost] == [("expired", None)]

    def test_is_never_the_same_twice(self, target: DynamoDBTarget, answers: Answers) -> None:
        """The service counts them, so that one sent again is news to whoever watches."""
        with target.lock() as lease:
            answers.to("UpdateItem", LOST, LOST)
            for _ in range(2):
                with pytest.raises(ConnectionClosedError):
                    lease.beat()
            lease.beat()
            status = target.lock_status()
            assert status is not None
            assert status.beat == 3


class _Hanging:
    """A client whose first beat hangs until it is let go."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client
        self.hangs, self.let_go, self.later = threading.Event(), threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_item(self, **arguments: Any) -> Any:
        if not self.hangs.is_set():
            self.hangs.set()
            assert self.let_go.wait(PATIENCE)
            raise LOST
        answer = self._client.update_item(**arguments)
        self.later.set()
        return answer


@pytest.fixture
def hanging(moto_dynamodb: "DynamoDBClient") -> Iterator[_Hanging]:
    client = _Hanging(moto_dynamodb)
    yield client
    client.let_go.set()


class TestABeatThatHangs:
    """As on a connection that some box on the way has forgotten."""

    def test_keeps_no_other_beat_from_being_sent(self, hanging: _Hanging) -> None:
        """So the lease lives on."""
        target = DynamoDBTarget(hanging, lease=0.9)
        target.create()
        with target.lock() as lease:
            assert hanging.later.wait(PATIENCE)
            assert not hanging.let_go.is_set()
            assert not lease.lost

    def test_holds_up_no_state_change(self, hanging: _Hanging) -> None:
        """The two are kept apart to spare a retry, and for no longer than that is worth."""
        target = DynamoDBTarget(hanging, lease=0.9)
        target.create()
        with target.lock():
            assert hanging.hangs.wait(PATIENCE)
            target.add("1")
            assert not hanging.let_go.is_set()
        assert [record.id for record in target.records()] == ["1"]

    def test_holds_up_no_release(self, hanging: _Hanging) -> None:
        """What a function has left of its time may be needed to answer."""
        target = DynamoDBTarget(hanging, lease=0.9)
        target.create()
        with target.lock():
            assert hanging.hangs.wait(PATIENCE)
        assert not hanging.let_go.is_set()
        assert target.lock_status() is None


class TestALock:
    def test_that_was_taken_without_our_knowing_is_given_back(self, target: DynamoDBTarget, answers: Answers) -> None:
        """An error after the service had written it: nobody would beat for it, and everybody wait."""
        answers.to("PutItem", Unexpected("injected"))
        with pytest.raises(Unexpected), target.lock():
            pass
        assert target.lock_status() is None

    def test_of_another_is_left_alone_by_who_failed_to_take_it(
        self, target: DynamoDBTarget, moto_dynamodb: "DynamoDBClient", answers: Answers
    ) -> None:
        """The one that was written is told by its token."""
        other = DynamoDBTarget(moto_dynamodb, holder="another", clock=FakeClock())
        with other.lock():
            answers.to("PutItem", Unexpected("injected"))
            with pytest.raises(Unexpected), target.lock():
                pass
            with pytest.raises(LockHeld, match="is held by another since"), target.lock():
                pass

    def test_whose_release_was_not_answered_is_not_called_lost(
        self,
        target: DynamoDBTarget,
        moto_dynamodb: "DynamoDBClient",
        answers: Answers,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Whoever has it by the time of the second try took it after it was released."""
        other = DynamoDBTarget(moto_dynamodb, clock=FakeClock())
        taken: list[Lease] = []

        def take() -> None:
            lease = Lease(moto_dynamodb, other._lock_table, "migrations", other._terms, FakeClock())
            lease.acquire(0)
            taken.append(lease)

        answers.to("DeleteItem", LOST)
        answers.instead = take
        with caplog.at_level(logging.WARNING, logger="dynamigrate"), target.lock():
            pass
        assert [record.message for record in caplog.records] == []
        status = target.lock_status()
        assert status is not None
        assert status.owner == taken[0].owner

    def test_on_tables_of_the_go_driver_is_given_back_when_their_key_can_not_be_read(
        self, moto_dynamodb: "DynamoDBClient", answers: Answers
    ) -> None:
        """And what is changed after that is no longer fenced by it."""
        for name in ("_migrations", "_migrations-lock"):
            moto_dynamodb.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            )
        target = DynamoDBTarget(moto_dynamodb, clock=FakeClock())
        # The lock's table is asked first.
        answers.to("DescribeTable", None, Unexpected("injected"))
        with pytest.raises(Unexpected), target.lock():
            pass
        assert target.lock_status() is None
        target.add("1")
        assert [record.id for record in target.records()] == ["1"]


class TestAStateChange:
    def test_that_was_made_is_recognized_although_the_run_was_asked_to_stop_since(
        self, target: DynamoDBTarget, answers: Answers
    ) -> None:
        """It began, so it runs; the run stops before the next one."""
        source = MemorySource()
        source.add(Migration("1", "add status", do=lambda ctx: None))
        source.add(Migration("2", "drop status", do=lambda ctx: None))
        answers.to("TransactWriteItems", LOST)
        answers.instead = lambda: target.request_stop("the stack rolls back")
        with pytest.raises(RunUnfinished, match=r"^The run stopped before 2_drop_status: the stack rolls back\."):
            migrate(source, target, runtime=Runtime(clock=FakeClock()))
        assert target.done() == ("1",)

    def test_to_an_unknown_id_is_refused_on_tables_of_the_go_driver_too(self, moto_dynamodb: "DynamoDBClient") -> None:
        """Asking again with the other key is no second try of a request that may have been carried out."""
        for name in ("_migrations", "_migrations-lock"):
            moto_dynamodb.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            )
        target = DynamoDBTarget(moto_dynamodb, clock=FakeClock())
        with pytest.raises(MigrationNotFound, match=r"^404 is not in the history\."):
            target.remove("404")


class TestARun:
    """Which gets an error from a state change that was made."""

    @pytest.mark.parametrize("number", [0, 1], ids=["begin", "finish"])
    def test_looks_and_goes_on(self, target: DynamoDBTarget, answers: Answers, number: int) -> None:
        """What the table says decides."""
        answers.to("TransactWriteItems", *[None] * number, Unexpected("injected"))
        outcome = migrate(_source("1", "2"), target, runtime=Runtime(clock=FakeClock()))
        assert outcome.applied == ("1", "2")
        assert target.done() == ("1", "2")

    @pytest.mark.parametrize("number", [0, 1], ids=["begin", "finish"])
    def test_looks_and_goes_on_undoing(self, target: DynamoDBTarget, answers: Answers, number: int) -> None:
        """What the table says decides."""
        source = _source("1", "2")
        migrate(source, target, runtime=Runtime(clock=FakeClock()))
        answers.to("TransactWriteItems", *[None] * number, Unexpected("injected"))
        outcome = migrate(source, target, planner=RewindPlanner(), runtime=Runtime(clock=FakeClock()))
        assert outcome.undone == ("2", "1")
        assert target.done() == ()

    def test_that_could_not_record_one_with_a_checkpoint_says_that_it_goes_on(
        self, target: DynamoDBTarget, moto_dynamodb: "DynamoDBClient"
    ) -> None:
        """There is nothing to repair about it."""

        def do(ctx: Any) -> None:
            ctx.checkpoint.save("all but the last")
            moto_dynamodb.meta.events.register("before-call.dynamodb", refuse)

        def refuse(**_: Any) -> None:
            raise Unexpected("injected")

        source = MemorySource()
        source.add(Migration("1", "add status", do=do))
        with pytest.raises(MigrationFailed) as caught:
            migrate(source, target, runtime=Runtime(clock=FakeClock()))
        assert str(caught.value) == (
            "1_add_status did its work, but that could not be recorded (Unexpected: injected): it is dirty now. "
            "Run it again, and it goes on from its last checkpoint."
        )
        moto_dynamodb.meta.events.unregister("before-call.dynamodb", refuse)
