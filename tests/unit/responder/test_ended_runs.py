"""A run in the state machine that ended without its own answer."""

import json
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamigrate_cdk.machinery.machine_definition import definition
from dynamigrate_cdk.responder.ended_run import LockOutOfReach
from tests.unit.handler.front import STACK_ID
from tests.unit.responder.scene import DEAD, NOW, LockTable, Scene, held, refused, unreachable

RUN = "20261126T013356Z-1a2b3c4d"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:M"


def of_run(*, waiting: bool = False, **changes: Any) -> dict[str, Any]:
    """The lock's item of the run, held by a slice, or waiting for one."""
    continuation = {"S": json.dumps({"notes": {"request_id": DEAD}})}
    item = held(RunId={"S": RUN}, **{"Continuation": continuation, **changes})
    del item["RequestId"]
    return {**item, "Waiting": {"BOOL": True}} if waiting else item


def gave_up(error: str = "Runtime.ExitError", message: str = "signal: killed") -> dict[str, Any]:
    """What the state machine says when its slices failed."""
    return {
        "gaveUp": {"runId": RUN, "error": error, "cause": json.dumps({"errorMessage": message, "errorType": error})}
    }


def ended(status: str, **detail: Any) -> dict[str, Any]:
    """What EventBridge says of an execution."""
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": f"{MACHINE.replace('stateMachine', 'execution')}:{RUN}",
            "stateMachineArn": MACHINE,
            "name": RUN,
            "status": status,
            "input": "{}",
            "error": None,
            "cause": None,
            **detail,
        },
    }


def test_a_run_that_told_it_itself_is_known_where_no_event_tells_the_error(scene: Scene) -> None:
    """Of a machine with the team's own key, EventBridge leaves out error and cause."""
    scene.executions = {"input": "{}", "error": "RunFailed", "cause": "The run failed."}
    scene.respond_to(ended("FAILED", input=None))
    assert [line["event"] for line in scene.lines] == ["responder.silent"]


@pytest.fixture
def waited_for(scene: Scene) -> Scene:
    """CloudFormation waits for the run's end, which is the Update of a stack."""
    scene.keep(RUN, "Update")
    return scene


@pytest.mark.parametrize(
    ("record", "told", "advice"),
    [
        (gave_up(), "several times in a row (Runtime.ExitError: signal: killed).", "memory_size="),
        (gave_up("Sandbox.Timedout", "Task timed out after 900.00 seconds"), "timed out after 900", "save checkpoints"),
        (gave_up("Lambda.TooManyRequestsException", "Rate exceeded"), "Rate exceeded", "No concurrency was left"),
        (
            gave_up("Lambda.AWSLambdaException", "is not authorized to perform"),
            "not authorized",
            "role call the function",
        ),
        ({"gaveUp": {"runId": RUN}}, "(no reason given)", "goes on from its checkpoint"),
        ({"gaveUp": {"runId": RUN, "cause": "not json"}}, "(not json)", "goes on from its checkpoint"),
        (ended("ABORTED"), "the run's execution was stopped by hand.", "goes on from its checkpoint"),
        (ended("TIMED_OUT"), "took longer than it may.", "goes on from its checkpoint"),
        (ended("FAILED", error="States.Runtime", cause="no such path"), "(States.Runtime: no such path).", "goes on"),
    ],
)
def test_a_deploy_fails_with_what_happened_and_what_to_do(
    waited_for: Scene, record: dict[str, Any], told: str, advice: str
) -> None:
    """The run's lock is free by then, and its event is gone."""
    waited_for.table = LockTable(of_run(waiting=True))
    waited_for.respond_to(record)
    answer = waited_for.server.answer
    assert (answer["Status"], answer["RequestId"]) == ("FAILED", "cloudformation-request")
    assert answer["Reason"].startswith("The run has ended before it was done: ")
    assert told in answer["Reason"]
    assert advice in answer["Reason"]
    assert "What was applied stays applied." in answer["Reason"]
    assert f"Run {RUN}." in answer["Reason"]
    assert (waited_for.table.item, waited_for.parameters.kept) == (None, {})
    assert waited_for.now - NOW < 60


def test_a_run_that_said_itself_that_it_failed_is_no_news(waited_for: Scene) -> None:
    """The machine fails too, by an error of its own, and EventBridge tells of that; nothing is wrong."""
    states = definition(partition="aws", function_arn="f", responder_arn="r", timeout_seconds=1, comment="")["States"]
    error = states["Failed"]["Error"]
    waited_for.parameters.kept.clear()
    waited_for.respond_to(ended("FAILED", error=error, cause=states["Failed"]["Cause"]))
    assert waited_for.server.received == []
    assert [line["level"] for line in waited_for.lines] == ["INFO"]


@pytest.mark.parametrize("times", [2, 3])
def test_called_again_it_is_silent(waited_for: Scene, times: int) -> None:
    """Both the machine and EventBridge call, and either may call twice."""
    waited_for.table = LockTable(of_run(waiting=True))
    for record in (gave_up(), *[ended("FAILED")] * (times - 1)):
        waited_for.respond_to(record)
    assert len(waited_for.server.received) == 1
    assert waited_for.lines[-1]["event"] == "responder.silent"


def test_a_rollback_goes_on(waited_for: Scene) -> None:
    """Whatever becomes of the run, its stack must be able to roll back."""
    waited_for.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    waited_for.respond_to(ended("ABORTED"))
    assert waited_for.server.answer["Status"] == "SUCCESS"
    assert waited_for.server.answer["Data"]["Warnings"] == "none"


def test_a_first_deploy_is_answered_without_a_look_at_its_stack(scene: Scene) -> None:
    """A Create that fails is a Create that fails."""
    scene.keep(RUN, "Create")
    scene.stack.status = unreachable()
    scene.respond_to(ended("TIMED_OUT"))
    assert scene.server.answer["Status"] == "FAILED"


def test_a_slice_that_is_at_work_is_asked_to_stop_and_answers_itself(waited_for: Scene) -> None:
    """It frees the lock first, and answers then: nobody answers in between."""
    waited_for.table = LockTable(of_run())

    def work(passed: float) -> None:
        if passed < 12:
            waited_for.table.beat()
        else:
            waited_for.table.item = None
        if passed > 16:
            waited_for.parameters.kept.clear()

    waited_for.on_sleep = work
    waited_for.respond_to(ended("ABORTED"))
    assert waited_for.table.stops == ["the run's execution was stopped by hand"]
    assert (waited_for.table.deleted, waited_for.server.received) == ([], [])


class TestOfAFleet:
    """Its lock waits, and its workers are at work beside that; their beats are the lock's."""

    @pytest.fixture
    def fleet(self, waited_for: Scene) -> Scene:
        waited_for.table = LockTable(of_run(waiting=True, Workers={"M": {"0": {"S": "1 +"}, "1": {"S": "1 +"}}}))
        return waited_for

    def test_workers_are_asked_to_stop_and_end_before_the_lock_is_free(self, fleet: Scene) -> None:
        freed: list[float] = []

        def work(passed: float) -> None:
            fleet.table.beat()
            if passed > 4 and fleet.table.item:
                fleet.table.item["Workers"] = {"M": {}}
            if not fleet.table.item:
                freed.append(passed)

        fleet.on_sleep = work
        fleet.respond_to(ended("ABORTED"))
        assert fleet.table.stops == ["the run's execution was stopped by hand"]
        assert fleet.table.item is None
        assert min(freed, default=5) > 4
        assert fleet.server.answer["Status"] == "FAILED"

    def test_those_that_are_dead_are_not_waited_for(self, fleet: Scene) -> None:
        fleet.respond_to(ended("ABORTED"))
        assert fleet.table.item is None
        assert fleet.now - NOW < 12

    def test_those_that_do_not_end_lose_it_all_the_same(self, fleet: Scene) -> None:
        """Nothing that they write counts after that."""
        fleet.on_sleep = lambda _passed: fleet.table.beat()
        fleet.respond_to(ended("TIMED_OUT"))
        assert fleet.table.item is None
        assert fleet.now - NOW < 60
        assert fleet.server.answer["Status"] == "FAILED"


def test_one_that_goes_on_for_long_is_answered_for_within_a_minute(waited_for: Scene) -> None:
    """Its lock stays its own: a migration without checkpoints can't stop."""
    waited_for.table = LockTable(of_run())
    waited_for.on_sleep = lambda passed: waited_for.table.beat()
    waited_for.respond_to(ended("ABORTED"))
    assert "A slice is still at work, and holds the lock" in waited_for.server.answer["Reason"]
    assert waited_for.table.item is not None
    assert waited_for.table.deleted == []
    assert waited_for.now - NOW < 60


@pytest.mark.parametrize("deadline", [0, 600])
def test_a_slice_that_is_dead_loses_its_lock(waited_for: Scene, deadline: float) -> None:
    """At once where its time is up, else once it has not beaten for longer than one that lives does."""
    waited_for.table = LockTable(of_run(DeadlineMs={"N": str(round((NOW + deadline) * 1000))}))
    waited_for.respond_to(gave_up())
    assert waited_for.table.item is None
    assert waited_for.now - NOW < 12
    assert waited_for.line("lock.freed")["run_id"] == RUN


def test_a_slice_that_takes_it_up_at_the_last_moment_keeps_it(waited_for: Scene) -> None:
    """The deletion is conditional on what was seen."""
    waited_for.table = LockTable(of_run(waiting=True))
    waited_for.table.before_delete = waited_for.table.taken_up
    waited_for.on_sleep = lambda passed: waited_for.table.beat()
    waited_for.respond_to(ended("ABORTED"))
    assert waited_for.table.item is not None
    assert waited_for.table.stops


@pytest.mark.parametrize(
    "item", [None, held(), held(RunId={"S": "another-run"}), held(RunId={"S": "another-run"}, Waiting={"BOOL": True})]
)
def test_nobody_elses_lock_is_touched(waited_for: Scene, item: dict[str, Any] | None) -> None:
    """The run has none any more; whoever ended it may still be about to answer, so that is waited for."""
    waited_for.table = LockTable(item)
    waited_for.respond_to(ended("FAILED"))
    assert (waited_for.table.item, waited_for.table.deleted, waited_for.table.stops) == (item, [], [])
    assert waited_for.server.answer["Status"] == "FAILED"
    assert 8 <= waited_for.now - NOW < 12


def test_a_run_that_somebody_typed_is_answered_by_nobody(scene: Scene) -> None:
    """Its lock is freed all the same."""
    scene.table = LockTable(of_run(waiting=True))
    scene.respond_to(ended("ABORTED"))
    assert (scene.table.item, scene.server.received) == (None, [])
    assert scene.line("responder.silent")["run_id"] == RUN


def test_a_lock_that_is_out_of_reach_does_not_hold_up_the_answer(waited_for: Scene) -> None:
    """It is answered, and called again for the lock's sake, which nobody else would free for an hour."""
    waited_for.table = LockTable(of_run(waiting=True))
    waited_for.table.breaks = unreachable()
    with pytest.raises(LockOutOfReach):
        waited_for.respond_to(ended("ABORTED"))
    assert "Whether its lock is free could not be read" in waited_for.server.answer["Reason"]
    waited_for.table.breaks = None
    waited_for.respond_to(ended("ABORTED"))
    assert (waited_for.table.item, waited_for.parameters.kept) == (None, {})
    assert len(waited_for.server.received) == 1


@pytest.mark.parametrize("call", ["get_parameter", "delete_parameter"])
def test_an_event_that_can_not_be_read_or_deleted_has_it_called_again(waited_for: Scene, call: str) -> None:
    """And the second call ends what the first one began; CloudFormation keeps the first answer."""
    waited_for.table = LockTable(of_run(waiting=True))
    waited_for.parameters.breaks[call] = refused("ThrottlingException")
    with pytest.raises(Exception, match="ThrottlingException"):
        waited_for.respond_to(gave_up())
    waited_for.respond_to(gave_up())
    assert (waited_for.table.item, waited_for.parameters.kept) == (None, {})
    assert {one.json["Status"] for one in waited_for.server.received} == {"FAILED"}


def test_the_address_is_in_no_line_and_no_reason(waited_for: Scene) -> None:
    """It is a credential, whoever quotes it; nor is it on the lock, where a slice would read it."""
    url = f"{waited_for.server.url}?X-Amz-Signature=secret"
    waited_for.parameters.kept[RUN]["ResponseURL"] = url
    waited_for.table = LockTable(of_run())
    waited_for.respond_to(gave_up(message=f'event {{"ResponseURL": "{url}"}} is no good \ud800\x1b[31m'))
    assert "secret" not in waited_for.logged + waited_for.server.answer["Reason"]
    assert "<address>" in waited_for.server.answer["Reason"]
    assert waited_for.table.stops == ["the function died, or could not be called, several times in a row"]


class TestTheFirstFunction:
    """The one that began the run, and died."""

    @pytest.mark.parametrize("waiting", [True, False])
    def test_has_done_its_part_once_the_run_was_handed_over(self, scene: Scene, waiting: bool) -> None:
        """Whoever has the run answers at its end."""
        scene.keep(RUN, "Update")
        scene.table = LockTable(of_run(waiting=waiting))
        before = dict(scene.table.item or {})
        scene.respond("Update")
        assert (scene.table.item, scene.server.received) == (before, [])
        assert scene.parameters.kept.keys() == {RUN}
        assert "goes on elsewhere" in scene.line("responder.silent")["why"]

    def test_is_answered_for_where_it_died_before_that(self, scene: Scene) -> None:
        """And what it had kept for the run is deleted."""
        scene.keep(RUN, "Update")
        scene.table = LockTable(held(RunId={"S": RUN}))
        scene.respond("Update")
        assert scene.server.answer["Status"] == "FAILED"
        assert (scene.table.item, scene.parameters.kept) == (None, {})

    def test_of_a_construct_without_a_machine_asks_nobody_for_parameters(self, scene: Scene) -> None:
        """Its role may not."""
        scene.events_path = ""
        scene.parameters.breaks = {"get_parameter": AssertionError(), "delete_parameter": AssertionError()}
        scene.table = LockTable(held(RunId={"S": RUN}))
        scene.respond("Update")
        assert scene.server.answer["Status"] == "FAILED"

    def test_is_not_taken_for_another_runs(self, scene: Scene) -> None:
        """A run that goes on elsewhere began with another request."""
        item = of_run(waiting=True, Continuation={"S": json.dumps({"notes": {"request_id": "another"}})})
        scene.table = LockTable(item)
        scene.respond("Update")
        assert "It did not hold the lock" in scene.server.answer["Reason"]
        assert scene.table.item == item

    @pytest.mark.parametrize("text", ["", "[]", "{", '{"notes": 7}'])
    def test_a_continuation_that_makes_no_sense_is_nobodys(self, scene: Scene, text: str) -> None:
        """Another version may have written it."""
        scene.table = LockTable(of_run(Continuation={"S": text}))
        scene.respond("Update")
        assert scene.server.answer["Status"] == "FAILED"


def test_the_stack_asked_about_is_the_events(waited_for: Scene) -> None:
    """None in particular would be all of them."""
    assert waited_for.parameters.kept[RUN]["StackId"] == STACK_ID
    waited_for.respond_to(ended("FAILED"))
    assert waited_for.server.answer["StackId"] == STACK_ID


@pytest.mark.parametrize("item", [of_run(waiting=True), of_run()], ids=["waiting", "dead"])
def test_whatever_request_fails_the_run_is_answered_once_in_the_end(scene: Scene, item: dict[str, Any]) -> None:
    """The lock is free, no event is left, and all answers say the same. Who calls does so again where it raised."""
    for one in scene.with_each_fault():
        one.keep(RUN, "Update")
        one.table = LockTable(dict(item))
        calls = 0
        while True:
            calls += 1
            assert calls <= 3, "Lambda calls three times"
            with suppress(ClientError, LockOutOfReach):
                one.respond_to(ended("ABORTED"))
                break
        assert (one.table.item, one.parameters.kept) == (None, {})
        assert 1 <= len(one.server.received) <= 2
        assert {answer.json["Status"] for answer in one.server.received} == {"FAILED"}


def test_whatever_request_fails_nothing_is_left_of_a_first_function_that_died(scene: Scene) -> None:
    """Between keeping the event and handing the run over. What could not be deleted is told of."""
    for one in scene.with_each_fault():
        one.keep(RUN, "Update")
        one.table = LockTable(held(RunId={"S": RUN}))
        one.respond("Update")
        assert one.server.answer["Status"] == "FAILED"
        assert (one.table.item is None) is not _warned(one, "lock.out_of_reach")
        assert (one.parameters.kept == {}) is not _warned(one, "event.not_forgotten", "lock.out_of_reach")


def test_whatever_request_fails_a_run_that_goes_on_is_not_answered_for(scene: Scene) -> None:
    """One look that fails is repeated: the answer would be wrong."""
    for one in scene.with_each_fault():
        one.keep(RUN, "Update")
        one.table = LockTable(of_run(waiting=True))
        one.respond("Update")
        assert one.server.received == []


def _warned(scene: Scene, *events: str) -> bool:
    return any(line["event"] in events for line in scene.lines)
