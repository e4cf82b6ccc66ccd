"""What old code does about a rollback: it asks the version that was deployed to undo, and succeeds whatever comes of it."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from dynamigrate.handler.rollback_undo.callee import TakeBack
from tests.unit.handler.front import FIRST, GOOD, SECOND, THIRD, Front, holder
from tests.unit.handler.test_taking_back import FUNCTION, NEW, OLD, deployed

ATTRIBUTES = {"RunId", "Applied", "AppliedCount", "Current", "Invocations", "Warnings", "StandsAt", "Counts"}


class Versions:
    """A Lambda client: its functions' versions are *answer*, or raise it."""

    def __init__(self, front: Front, answer: Any = None) -> None:
        self.answer = {"ok": True, "undone": [], "left": [], "why": ""} if answer is None else answer
        self.error: str | None = None
        self.invoked: list[dict[str, Any]] = []
        self.waits: list[float] = []
        front.clients.__dict__["lambda_for"] = self._for

    def _for(self, seconds: float) -> "Versions":
        self.waits.append(seconds)
        return self

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.invoked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return {
            "Payload": io.BytesIO(json.dumps(self.answer).encode()),
            "ResponseMetadata": {"RequestId": "their-request"},
            **({"FunctionError": self.error} if self.error else {}),
        }


@pytest.fixture
def roll_back(front: Front) -> Callable[..., Any]:
    """Have old code told that the stack rolls back from build-8 to build-7; what it answers."""
    front.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"

    def told(old: dict[str, Any] | None = None, **properties: Any) -> Any:
        given = {"DeployId": "build-7", "FunctionVersion": OLD, **properties}
        before = {"DeployId": "build-8", "FunctionVersion": NEW, "AppVersion": "8.0"} if old is None else old
        return front.deploy("Update", old=before, **given)

    return told


class TestOldCode:
    """It asks, and succeeds whatever comes of it."""

    def test_asks_the_version_of_the_deploy_that_is_rolled_back(
        self, front: Front, roll_back: Callable[..., Any]
    ) -> None:
        """Directly, and with all the time that it has itself."""
        versions = Versions(front, {"ok": True, "undone": [SECOND], "left": [], "why": ""})
        answer = roll_back()
        assert (answer["Status"], answer["Reason"]) == ("SUCCESS", f"The stack is rolling back. Undone: {SECOND}.")
        assert answer["Data"].keys() == ATTRIBUTES
        (request,) = versions.invoked
        assert (request["FunctionName"], request["InvocationType"]) == (NEW, "RequestResponse")
        order = TakeBack.read(json.loads(request["Payload"]))
        assert (order.deploy_id, order.function_version, order.wait) == ("build-8", NEW, 120)
        assert 870 < order.seconds < versions.waits[0] < 890
        assert front.target.stops == ["the stack is rolling back"]
        assert front.line("rollback.undone")["undone"] == [SECOND]
        assert front.target.runs() == ()

    def test_asks_nobody_unless_that_deploy_wanted_it(self, front: Front, roll_back: Callable[..., Any]) -> None:
        """Whatever the one that is rolled back to wants."""
        versions = Versions(front)
        answer = roll_back({"DeployId": "build-8"})
        assert (versions.invoked, answer["Reason"]) == ([], "The stack is rolling back: nothing was run.")

    def test_asks_although_it_never_wanted_it_itself(self, front: Front, roll_back: Callable[..., Any]) -> None:
        """The first deploy with the setting is undone too."""
        versions = Versions(front)
        roll_back(FunctionVersion=None)
        assert len(versions.invoked) == 1

    def test_asks_nobody_in_a_deploy_or_a_delete(self, front: Front) -> None:
        """Forward events carry old properties as well."""
        versions = Versions(front)
        old = {"DeployId": "build-6", "FunctionVersion": OLD}
        front.handle(front.event("Update", old=old, DeployId="build-8", FunctionVersion=NEW))
        front.handle(front.event("Delete", DeployId="build-8", FunctionVersion=NEW))
        assert versions.invoked == []
        assert [one.json["Status"] for one in front.server.received] == ["SUCCESS", "SUCCESS"]

    def test_says_and_keeps_what_is_left(self, front: Front, roll_back: Callable[..., Any]) -> None:
        """In the answer, in the log and in the history, where somebody will look."""
        Versions(front, {"ok": True, "undone": [THIRD], "left": ["2_b"], "why": "2_b has no undo."})
        text = f"The stack is rolling back. Undone: {THIRD}. Still applied: 2_b. 2_b has no undo."
        assert roll_back()["Reason"] == text
        assert front.line("rollback.left")["why"] == "2_b has no undo."
        (kept,) = front.target.runs()
        assert (kept.result, kept.note) == ("unfinished", text)
        assert (kept.run.command, kept.run.deploy_id, kept.run.app_version) == ("take back", "build-8", "8.0")

    def test_keeps_nothing_where_nothing_is_left(self, front: Front, roll_back: Callable[..., Any]) -> None:
        """A deploy without migrations is no event in their history."""
        Versions(front, {"ok": True, "undone": [], "left": [], "why": "The deploy had applied nothing."})
        assert roll_back()["Reason"] == "The stack is rolling back. Nothing was undone. The deploy had applied nothing."
        assert front.target.runs() == ()
        assert front.line("rollback.undone")["level"] == "INFO"

    def test_says_what_the_newer_version_says(self, front: Front, roll_back: Callable[..., Any]) -> None:
        """An error's message and what to do next."""
        error = {"type": "LockHeld", "message": "The lock is held by Ann.", "next": "Wait."}
        Versions(front, {"ok": False, "error": error, "left": ["1_a"]})
        assert roll_back()["Reason"] == (
            "The stack is rolling back. Nothing was undone. Still applied: 1_a. The lock is held by Ann. Wait."
        )

    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            (PermissionError("lambda:InvokeFunction"), "could not be asked (PermissionError: lambda:InvokeFunction)"),
            ([], "could not be asked (AttributeError"),
            (ReadTimeoutError(endpoint_url="x"), "did not answer in time and may still be at work"),
        ],
    )
    def test_succeeds_although_it_can_not_ask(
        self, front: Front, roll_back: Callable[..., Any], answer: Any, why: str
    ) -> None:
        """A rollback that failed would wedge the stack."""
        Versions(front, answer)
        found = roll_back()
        assert (found["Status"], found["Data"].keys()) == ("SUCCESS", ATTRIBUTES)
        assert why in found["Reason"]
        assert why in front.target.runs()[0].note

    def test_asks_one_that_takes_too_long_to_stop(self, front: Front, roll_back: Callable[..., Any]) -> None:
        """Its grants go away when the rollback is over."""
        Versions(front, ReadTimeoutError(endpoint_url="x"))
        roll_back()
        assert front.target.stops == ["the stack is rolling back", "the rollback does not wait any longer"]

    def test_frees_the_lock_of_a_newer_version_that_died(self, front: Front, roll_back: Callable[..., Any]) -> None:
        """Nobody else is told of a death in a direct call; it is watched for a lease before that."""
        versions = Versions(front, {"errorMessage": "Task timed out after 900.00 seconds"})
        versions.error = "Unhandled"
        front.target.held_by = holder(request_id="their-request")
        assert "The newer version died: Task timed out after 900.00 seconds." in roll_back()["Reason"]
        assert front.target.forced == [False]

    def test_says_that_it_died_although_its_lock_is_out_of_reach(
        self, front: Front, roll_back: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Freeing it is best effort."""
        versions = Versions(front, {"errorMessage": "exit"})
        versions.error = "Unhandled"

        def unreachable() -> None:
            raise OSError("no route")

        monkeypatch.setattr(front.target, "lock_status", unreachable)
        assert "The newer version died: exit." in roll_back()["Reason"]
        assert front.line("lock.not_freed")["error"] == "no route"

    def test_leaves_the_lock_of_somebody_else(self, front: Front, roll_back: Callable[..., Any]) -> None:
        """Whoever died, it was not its lock."""
        versions = Versions(front, {"errorMessage": "exit"})
        versions.error = "Unhandled"
        front.target.held_by = holder()
        roll_back()
        assert front.target.forced == []

    @pytest.mark.parametrize(
        ("old", "why"),
        [
            ({"DeployId": "build-7", "FunctionVersion": OLD}, "It is rolled back to the same deploy"),
            ({"DeployId": "build-8", "FunctionVersion": f"{FUNCTION}-other:6"}, "is no version of this function"),
            ({"DeployId": "build-8", "FunctionVersion": FUNCTION}, "is no version of this function"),
            ({"DeployId": "build-8", "FunctionVersion": f"{FUNCTION}:live"}, "is no version of this function"),
        ],
    )
    def test_asks_nobody_it_should_not(
        self, front: Front, roll_back: Callable[..., Any], old: dict[str, str], why: str
    ) -> None:
        """Another function, or a deploy that can't be told from the one that is rolled back to."""
        versions = Versions(front)
        answer = roll_back(old)
        assert (versions.invoked, answer["Status"]) == ([], "SUCCESS")
        assert why in answer["Reason"]

    def test_asks_nobody_when_time_is_short(
        self, front: Front, roll_back: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It could not be finished, and the answer is due."""
        versions = Versions(front)
        describe = front.clients.stack.describe_stacks

        def describe_late(**request: Any) -> dict[str, Any]:
            front.context.seconds = 25
            return describe(**request)

        monkeypatch.setattr(front.clients.stack, "describe_stacks", describe_late)
        assert "Only 5 seconds were left for it." in roll_back()["Reason"]
        assert versions.invoked == []

    def test_asks_within_a_short_timeout_too(self, front: Front, roll_back: Callable[..., Any]) -> None:
        """What it keeps back for itself is a part of it."""
        versions = Versions(front)
        front.context.seconds = 20
        roll_back()
        order = TakeBack.read(json.loads(versions.invoked[0]["Payload"]))
        assert 15 < order.seconds < 16.1
        assert 10 < order.wait < 11.1

    def test_asks_although_its_own_properties_are_broken(self, front: Front, roll_back: Callable[..., Any]) -> None:
        """Nothing in a rollback depends on them but the wait for the lock."""
        versions = Versions(front)
        assert roll_back(LockWaitSeconds="soon")["Status"] == "SUCCESS"
        assert json.loads(versions.invoked[0]["Payload"])["takeBack"]["wait"] == 0

    def test_succeeds_although_its_own_settings_are_broken(self, front: Front, roll_back: Callable[..., Any]) -> None:
        """The history can't be written then; the log has it."""
        Versions(front, PermissionError("no"))
        front.environ["DYNAMIGRATE_TABLES"] = "{"
        assert roll_back()["Status"] == "SUCCESS"
        assert front.line("history.not_recorded")["level"] == "WARNING"


def test_the_whole_way_leaves_the_history_as_it_was(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deployed by the newer code, told to the older, asked of the newer: in one process."""
    front.write(GOOD)
    deployed(front, "build-7", OLD)
    front.write(GOOD, GOOD)
    front.context.aws_request_id = "request-2"
    deployed(front)

    versions = Versions(front)
    monkeypatch.setattr(versions, "invoke", lambda **request: {
        "Payload": io.BytesIO(json.dumps(front.handle(json.loads(request["Payload"]))).encode()),
        "ResponseMetadata": {"RequestId": "their-request"},
    })  # fmt: skip
    front.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    front.context = replace(front.context, aws_request_id="request-3")
    old = {"DeployId": "build-8", "FunctionVersion": NEW}
    answer = front.deploy("Update", old=old, DeployId="build-7", FunctionVersion=OLD)
    assert (answer["Status"], answer["Reason"]) == ("SUCCESS", f"The stack is rolling back. Undone: {SECOND}.")
    assert front.target.states() == {FIRST: "applied"}
