"""The run of its own of a detached migration that ended in its state machine without a word."""

import json
from typing import Any

import pytest

from dynamigrate.contract.names import detached_lock_id
from tests.unit.responder.scene import DEAD, LOCK_ID, LockTable, Scene, refused
from tests.unit.responder.test_ended_runs import RUN, ended, of_run

MIGRATION = "0020261123090000"
OWN_LOCK = detached_lock_id(LOCK_ID, MIGRATION)
INPUT = json.dumps({"runId": RUN, "migration": MIGRATION})


def _gave_up() -> dict[str, Any]:
    cause = json.dumps({"errorMessage": "signal: killed", "errorType": "Runtime.ExitError"})
    return {"gaveUp": {"runId": RUN, "migration": MIGRATION, "error": "Runtime.ExitError", "cause": cause}}


def _table(**changes: Any) -> LockTable:
    return LockTable(of_run(**changes), lock_id=OWN_LOCK)


@pytest.fixture
def detached(scene: Scene) -> Scene:
    """A deploy's run waits for its end beside it, and is none of its business."""
    scene.keep(DEAD, "Update")
    return scene


@pytest.mark.parametrize(
    "record",
    [
        _gave_up(),
        ended("ABORTED", input=INPUT),
        ended("TIMED_OUT", input=INPUT),
        ended("FAILED", input=INPUT, error="States.Runtime"),
        ended("ABORTED", input=INPUT, name=f"{RUN}-2"),
    ],
)
def test_its_own_lock_is_freed_and_nobody_is_answered(detached: Scene, record: dict[str, Any]) -> None:
    """The next deploy starts it again from its checkpoint, whichever of its executions it was."""
    detached.table = _table(waiting=True)
    detached.respond_to(record)
    assert detached.table.item is None
    assert detached.server.received == []
    assert detached.parameters.kept.keys() == {DEAD}
    [line] = [line for line in detached.lines if line["event"] == "run.gave_up"]
    assert (line["level"], line["run_id"], line["migration"]) == ("ERROR", RUN, MIGRATION)


def test_what_no_event_tells_is_read(detached: Scene) -> None:
    """Of a machine with the team's own key, EventBridge leaves out what its executions were given."""
    detached.table = _table(waiting=True)
    detached.executions = {"input": INPUT, "status": "ABORTED"}
    detached.respond_to(ended("ABORTED", input=None, name="something-else"))
    assert detached.table.item is None
    [line] = [line for line in detached.lines if line["event"] == "run.gave_up"]
    assert (line["run_id"], line["migration"]) == (RUN, MIGRATION)


def test_what_can_t_be_read_is_said_and_fails_nothing(detached: Scene) -> None:
    """The key is disabled, for instance. Nobody's lock is touched then: the lease ends it."""
    detached.table = LockTable(of_run(waiting=True))
    detached.executions = refused("KmsAccessDeniedException")
    detached.respond_to(ended("ABORTED", input=None, name="something-else"))
    line = detached.line("execution.not_read")
    assert (line["level"], line["error_type"]) == ("WARNING", "ClientError")
    assert line["execution"].startswith("arn:aws:states:")
    assert detached.table.item is not None


def test_a_slice_that_is_at_work_is_asked_to_stop(detached: Scene) -> None:
    detached.table = _table()
    detached.on_sleep = lambda passed: detached.table.beat() if passed < 5 else setattr(detached.table, "item", None)
    detached.respond_to(ended("ABORTED", input=INPUT))
    assert detached.table.stops == ["the run's execution was stopped by hand"]
    assert detached.server.received == []


def test_the_lock_of_another_run_of_it_stays(detached: Scene) -> None:
    """One that a deploy has started since."""
    detached.table = LockTable({**of_run(waiting=True), "RunId": {"S": "another"}}, lock_id=OWN_LOCK)
    detached.respond_to(ended("ABORTED", input=INPUT))
    assert detached.table.item is not None


def test_one_that_said_itself_that_it_failed_is_no_news(detached: Scene) -> None:
    detached.table = LockTable(None, lock_id=OWN_LOCK)
    detached.respond_to(ended("FAILED", input=INPUT, error="RunFailed"))
    assert [line["event"] for line in detached.lines] == ["responder.silent"]


@pytest.mark.parametrize("given", [None, "", "[]", "null", "{", "1"])
def test_an_input_that_makes_no_sense_is_a_deploys(detached: Scene, given: str | None) -> None:
    """Its run is the execution's name then, as of any other."""
    detached.keep(RUN, "Update")
    detached.table = LockTable(of_run(waiting=True))
    detached.respond_to(ended("ABORTED", input=given))
    assert detached.server.answer["Status"] == "FAILED"
    assert detached.table.item is None
