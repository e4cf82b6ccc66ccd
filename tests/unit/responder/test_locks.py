"""Which lock is freed, and whose is left alone."""

import re
from typing import Any

import pytest

from tests.unit.responder.scene import DEAD, LOCK_ID, NOW, LockTable, Scene, held, refused, unreachable


def test_the_lock_of_the_dead_is_freed(scene: Scene) -> None:
    """After it was watched for a beat, which a holder that lives sends every third of its lease."""
    scene.table = LockTable(held())
    scene.respond()
    assert scene.table.deleted == [{"ID": {"S": LOCK_ID}}]
    assert 20 / 3 < scene.now - NOW < 10
    assert scene.line("lock.freed")["holder"] == "stack Shop, function F"
    assert "It held the lock, which is free again: a migration may be half done." in scene.server.answer["Reason"]
    assert 'Invoke {"action": "status"}' in scene.server.answer["Reason"]


def test_one_whose_time_is_up_is_freed_at_once(scene: Scene) -> None:
    """Lambda has killed it: that is what a function that timed out is."""
    scene.table = LockTable(held(DeadlineMs={"N": str(round(NOW * 1000))}))
    scene.respond()
    assert (len(scene.table.deleted), scene.now) == (1, NOW)


def test_after_a_first_deploy_there_is_nothing_to_invoke(scene: Scene) -> None:
    """The function goes away with the stack, so the next deploy carries the repair."""
    scene.table = LockTable(held(DeadlineMs={"N": "0"}))
    scene.respond("Create")
    reason = scene.server.answer["Reason"]
    assert (
        "(cdk deploy -c repair=<id>:pending, or <id>:applied to count it as done, with the stacks as before; " in reason
    )
    assert "A first deploy that fails takes the function with it" in reason
    assert '"action"' not in reason


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete", None])
def test_a_lock_that_another_holds_stays(scene: Scene, kind: str | None) -> None:
    """Nobody waits for it either."""
    scene.table = LockTable(held("another-request"))
    scene.respond(kind)
    assert (scene.table.item, scene.table.deleted) == (held("another-request"), [])
    assert scene.now == NOW


@pytest.mark.parametrize(
    "item", [{"ID": {"S": LOCK_ID}}, {name: held()[name] for name in held() if name != "RequestId"}]
)
def test_a_lock_without_a_request_stays(scene: Scene, item: dict[str, Any]) -> None:
    """Another driver's, a command line's, or one that was handed over."""
    scene.table = LockTable(item)
    scene.respond()
    assert scene.table.item == item


def test_a_record_without_a_request_frees_nothing(scene: Scene) -> None:
    """It must not match a lock without one."""
    scene.table = LockTable(held(""))
    scene.respond(requestContext={})
    assert scene.table.item == held("")


def test_a_holder_that_beats_is_alive_and_answers_itself(scene: Scene) -> None:
    """Lambda delivered the event twice, and one of the two died: the other is at work under the same request id."""
    scene.table = LockTable(held())

    def beat(passed: float) -> None:
        if passed > 6:
            scene.table.item = held(Beat={"N": "8"})

    scene.on_sleep = beat
    scene.respond()
    assert scene.table.item == held(Beat={"N": "8"})
    assert scene.server.received == []
    assert scene.line("responder.silent")["why"] == "another delivery of this event is at work"


@pytest.mark.parametrize("after", [None, held("another-request"), held(Owner={"S": "other token"})])
def test_a_lock_that_changes_hands_meanwhile_was_alive(scene: Scene, after: dict[str, Any] | None) -> None:
    """Whoever released it has answered, or is about to."""
    scene.table = LockTable(held())

    def change(passed: float) -> None:
        scene.table.item = after

    scene.on_sleep = change
    scene.respond()
    assert (scene.table.item, scene.server.received) == (after, [])


def test_a_beat_at_the_last_moment_counts(scene: Scene) -> None:
    """The deletion itself is conditional on what was seen."""
    scene.table = LockTable(held())

    def beat() -> None:
        scene.table.item = held(Beat={"N": "8"})

    scene.table.before_delete = beat
    scene.respond()
    assert (scene.table.item, scene.server.received) == (held(Beat={"N": "8"}), [])


def test_a_note_for_the_holder_is_no_sign_of_life(scene: Scene) -> None:
    """A rollback may ask it to stop at any time."""
    scene.table = LockTable(held())

    def stop(passed: float) -> None:
        scene.table.item = held(Stop={"S": "the stack is rolling back"})

    scene.on_sleep = stop
    scene.respond()
    assert (scene.table.item, scene.server.answer["Status"]) == (None, "FAILED")


def test_called_twice_for_one_death_it_answers_the_same(scene: Scene) -> None:
    """The second time there is no lock any more; CloudFormation keeps the first answer."""
    scene.table = LockTable(held())
    scene.respond()
    scene.respond()
    assert [one.json["Status"] for one in scene.server.received] == ["FAILED", "FAILED"]
    assert len(scene.table.deleted) == 1


def test_a_persons_call_that_died_frees_its_lock_and_is_answered_by_nobody(scene: Scene) -> None:
    """An asynchronous invoke from a shell; it is in the log."""
    scene.table = LockTable(held())
    scene.respond(None)
    assert (scene.table.item, scene.server.received) == (None, [])
    assert scene.line("function.died")["request_id"] == DEAD


def test_a_table_of_the_go_drivers_is_found(scene: Scene) -> None:
    """Its key is called id."""
    item = {name: value for name, value in held().items() if name != "ID"}
    scene.table = LockTable({**item, "id": {"S": LOCK_ID}}, key="id")
    scene.respond()
    assert scene.table.deleted == [{"id": {"S": LOCK_ID}}]


def test_a_table_that_is_not_there_has_no_lock(scene: Scene) -> None:
    """The function makes it when it first runs."""
    scene.table.breaks = refused("ResourceNotFoundException")
    scene.respond("Create")
    assert "It did not hold the lock" in scene.server.answer["Reason"]


@pytest.mark.parametrize("error", [unreachable(), refused("AccessDeniedException"), KeyError("Owner")])
def test_a_lock_that_is_out_of_reach_does_not_hold_up_the_answer(scene: Scene, error: Exception) -> None:
    """It frees itself in the end; the reason says what is not known."""
    scene.table.breaks = error
    scene.respond()
    assert "Whether it held the lock could not be read" in scene.server.answer["Reason"]
    assert scene.line("lock.out_of_reach")["error_type"] == type(error).__name__


def test_the_lock_is_freed_before_the_answer(scene: Scene) -> None:
    """CloudFormation may send its next event as soon as it has it."""
    scene.table = LockTable(held())
    freed: list[bool] = []
    scene.server.when_called = lambda: freed.append(scene.table.item is None)
    scene.respond()
    assert freed == [True]


def test_after_a_first_deploy_without_rollback_the_function_is_there_to_invoke(scene: Scene) -> None:
    """With --no-rollback and in express mode it stays."""
    scene.stack.rollback_disabled = True
    scene.table = LockTable(held(DeadlineMs={"N": "0"}))
    scene.respond("Create")
    assert 'Invoke {"action": "status"}' in scene.server.answer["Reason"]
    assert "none to invoke" not in scene.server.answer["Reason"]


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        ("", "so there is none to invoke."),
        ("after", "but that of Migrations, which is there, takes the command repair"),
    ],
)
def test_after_a_first_deploy_it_says_which_function_is_there(scene: Scene, phase: str, said: str) -> None:
    """Of the two functions of a history, one goes with its stack."""
    scene.phase = phase
    scene.table = LockTable(held(DeadlineMs={"N": "0"}))
    scene.respond("Create")
    assert f"A first deploy that fails takes the function with it, {said}" in scene.server.answer["Reason"]


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_log_of_the_dead_is_named_where_it_is_known(scene: Scene, kind: str) -> None:
    """In the words that the CDK command line looks for, with nothing after the name."""
    stream = "2026/11/23/[$LATEST]0c8f21d4"
    scene.table = LockTable(held(Holder={"S": f"stack Shop, function F, log stream {stream}"}))
    scene.respond(kind)
    assert re.findall(r"CloudWatch Log Stream:\s*(\S+)", scene.server.answer["Reason"]) == [stream]


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_repair_names_the_construct_of_the_dead(scene: Scene, kind: str) -> None:
    """An app has several where it has stages."""
    scene.table = LockTable(held(DeadlineMs={"N": "0"}))
    record = scene.record(kind)
    record["requestPayload"]["ResourceProperties"]["ConstructPath"] = "Dev/Migrations/Migrations"
    scene.respond_to(record)
    assert "cdk deploy -c 'repair=Dev/Migrations/Migrations=<id>:pending'" in scene.server.answer["Reason"]
