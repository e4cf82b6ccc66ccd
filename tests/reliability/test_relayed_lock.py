"""Hand-overs of the lock whose answers are lost, and who finds what became of them."""

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from dynamigrate import DynamoDBTarget, LockLost
from dynamigrate.errors import NothingToTakeUp
from dynamigrate.lock_loss import LossCause
from tests.unit.fakes import FakeClock

from .answers import LOST, Answers
from .faulty_transport import Unexpected
from .handing_over import CONTINUATION, UNTIL, hand_over, stay_with

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING, logger="dynamigrate")
    return caplog


class TestAHandOver:
    """That was carried out, although nothing said so."""

    def test_whose_answer_is_lost_is_done(
        self, target: DynamoDBTarget, other: DynamoDBTarget, answers: Answers, warnings: pytest.LogCaptureFixture
    ) -> None:
        """Sent again, it finds what it wrote."""
        with target.lock() as lease:
            answers.to("UpdateItem", LOST, LOST)
            lease.hand_over(CONTINUATION, until=UNTIL)
            assert not lease.lost
        with other.take_up("run-1") as second:
            assert second.continuation == CONTINUATION.taken_up(after_death=False)
        assert warnings.records == []

    def test_is_done_although_somebody_asked_the_run_to_stop_since(
        self, target: DynamoDBTarget, other: DynamoDBTarget, answers: Answers, warnings: pytest.LogCaptureFixture
    ) -> None:
        """It is the next process that stops."""
        with target.lock() as lease:
            answers.to("UpdateItem", LOST)
            answers.instead = lambda: other.request_stop("the stack rolls back")
            lease.hand_over(CONTINUATION, until=UNTIL)
        with other.take_up("run-1") as second:
            assert second.stop_reason == "the stack rolls back"
        assert warnings.records == []

    def test_is_done_although_somebody_took_the_run_up_since(
        self, target: DynamoDBTarget, other: DynamoDBTarget, answers: Answers, warnings: pytest.LogCaptureFixture
    ) -> None:
        """The one that goes on is not told from a thief by its token alone."""
        with ExitStack() as stack:
            with target.lock() as lease:
                answers.to("UpdateItem", LOST)
                answers.instead = lambda: stay_with(stack, other)
                lease.hand_over(CONTINUATION, until=UNTIL)
                assert not lease.lost
            status = target.lock_status()
            assert status is not None
            assert status.continuation is not None
            assert status.continuation.slice == 2
        assert warnings.records == []

    def test_is_done_although_the_run_is_over_since(
        self, target: DynamoDBTarget, other: DynamoDBTarget, answers: Answers, warnings: pytest.LogCaptureFixture
    ) -> None:
        """However fast the next process was."""

        def go_on() -> None:
            with other.take_up("run-1"):
                pass

        with target.lock() as lease:
            answers.to("UpdateItem", LOST)
            answers.instead = go_on
            lease.hand_over(CONTINUATION, until=UNTIL)
            assert not lease.lost
        assert warnings.records == []

    def test_that_fails_for_good_is_taken_back(
        self, target: DynamoDBTarget, answers: Answers, warnings: pytest.LogCaptureFixture
    ) -> None:
        """The run ends with its process then, and its lock must not wait for anybody until its time is up."""
        with target.lock() as lease:
            answers.to("UpdateItem", Unexpected("injected"))
            with pytest.raises(Unexpected):
                lease.hand_over(CONTINUATION, until=UNTIL)
        assert target.lock_status() is None
        assert warnings.records == []

    @pytest.mark.parametrize("taken", [False, True], ids=["it waits", "another has it"])
    def test_is_not_called_a_loss_by_a_beat_that_comes_first(
        self,
        target: DynamoDBTarget,
        other: DynamoDBTarget,
        answers: Answers,
        warnings: pytest.LogCaptureFixture,
        taken: bool,
    ) -> None:
        """One that was under way when the lock was given away, and is answered before that is."""
        with ExitStack() as stack, target.lock() as lease:

            def beat() -> None:
                if taken:
                    stay_with(stack, other)
                lease.beat()

            answers.to("UpdateItem", LOST)
            answers.instead = beat
            lease.hand_over(CONTINUATION, until=UNTIL)
            assert not lease.lost
            lease.beat()
            assert not lease.lost
        assert warnings.records == []

    def test_that_finds_the_lock_taken_without_any_doubt_is_a_loss(
        self, target: DynamoDBTarget, other: DynamoDBTarget
    ) -> None:
        """Whatever is tried after it."""
        with target.lock() as lease:
            target.unlock(force=True)
            with other.lock(), pytest.raises(LockLost):
                lease.hand_over(CONTINUATION, until=UNTIL)
            assert lease.loss is not None
            assert lease.loss.cause is LossCause.TAKEN


class TestTakingUp:
    """A run, over requests that take long or are not answered."""

    def test_whose_answer_is_lost_is_done(
        self, target: DynamoDBTarget, other: DynamoDBTarget, answers: Answers, warnings: pytest.LogCaptureFixture
    ) -> None:
        """Sent again, it finds what it wrote, and counts no process twice."""
        hand_over(target)
        answers.to("UpdateItem", LOST, LOST)
        with other.take_up("run-1") as lease:
            assert lease.continuation == CONTINUATION.taken_up(after_death=False)
            other.add("1")
        assert target.lock_status() is None
        assert warnings.records == []

    def test_that_takes_long_loses_nothing(
        self, target: DynamoDBTarget, clock: FakeClock, answers: Answers, warnings: pytest.LogCaptureFixture
    ) -> None:
        """A lease is good from before the request was sent, and a beat makes sure of it."""
        hand_over(target)
        answers.to("UpdateItem", LOST)
        answers.instead = lambda: clock.turn(25)
        with target.take_up("run-1") as lease:
            assert not lease.lost
            target.add("1")
        assert warnings.records == []

    def test_that_fails_after_it_was_done_leaves_the_run_to_be_taken_up_again(
        self, target: DynamoDBTarget, other: DynamoDBTarget, answers: Answers
    ) -> None:
        """After a lease, as after any death: what the first one did is not forgotten."""
        hand_over(target)
        answers.to("UpdateItem", Unexpected("injected"))
        with pytest.raises(Unexpected), target.take_up("run-1"):
            pytest.fail("it failed")
        with other.take_up("run-1") as lease:
            assert lease.continuation is not None
            assert (lease.continuation.slice, lease.continuation.deaths) == (3, 1)

    def test_does_not_take_a_slow_look_for_a_dead_holder(
        self, target: DynamoDBTarget, moto_dynamodb: "DynamoDBClient"
    ) -> None:
        """A holder lives for a lease after it was seen, and not after somebody asked."""
        hand_over(target)
        watch = FakeClock()
        other = DynamoDBTarget(moto_dynamodb, clock=watch)
        slow = [25.0]

        def look_slowly(**_: Any) -> None:
            watch.turn(slow.pop() if slow else 0)

        with target.take_up("run-1") as lease:
            moto_dynamodb.meta.events.register("after-call.dynamodb.GetItem", look_slowly)
            watch.before_sleep = lambda: lease.beat() if len(watch.slept) > 2 else None
            with pytest.raises(NothingToTakeUp) as caught, other.take_up("run-1"):
                pytest.fail("a run was taken from a holder that lives")
            assert caught.value.busy
            assert not lease.lost


class TestARunThatWasNeverHandedOver:
    """As the process that held it died in between, or is about to."""

    def test_is_busy_while_its_holder_lives(self, target: DynamoDBTarget, moto_dynamodb: "DynamoDBClient") -> None:
        """Whoever is there too early is not told that it is over."""
        watch = FakeClock()
        other = DynamoDBTarget(moto_dynamodb, clock=watch)
        with target.lock() as lease:
            watch.before_sleep = lease.beat
            with pytest.raises(NothingToTakeUp, match="still being carried out by") as caught, other.take_up("run-1"):
                pytest.fail("it was taken from its holder")
            assert caught.value.busy
            assert not lease.lost

    def test_is_taken_up_once_it_is(self, target: DynamoDBTarget, moto_dynamodb: "DynamoDBClient") -> None:
        """By whoever waits for it."""
        watch = FakeClock()
        other = DynamoDBTarget(moto_dynamodb, clock=watch)
        with target.lock() as lease:
            watch.before_sleep = lambda: lease.hand_over(CONTINUATION, until=UNTIL)
            with other.take_up("run-1") as second:
                assert second.continuation == CONTINUATION.taken_up(after_death=False)
        assert len(watch.slept) == 1

    def test_is_over_once_its_holder_is_dead(self, target: DynamoDBTarget, other: DynamoDBTarget) -> None:
        """Its lock frees itself as that of any dead holder does."""
        with target.lock() as lease:
            with pytest.raises(NothingToTakeUp, match="was never handed over") as caught, other.take_up("run-1"):
                pytest.fail("there is nothing to go on from")
            assert not caught.value.busy
            assert not lease.lost


class TestTablesOfTheGoDriver:
    def test_keep_a_run_that_is_handed_over(self, moto_dynamodb: "DynamoDBClient") -> None:
        """Whose key has another name, which a process that takes a run up has yet to learn."""
        for name in ("_migrations", "_migrations-lock"):
            moto_dynamodb.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            )
        first, second = (DynamoDBTarget(moto_dynamodb, clock=FakeClock()) for _ in range(2))
        with first.lock() as lease:
            first.add("1")
            lease.hand_over(CONTINUATION, until=UNTIL)
        with second.take_up("run-1") as lease:
            second.finish_migration("1")
            assert not lease.lost
        assert DynamoDBTarget(moto_dynamodb, clock=FakeClock()).done() == ("1",)
        assert first.lock_status() is None
