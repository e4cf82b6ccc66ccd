"""A rollback that undoes: what old code asks of the newer version, and what that one does."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from dynamigrate.handler.taking_back import TakeBack
from dynamigrate.records import Deploy, Details
from tests.unit.handler.front import BAD, FIRST, GOOD, LASTING, SECOND, THIRD, Front, holder

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:Migrations-Function"
OLD, NEW = f"{FUNCTION}:5", f"{FUNCTION}:6"
ATTRIBUTES = {"RunId", "Applied", "AppliedCount", "Current"}
ORDER: dict[str, Any] = {"deployId": "build-8", "functionVersion": NEW, "seconds": 600, "wait": 0}
NO_UNDO_BAD = "def do(ctx): pass\ndef undo(ctx):\n    raise KeyError('gone')\n"


def deployed(front: Front, deploy_id: str = "build-8", version: str = NEW) -> Any:
    """Have that deploy run, and its answer taken."""
    answer = front.deploy("Update", DeployId=deploy_id, FunctionVersion=version)
    front.server.received.clear()
    return answer


def take_back(front: Front, **changes: Any) -> Any:
    """What the newer version answers."""
    return front.handle({"takeBack": {**ORDER, **changes}})


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


class TestADeploy:
    """It records itself, so that a rollback knows what is its own."""

    def test_is_recorded_under_the_lock_before_anything_runs(self, front: Front) -> None:
        """With the run whose id is in every migration's record; the target asserts that the lock is held."""
        deployed(front)
        run_id = front.target.records()[0].details.run_id or ""
        assert front.target.deploy == Deploy(
            deploy_id="build-8", function_version=NEW, run_id=run_id, request_id="request-1"
        )

    def test_is_recorded_although_it_fails(self, front: Front) -> None:
        """What it applied before that is its own too."""
        front.write(GOOD, BAD)
        assert deployed(front)["Status"] == "FAILED"
        assert front.target.deploy is not None

    def test_delivered_again_leaves_its_record(self, front: Front) -> None:
        """The second delivery finds nothing pending, and applied nothing."""
        deployed(front)
        before = front.target.deploy
        deployed(front)
        assert front.target.deploy == before

    def test_without_a_version_is_not_recorded(self, front: Front) -> None:
        """Nobody would ask for it, and it would be a request more."""
        front.deploy("Update")
        assert front.target.deploy is None

    def test_that_can_not_be_recorded_runs_nothing(self, front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
        """Or a rollback would not find what it did."""

        def unwritable(deploy: Deploy) -> None:
            raise OSError("gone")

        monkeypatch.setattr(front.target, "record_deploy", unwritable)
        assert deployed(front)["Status"] == "FAILED"
        assert front.target.states() == {}


class TestTheNewerVersion:
    """It undoes what its own deploy applied, as far as that can be undone."""

    def test_undoes_newest_first(self, front: Front) -> None:
        """And nothing that was there before."""
        front.write(GOOD, GOOD, GOOD)
        front.target.apply(FIRST)
        deployed(front)
        answer = take_back(front)
        assert (answer["ok"], answer["undone"], answer["left"], answer["why"]) == (True, [THIRD, SECOND], [], "")
        assert front.target.states() == {FIRST: "applied"}
        run = front.target.runs()[0]
        assert (run.run.command, run.run.deploy_id, run.result) == ("take back", "build-8", "succeeded")

    def test_stops_before_one_without_an_undo(self, front: Front) -> None:
        """What is older stays: it is what that one was built upon."""
        front.write(GOOD, LASTING, GOOD)
        deployed(front)
        answer = take_back(front)
        assert (answer["undone"], answer["why"]) == ([THIRD], f"{SECOND}_add_status has no undo.")
        assert answer["left"] == [f"{FIRST}_add_users", f"{SECOND}_add_status"]

    def test_undoes_nothing_where_the_newest_has_no_undo(self, front: Front) -> None:
        """Nothing ran, and the answer is no error."""
        front.write(GOOD, LASTING)
        deployed(front)
        answer = take_back(front)
        assert (answer["ok"], answer["undone"]) == (True, [])
        assert answer["why"] == f"{SECOND}_add_status has no undo."
        assert front.target.states() == {FIRST: "applied", SECOND: "applied"}

    def test_stops_where_something_was_applied_after_it(self, front: Front) -> None:
        """By a person, for example: it may rest on what would be undone."""
        deployed(front)
        front.write(GOOD, GOOD, GOOD)
        assert front.invoke("migrate")["applied"] == [THIRD]
        answer = take_back(front)
        assert answer["undone"] == []
        assert f"{SECOND}_add_status was followed by {THIRD}_add_orders" in answer["why"]

    def test_undoes_one_that_was_applied_out_of_order(self, front: Front) -> None:
        """An older deploy's migration with a higher id does not rest on it."""
        front.environ["DYNAMIGRATE_OUT_OF_ORDER"] = "allow"
        front.target.apply(SECOND)
        deployed(front)
        assert take_back(front)["undone"] == [FIRST]
        assert front.target.states() == {SECOND: "applied"}

    @pytest.mark.parametrize("changes", [{"deployId": "build-7"}, {"functionVersion": OLD}])
    def test_undoes_no_deploy_but_the_newest(self, front: Front, changes: dict[str, str]) -> None:
        """Later ones rest on the older: an id that was used again, or an event that came late, harms nobody."""
        deployed(front)
        answer = take_back(front, **changes)
        assert (answer["ok"], answer["undone"], answer["left"]) == (True, [], [])
        assert "ran no migrations: the newest that ran is build-8." in answer["why"]
        assert len(front.target.states()) == 2

    def test_undoes_nothing_of_a_deploy_that_found_nothing_pending(self, front: Front) -> None:
        """They are an earlier deploy's."""
        deployed(front, "build-7", OLD)
        front.context.aws_request_id = "request-2"
        deployed(front)
        answer = take_back(front)
        assert (answer["undone"], answer["why"]) == ([], "The deploy had applied nothing.")

    def test_undoes_nothing_of_a_first_deploy_that_was_never_recorded(self, front: Front) -> None:
        """Or one of a time when nobody asked for it."""
        front.target.apply(FIRST)
        assert take_back(front)["why"] == "The deploy build-8 ran no migrations: none has run."

    @pytest.mark.parametrize("checkpoint", [None, 7])
    def test_runs_nothing_where_a_migration_is_dirty(self, front: Front, checkpoint: int | None) -> None:
        """Nor does it go on with one that could: that would be forward."""
        front.write(GOOD, GOOD, GOOD)
        deployed(front)
        front.target.remove(THIRD)
        front.target.add(THIRD, Details(run_id="another"))
        if checkpoint is not None:
            front.target.save_checkpoint(THIRD, checkpoint)
        answer = take_back(front)
        assert (answer["ok"], answer["error"]["type"]) == (False, "DirtyMigration")
        assert answer["left"] == [f"{FIRST}_add_users", f"{SECOND}_add_status"]
        assert front.target.states() == {FIRST: "applied", SECOND: "applied", THIRD: "dirty"}

    def test_says_what_is_left_where_an_undo_fails(self, front: Front) -> None:
        """That one is dirty, and nothing older was undone."""
        front.write(GOOD, NO_UNDO_BAD, GOOD)
        deployed(front)
        answer = take_back(front)
        assert (answer["ok"], answer["undone"], answer["failed"]) == (False, [THIRD], SECOND)
        assert "could not be undone: KeyError: 'gone'" in answer["error"]["message"]
        assert answer["left"] == [f"{FIRST}_add_users"]

    def test_says_who_holds_the_lock(self, front: Front) -> None:
        """After the wait that it was given."""
        deployed(front)
        front.target.held_by = holder()
        answer = take_back(front, wait=30)
        assert (answer["ok"], answer["error"]["type"]) == (False, "LockHeld")
        assert len(answer["left"]) == 2
        assert front.target.waits[-1] == 30

    def test_stops_in_time_for_the_one_who_asked(self, front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
        """The time that is left to it is the caller's, not its own."""
        deployed(front)
        answer = take_back(front, seconds=20)
        assert (answer["ok"], answer["error"]["type"]) == (False, "RunUnfinished")
        assert len(front.target.states()) == 2

    @pytest.mark.parametrize(
        "order",
        [None, "x", {}, {**ORDER, "seconds": "600"}, {**ORDER, "seconds": 0}, {**ORDER, "wait": -1}, {**ORDER, "deployId": ""}],
    )  # fmt: skip
    def test_does_nothing_for_an_event_of_another_shape(self, front: Front, order: Any) -> None:
        """A person is told what to send instead."""
        deployed(front)
        answer = front.handle({"takeBack": order})
        assert (answer["ok"], answer["error"]["type"]) == (False, "InvalidArgument")
        assert answer["error"]["command"] == {"action": "undo", "confirm": True}
        assert len(front.target.states()) == 2

    def test_reads_what_old_code_writes(self) -> None:
        """Both ends of it, frozen: the two are of different releases."""
        order = TakeBack(deploy_id="build-8", function_version=NEW, seconds=600, wait=0)
        assert order.event == {"takeBack": ORDER}
        assert TakeBack.read(order.event) == order

    def test_is_no_command(self, front: Front) -> None:
        """With anything beside it, an event is a person's mistake."""
        assert front.handle({"takeBack": ORDER, "action": "status"})["error"]["type"] == "InvalidArgument"
        assert front.handle({"takeBack": ORDER, "confirm": True})["error"]["type"] == "UnknownAction"


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
