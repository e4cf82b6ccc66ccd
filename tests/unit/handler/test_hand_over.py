"""What the function does at the end of its time, where a state machine goes on."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from tests.unit.handler.front import FIRST, GOOD, SECOND, THIRD
from tests.unit.handler.long_run_front import DENIED, LONG, LOST, Fault, LongRunFront, Watch


def _fail(client: Any, operation: str, error: Exception, *, lost: bool = False) -> None:
    def answer(**_: Any) -> None:
        raise error

    client.meta.events.register(f"{'after' if lost else 'before'}-call.*.{operation}", answer)


UNREACHABLE = ConnectTimeoutError(endpoint_url="https://aws")
THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "Any")


class TestWhereNobodyCanGoOn:
    """The deploy fails as an unfinished run, says why, and what to do."""

    @pytest.mark.parametrize(
        "error", [DENIED, THROTTLED, LOST, UNREACHABLE], ids=["denied", "throttled", "closed", "unreachable"]
    )
    @pytest.mark.parametrize("operation", ["PutParameter", "StartExecution"])
    def test_for_an_error_of_aws(self, long: LongRunFront, operation: str, error: Exception) -> None:
        _fail(long.ssm if operation == "PutParameter" else long.stepfunctions, operation, error)
        long.begin()
        assert long.answers == ["FAILED"]
        assert "It does not go on by itself: " in long.reason
        assert str(error).split(":")[-1].strip() in long.reason
        assert f"Applied in this run: {FIRST}; pending: {SECOND}, {THIRD}." in long.reason
        assert "Deploy again" in long.reason
        assert (long.kept, long.executions, long.state.lock_status()) == ([], [], None)
        assert [run.result for run in long.state.runs()] == ["unfinished"]

    def test_for_an_event_that_is_too_large_to_keep(self, long: LongRunFront) -> None:
        long.begin(AppVersion="v" * 4000)
        assert long.answers == ["FAILED"]
        assert "bytes, and 4,096 can be kept." in long.reason
        assert (long.kept, long.executions) == ([], [])

    @pytest.mark.parametrize("operation", ["PutParameter", "StartExecution"])
    def test_for_an_answer_that_is_lost_leaves_no_event_behind(self, long: LongRunFront, operation: str) -> None:
        """The address in it is a credential."""
        _fail(long.ssm if operation == "PutParameter" else long.stepfunctions, operation, LOST, lost=True)
        long.begin()
        long.play()
        assert (long.answers, long.kept, long.state.lock_status()) == (["FAILED"], [], None)

    def test_where_there_is_no_way_to_parameter_store_it_is_tried_once(self, long: LongRunFront) -> None:
        """There may be no time for more."""
        _fail(long.ssm, "PutParameter", UNREACHABLE)
        fault = Fault(long.ssm, at=None, lost=False)
        long.begin()
        assert fault.count <= 1
        assert long.answers == ["FAILED"]

    def test_the_next_deploy_goes_on(self, long: LongRunFront) -> None:
        long.begin(AppVersion="v" * 4000)
        long.server.received.clear()
        long.begin()
        assert long.play() == ["done"]
        assert long.server.answer["Data"]["Applied"] == f"{SECOND},{THIRD}"

    def test_as_there_is_no_machine(self, long: LongRunFront) -> None:
        long.environ["DYNAMIGRATE_MACHINE_ARN"] = ""
        long.begin()
        assert long.answers == ["FAILED"]
        assert "go on by itself" not in long.reason
        assert (long.kept, long.executions, long.state.lock_status()) == ([], [], None)

    def test_as_the_time_of_a_run_is_up(self, long: LongRunFront) -> None:
        long.environ["DYNAMIGRATE_RUN_LIMIT_SECONDS"] = "20"
        long.begin()
        assert "the time that a run may take in all is up (run_limit=)" in long.reason
        assert (long.kept, long.executions) == ([], [])

    def test_as_the_stack_is_rolling_back_meanwhile(self, long: LongRunFront) -> None:
        """The note to stop is there when the lock is to be given away."""
        Watch.meanwhile = lambda: long.state.request_stop("the stack is rolling back")
        long.begin()
        assert long.answers == ["FAILED"]
        assert "the stack is rolling back" in long.reason
        assert long.play() in ([], ["failed"])
        assert (long.answers, long.kept, long.state.lock_status()) == (["FAILED"], [], None)


class TestAnEvent:
    """That CloudFormation delivers while its run goes on elsewhere."""

    def test_twice_is_answered_once(self, long: LongRunFront) -> None:
        long.begin()
        long.begin()
        assert long.answers == []
        assert long.play() == ["more", "done"]
        assert long.answers == ["SUCCESS"]

    def test_twice_while_a_slice_is_at_work_is_answered_once(self, long: LongRunFront) -> None:
        long.begin()

        def deliver() -> None:
            left, own = Watch.left, long.context.aws_request_id
            long.begin()
            Watch.left, long.context.aws_request_id = left, own

        Watch.meanwhile = deliver
        assert long.play() == ["more", "done"]
        assert long.answers == ["SUCCESS"]

    def test_to_delete_the_resource_ends_a_run_that_waits(self, long: LongRunFront) -> None:
        long.begin()
        assert long.call(long.event("Delete"), "request-2") is None
        assert long.answers == ["SUCCESS"]
        assert (long.kept, long.state.lock_status()) == ([], None)
        assert long.play() == ["done"]
        assert long.answers == ["SUCCESS"]

    def test_to_delete_the_resource_stops_a_slice_at_work(self, long: LongRunFront) -> None:
        long.begin()

        def delete() -> None:
            left = Watch.left
            long.call(long.event("Delete"), "request-2")
            Watch.left = left

        Watch.meanwhile = delete
        assert long.play() == ["failed"]
        assert long.answers[0] == "SUCCESS"
        assert (long.kept, long.state.lock_status()) == ([], None)
        assert long.state.done() == (FIRST, SECOND)

    def test_of_a_rollback_stops_the_run(self, long: LongRunFront) -> None:
        long.begin("Update", old={})
        long.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        assert long.call(long.event("Update", old={}), "request-2") is None
        assert long.answers == ["SUCCESS"]
        assert long.play() == ["failed"]
        assert (long.kept, long.state.lock_status()) == ([], None)
        assert long.state.done() == (FIRST,)

    def test_with_the_longest_address_known_is_kept(self, long: LongRunFront) -> None:
        """With a session's token of the length that AWS says it may have at most, and properties as a construct sets."""
        event = long.event(
            "Update", old={"AppVersion": "v" * 4000}, AppVersion="v" * 64, DeployId="d" * 36, Odd="x" * 9999
        )
        event["ResponseURL"] += "&X-Amz-Security-Token=" + "t" * 2048
        assert long.call(event) is None
        assert long.kept == [long.run_id]
        assert long.answers == []


class TestACommand:
    """That takes longer than one invocation."""

    @pytest.mark.parametrize(
        ("command", "applied"),
        [({"action": "migrate"}, (FIRST, SECOND, THIRD)), ({"action": "to", "migration": SECOND}, (FIRST, SECOND))],
        ids=["migrate", "to"],
    )
    def test_goes_on_to_its_end(self, long: LongRunFront, command: dict[str, str], applied: tuple[str, ...]) -> None:
        found = long.call(command)
        assert (found["ok"], found["applied"], found["next"]) == (True, [FIRST], {"action": "status"})
        assert long.run_id in found["goes_on"]
        assert long.play()[-1] == "done"
        assert long.state.done() == applied
        assert (long.kept, long.answers, long.state.lock_status()) == ([], [], None)

    def test_that_fails_later_ends_the_execution_as_failed(self, long: LongRunFront) -> None:
        long.write(LONG, "def do(ctx): raise KeyError('status')\n")
        long.call({"action": "migrate"})
        assert long.play() == ["failed"]
        assert long.state.lock_status() is None

    def test_to_look_shows_which_slice_has_the_run_and_until_when(self, long: LongRunFront) -> None:
        long.begin()
        found = long.call({"action": "status"}, "request-2")["lock"]
        assert found["run_id"] == long.run_id
        assert found["goes_on"]["slice"] == 2
        assert found["goes_on"]["execution"].endswith(f":{long.run_id}")
        assert found["goes_on"]["began"] < found["goes_on"]["ends_before"] < found["until"]
        assert "s3cr3t" not in json.dumps(found)

    def test_to_cancel_ends_a_run_that_waits(self, long: LongRunFront) -> None:
        long.begin()
        assert long.call({"action": "cancel", "confirm": True}, "request-2")["ok"] is True
        assert long.play() == ["failed"]
        assert long.answers == ["FAILED"]
        assert (long.kept, long.state.lock_status(), long.state.done()) == ([], None, (FIRST,))

    def test_to_pause_and_to_resume_may_come_while_a_run_waits(self, long: LongRunFront) -> None:
        long.begin()
        assert long.call({"action": "pause"}, "request-2")["ok"] is True
        found = long.call({"action": "status"}, "request-2")["lock"]
        assert (found["paused"], found["run_id"]) == (True, long.run_id)
        assert long.call({"action": "resume"}, "request-2")["ok"] is True
        assert long.play() == ["more", "done"]
        assert long.answers == ["SUCCESS"]

    def test_to_run_what_is_pending_is_refused_while_a_run_waits(self, long: LongRunFront) -> None:
        long.begin()
        found = long.call({"action": "migrate"}, "request-2")
        assert (found["ok"], found["error"]["type"]) == (False, "LockHeld")
        assert long.play() == ["more", "done"]

    def test_to_undo_is_not_handed_over(self, long: LongRunFront) -> None:
        long.state.add(FIRST)
        long.state.finish_migration(FIRST)
        undoing = "from tests.unit.handler.long_run_front import work\ndef do(ctx): pass\ndef undo(ctx): work(ctx)\n"
        long.write(undoing)
        found = long.call({"action": "undo", "confirm": True})
        assert (found["ok"], found["undone"]) == (True, [FIRST])
        assert long.executions == []


def test_a_deploy_that_fits_sends_no_request_more_than_without_a_machine(long: LongRunFront) -> None:
    long.write(GOOD)
    long.begin()
    counts = []
    for machine in (long.environ["DYNAMIGRATE_MACHINE_ARN"], ""):
        long.environ["DYNAMIGRATE_MACHINE_ARN"] = machine
        fault = Fault(long.dynamodb, long.ssm, long.stepfunctions, at=None, lost=False)
        long.begin()
        counts.append(fault.count)
    assert counts == [3, 3]
