"""A deploy that is taken back: what it records of itself, and what its code does when it is asked to undo it."""

from typing import Any

import pytest

from dynamigrate.handler.rollback_undo.callee import TakeBack
from dynamigrate.records import Deploy, Details
from tests.unit.handler.front import BAD, FIRST, GOOD, LASTING, SECOND, THIRD, Front, holder

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:Migrations-Function"
OLD, NEW = f"{FUNCTION}:5", f"{FUNCTION}:6"
ATTRIBUTES = {"RunId", "Applied", "AppliedCount", "Current", "Invocations", "Warnings", "StandsAt", "Counts"}
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

    @pytest.mark.parametrize("dirty", [False, True], ids=["stale", "dirty"])
    def test_that_is_refused_is_not_the_newest(self, front: Front, dirty: bool) -> None:
        """It ran nothing, so the deploy before it is still the one that ran last."""
        front.target.apply(FIRST)
        deployed(front, "build-7", OLD)
        before = front.target.deploy
        front.context.aws_request_id = "request-2"
        front.target.remove(FIRST)
        if dirty:
            front.target.add(FIRST)
        assert deployed(front)["Status"] == "FAILED"
        assert front.target.deploy == before

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
