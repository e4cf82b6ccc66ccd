"""A run that goes on in the state machine, slice after slice."""

import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from dynamigrate.contract.manifest import MANIFEST_NAME
from dynamigrate.handler.cloudformation.request import ResourceRequest
from dynamigrate.handler.long_run.kept_events import KeptEvents
from tests.unit.handler.front import BAD, FIRST, SECOND, STACK_ID, THIRD
from tests.unit.handler.long_run_front import LONG, LongRunFront, Watch


def test_a_deploy_that_takes_longer_than_one_invocation_is_answered_once_by_its_last_slice(long: LongRunFront) -> None:
    long.begin()
    assert long.answers == []
    assert long.kept == [long.run_id]
    assert long.play() == ["more", "done"]
    answer = long.server.answer
    assert (answer["Status"], answer["Data"]["Applied"]) == ("SUCCESS", f"{FIRST},{SECOND},{THIRD}")
    assert (answer["Data"]["RunId"], answer["Data"]["Current"]) == (long.run_id, THIRD)
    assert (answer["RequestId"], answer["StackId"]) == ("cloudformation-request", STACK_ID)
    assert long.kept == []
    assert long.state.lock_status() is None


def test_the_history_has_it_as_one_run(long: LongRunFront) -> None:
    long.begin()
    long.play()
    [run] = long.state.runs()
    assert (run.run.id, run.applied) == (long.run_id, (FIRST, SECOND, THIRD))


def test_a_migration_that_fails_in_a_slice_fails_the_deploy(long: LongRunFront) -> None:
    long.write(LONG, LONG, BAD)
    long.begin()
    assert long.play() == ["more", "failed"]
    assert long.answers == ["FAILED"]
    assert "KeyError" in long.reason
    assert (long.kept, long.state.lock_status()) == ([], None)


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Has that many seconds of a run's time be over."""
    real, passed = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + passed[0])

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_the_address_of_the_answer_is_in_no_line_of_the_log(long: LongRunFront, level: str) -> None:
    long.environ["DYNAMIGRATE_LOG_LEVEL"] = level
    long.begin()
    long.play()
    assert "run.handed_over" in long.stream.getvalue()
    assert "s3cr3t" not in long.stream.getvalue()


class TestWhereTheLastSliceDied:
    """Or could not get its answer through."""

    def test_after_it_had_freed_the_lock_the_next_one_answers_what_the_history_says(self, long: LongRunFront) -> None:
        long.begin()
        event = long.event("Create")
        assert long.slice() == "more"
        long.server.statuses = [403]
        with pytest.raises(Exception, match="could not be answered"):
            long.slice()
        long.server.received.clear()
        assert long.kept == [long.run_id]
        assert long.slice() == "done"
        answer = long.server.answer
        assert (answer["Status"], answer["Data"]["Applied"]) == ("SUCCESS", f"{FIRST},{SECOND},{THIRD}")
        assert answer["Data"]["Current"] == THIRD
        assert answer["RequestId"] == event["RequestId"]
        assert long.kept == []

    def test_of_a_run_that_failed_it_answers_so(self, long: LongRunFront) -> None:
        long.write(LONG, LONG, BAD)
        long.begin()
        long.slice()
        long.server.statuses = [403]
        with pytest.raises(Exception, match="could not be answered"):
            long.slice()
        long.server.received.clear()
        assert long.slice() == "failed"
        assert "KeyError" in long.reason

    def test_a_call_after_the_answer_says_nothing(self, long: LongRunFront) -> None:
        long.begin()
        long.play()
        assert long.slice() == "done"
        assert long.answers == ["SUCCESS"]


class TestTheFirstCallOfTheMachine:
    """It may come before the function that started it has handed the run over."""

    def test_waits_for_the_hand_over(self, long: LongRunFront) -> None:
        with long.target_of("request-1", "run-1").lock() as lock:
            long.clock.before_sleep = lock.beat
            assert long.slice("run-1") == "wait"
            assert long.answers == []

    def test_of_a_run_whose_function_died_before_it_answers_in_its_name(self, long: LongRunFront) -> None:
        """The responder is told of the death too, and whoever is later finds no event."""
        with long.target_of("request-1", "run-1").lock():
            long.setup.kept_events.keep("run-1", _request(long))
            assert long.slice("run-1") == "failed"
        assert long.answers == ["FAILED"]
        assert "died" in long.reason
        assert long.kept == []

    def test_of_no_run_ends(self, long: LongRunFront) -> None:
        assert long.slice("run-1") == "done"
        assert long.answers == []


class TestAnEventThatIsNotShownYet:
    """Parameter Store is eventually consistent."""

    def test_is_waited_for(self, long: LongRunFront, monkeypatch: pytest.MonkeyPatch) -> None:
        long.begin()
        blind, read = [True] * 3, KeptEvents.read

        def read_late(self: KeptEvents, run_id: str) -> ResourceRequest | None:
            return None if blind and blind.pop() else read(self, run_id)

        monkeypatch.setattr(KeptEvents, "read", read_late)
        assert long.play()[-1] == "done"
        assert long.answers == ["SUCCESS"]

    def test_was_answered_by_somebody_else_if_it_never_is(self, long: LongRunFront) -> None:
        """So the run is not wanted any more; nobody is answered twice."""
        long.begin()
        long.setup.kept_events.forget(long.run_id)
        assert long.play() == ["failed"]
        assert (long.answers, long.state.lock_status()) == ([], None)


class TestCodeThatWasSwappedBetweenTwoSlices:
    """As by cdk deploy --hotswap."""

    def test_ends_the_run_and_leaves_no_lock(self, long: LongRunFront) -> None:
        long.begin()
        long.write(LONG, LONG, LONG, digest="d2" * 16)
        assert long.play() == ["failed"]
        assert "swapped without a deploy" in long.reason
        assert (long.kept, long.state.lock_status()) == ([], None)

    def test_leaves_in_the_history_what_the_run_had_done(self, long: LongRunFront) -> None:
        long.begin()
        long.write(LONG, LONG, LONG, digest="d2" * 16)
        long.play()
        [run] = long.state.runs()
        assert (run.run.id, run.result, run.applied) == (long.run_id, "unfinished", (FIRST,))
        assert "swapped" in run.note

    def test_ends_a_run_that_somebody_typed_too(self, long: LongRunFront) -> None:
        """A deploy may have come between: what is new in it is the deploy's to run."""
        long.call({"action": "migrate"})
        long.write(LONG, LONG, LONG, digest="d2" * 16)
        assert long.play() == ["failed"]
        [run] = long.state.runs()
        assert (run.result, run.applied) == ("unfinished", (FIRST,))
        assert "not the one with which this run began" in run.note
        assert long.state.lock_status() is None

    def test_that_can_not_be_read_leaves_no_lock_either(self, long: LongRunFront) -> None:
        long.begin()
        (long.folder / MANIFEST_NAME).write_text("{")
        assert long.play() == ["failed"]
        assert long.answers == ["FAILED"]
        assert (long.kept, long.state.lock_status()) == ([], None)


def _request(long: LongRunFront) -> ResourceRequest:
    return ResourceRequest.read(long.event("Create"))


class TestTheLimitOfADeploy:
    """Which all of its slices have in common."""

    def test_ends_a_slice_that_begins_after_it(self, long: LongRunFront, wait: Callable[[float], None]) -> None:
        """The state machine may have had to wait; CloudFormation is still told what is done and what is left."""
        long.environ["DYNAMIGRATE_RUN_LIMIT_SECONDS"] = "45"
        long.begin()
        wait(60)
        assert long.play() == ["failed"]
        assert "the time that a run may take in all is up (run_limit=)" in long.reason
        assert "of the time that a run has" in long.reason
        assert f"Applied in this run: {FIRST}; pending: {SECOND}, {THIRD}." in long.reason
        assert (long.kept, long.state.lock_status()) == ([], None)

    def test_ends_a_slice_that_would_go_on_beyond_it(self, long: LongRunFront, wait: Callable[[float], None]) -> None:
        long.begin()
        wait(3300 - 100)
        Watch.meanwhile = lambda: wait(80)
        assert long.play() == ["failed"]
        assert f"Applied in this run: {FIRST}, {SECOND}; pending: {THIRD}." in long.reason


class TestASliceThatLosesTheLock:
    """While it is at work."""

    def test_to_another_run_fails_the_deploy(self, long: LongRunFront) -> None:
        long.begin()
        with ExitStack() as stranger:

            def take() -> None:
                long.state.unlock(force=True)
                stranger.enter_context(long.target_of("stranger", "another-run").lock())

            Watch.meanwhile = take
            assert long.play() == ["failed"]
            assert (long.answers, long.kept) == (["FAILED"], [])
            lock = long.state.lock_status()
            assert lock is not None
            assert lock.run_id == "another-run"

    def test_to_another_slice_of_the_run_is_silent(self, long: LongRunFront) -> None:
        """It was taken for dead, and the other one goes on with the run."""
        long.begin()
        with ExitStack() as other:

            def take() -> None:
                other.enter_context(long.target_of("other-slice", long.run_id).take_up(long.run_id))

            Watch.meanwhile = take
            assert long.slice() == "more"
            assert (long.answers, long.kept) == ([], [long.run_id])

    def test_to_somebody_who_freed_it_fails_the_deploy(self, long: LongRunFront) -> None:
        long.begin()
        Watch.meanwhile = lambda: long.state.unlock(force=True)
        assert long.play() == ["failed"]
        assert (long.answers, long.kept, long.state.lock_status()) == (["FAILED"], [], None)
