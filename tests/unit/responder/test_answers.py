"""What CloudFormation is answered in the name of a function that died."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dynamigrate.contract import Env, Result
from dynamigrate.error_text import printable as engine_printable
from dynamigrate.handler.cloudformation.request import ResourceRequest
from dynamigrate_cdk.responder.answer import NotAnswered, cut, printable
from tests.unit.handler.front import STACK_ID
from tests.unit.responder.scene import DEAD, LockTable, Scene, held, unreachable

ATTRIBUTES = {
    "RunId": "",
    "Applied": "",
    "AppliedCount": "0",
    "Current": "",
    "Invocations": "1",
    "Warnings": "none",
    "StandsAt": "not looked at",
    "Counts": "not looked at",
}

DEATHS: dict[str, tuple[dict[str, str], str, str]] = {
    "import": (
        {
            "errorType": "Runtime.ImportModuleError",
            "errorMessage": "Unable to import module 'dynamigrate.handler': No module named 'yaml'",
        },
        "Runtime.ImportModuleError: Unable to import module 'dynamigrate.handler': No module named 'yaml'.",
        "Its code could not be loaded",
    ),
    "exit": (
        {"errorType": "Runtime.ExitError", "errorMessage": "RequestId: x Error: Runtime exited with error: exit status 3"},
        "Runtime.ExitError: RequestId: x Error: Runtime exited with error: exit status 3.",
        "Look for the cause in its log.",
    ),
    "memory": (
        {"errorType": "Runtime.ExitError", "errorMessage": "RequestId: x Error: Runtime exited with error: signal: killed"},
        "signal: killed.",
        "out of memory: give it more (memory_size=)",
    ),
    "time": (
        {"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: x Error: Task timed out after 900.00 seconds"},
        "Task timed out after 900.00 seconds.",
        "Give it more time (timeout=",
    ),
    "time, as it was told once": (
        {"errorMessage": "2026-11-23T09:00:00.000Z x Task timed out after 3.00 seconds"},
        "Task timed out after 3.00 seconds.",
        "Give it more time (timeout=",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("said", "told", "advice"), DEATHS.values(), ids=DEATHS.keys())
@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_deploy_fails_with_what_lambda_said(
    scene: Scene, kind: str, said: dict[str, str], told: str, advice: str
) -> None:
    """The cause, what may help, and where to look."""
    scene.respond(kind, responsePayload=said)
    answer = scene.server.answer
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("The function died before it could answer: ")
    assert told in answer["Reason"]
    assert advice in answer["Reason"]
    assert f"Look for request {DEAD} in the function's log." in answer["Reason"]
    assert "It did not hold the lock, so no migration was under way." in answer["Reason"]


def test_a_delete_succeeds(scene: Scene) -> None:
    """Code that is broken must not keep a stack from being deleted."""
    scene.respond("Delete")
    assert scene.server.answer["Status"] == "SUCCESS"
    assert scene.server.answer["Data"] == ATTRIBUTES


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_IN_PROGRESS", "IMPORT_ROLLBACK_IN_PROGRESS"])
def test_a_rollback_succeeds(scene: Scene, status: str) -> None:
    """Nor from being rolled back, with every attribute that a template may ask for."""
    scene.stack.status = status
    scene.respond("Update")
    assert (scene.server.answer["Status"], scene.server.answer["Data"]) == ("SUCCESS", ATTRIBUTES)


@pytest.mark.parametrize("error", [unreachable(), KeyError("Stacks")])
def test_an_update_of_a_stack_that_can_not_be_asked_fails(scene: Scene, error: Exception) -> None:
    """A broken deploy must not pass; it says what could not be told."""
    scene.stack.status = error
    scene.respond("Update")
    assert scene.server.answer["Status"] == "FAILED"
    assert f"could not be read ({type(error).__name__})" in scene.server.answer["Reason"]


def test_a_create_does_not_ask_for_the_stack(scene: Scene) -> None:
    """A first deploy that rolls back is deleted."""
    scene.stack.status = AssertionError("asked")
    scene.respond("Create")
    assert "stack.status_unknown" not in [line["event"] for line in scene.lines]


def test_attributes_and_id_are_those_that_the_function_answers(scene: Scene) -> None:
    """They share no code, so a test holds them together."""
    assert ATTRIBUTES.keys() == {name.value for name in Result}
    assert {Env.LOCK_TABLE.value, Env.LOCK_ID.value} == {"DYNAMIGRATE_LOCK_TABLE", "DYNAMIGRATE_LOCK_ID"}
    event = scene.record()["requestPayload"]
    for stack in (STACK_ID, "odd", f"arn:aws:cloudformation:x:1:stack/{'n' * 900}/uuid"):
        for logical_id in ("MigrationsResource", "x" * 255):
            changed = {**event, "StackId": stack, "LogicalResourceId": logical_id}
            scene.server.received.clear()
            scene.respond("Delete", requestPayload={**changed, "RequestType": "Delete"})
            assert scene.server.answer["PhysicalResourceId"] == ResourceRequest.read(changed).physical_id


# Escape sequences begun, ended and left open, and all that can stand between.
PIECES = [
    "\x1b",
    "\x1b[",
    "\x9b",
    "\x1b]",
    "\x9d",
    "\x1bP",
    "\x90",
    "\x07",
    "\x1b\\",
    "\x9c",
    "\r",
    "\n",
    "\t",
    "31m",
    "0;title",
]


@given(st.lists(st.sampled_from(PIECES) | st.characters(categories=None), max_size=30).map("".join))
@example("one\r\ntwo")
@example("50%\r100%")
@example("\x1b]0;title\x07 \x9d0;title\x9c text")
@example("\x1bPq#0\x1b\\ \x90q#0\x9c text")
@example("\x1b]never ends")
def test_a_text_is_made_printable_as_the_engine_does(text: str) -> None:
    """A reason reads the same, whichever of the two functions sent it; they share no code."""
    assert printable(text) == engine_printable(text)


def test_an_answer_repeats_what_cloudformation_needs_to_match_it(scene: Scene) -> None:
    """The ids of the event, by PUT, and without a content type, which is not signed."""
    scene.respond()
    answer, received = scene.server.answer, scene.server.received[0]
    assert (answer["StackId"], answer["RequestId"]) == (STACK_ID, "cloudformation-request")
    assert answer["LogicalResourceId"] == "MigrationsResource"
    assert (received.method, received.path) == ("PUT", "/bucket/key?X-Amz-Signature=s3cr3t")
    assert received.headers["Content-Type"] == ""


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_repair_of_a_stack_that_cdk_did_not_make_is_a_parameter(scene: Scene, kind: str) -> None:
    """A template from `dynamigrate package` has one for it; cdk deploy -c would go nowhere."""
    scene.table = LockTable(held(DeadlineMs={"N": "0"}))
    record = scene.record(kind)
    record["requestPayload"]["ResourceProperties"]["OrderedBy"] = "parameters"
    scene.respond_to(record)
    reason = scene.server.answer["Reason"]
    assert "the parameter Repair=<id>:pending of the stack's template" in reason
    assert "cdk" not in reason


@pytest.mark.parametrize("condition", ["EventAgeExceeded", "ZeroReservedConcurrency"])
def test_an_event_that_was_never_delivered_is_answered(scene: Scene, condition: str) -> None:
    """Lambda's record of it has no response."""
    record = scene.record("Create")
    record["requestContext"]["condition"] = condition
    del record["responseContext"], record["responsePayload"]
    scene.respond_to(record)
    assert scene.server.answer["Status"] == "FAILED"
    assert f"Lambda could not start the function in time ({condition})." in scene.server.answer["Reason"]
    assert "No concurrency was left for it" in scene.server.answer["Reason"]


@pytest.mark.parametrize(
    "message",
    ["x" * 200_000, "ü" * 9000, '"\\\n' * 5000, "\ud800" * 4000, ""],
    ids=["long", "wide", "escaped", "no Unicode", "none"],
)
@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_a_body_is_less_than_what_cloudformation_reads(scene: Scene, kind: str, message: str) -> None:
    """A larger one is dropped, and the reason with it; what to do next stays."""
    scene.table = LockTable(held(DeadlineMs={"N": "0"}))
    scene.respond(kind, responsePayload={"errorType": "Runtime.ExitError", "errorMessage": message})
    assert len(scene.server.received[0].body) < 4096
    if kind != "Delete":
        assert "cdk deploy -c repair=<id>:pending" in scene.server.answer["Reason"]


def test_a_text_is_cut_in_its_middle() -> None:
    """Beginning and end say most."""
    assert cut("short", 100) == "short"
    assert cut("a" * 500 + "b" * 500, 100).startswith("aaaa")
    assert cut("a" * 500 + "b" * 500, 100).endswith("bbbb")
    assert len(cut("ü" * 1000, 100).encode()) <= 100
    assert cut("text", 0) == ""


@pytest.mark.parametrize("record", [{}, {"requestPayload": None}, {"requestContext": [], "responsePayload": "x"}])
def test_a_record_of_another_shape_is_answered_by_nothing(scene: Scene, record: dict[str, Any]) -> None:
    """Whoever invokes it by hand harms nobody."""
    scene.respond_to(record)
    assert scene.server.received == []
    assert scene.line("responder.silent")["why"] == "nobody waits for an answer"


def test_an_answer_is_sent_again_where_that_may_help(scene: Scene) -> None:
    """With a pause that grows."""
    scene.server.statuses = [503, 500]
    scene.respond()
    assert [one.json["Status"] for one in scene.server.received] == ["FAILED"] * 3
    assert scene.line("responder.answered")["tries"] == 3


@pytest.mark.parametrize(
    ("statuses", "expected"), [([403], "HTTP 403"), ([500] * 4, "HTTP 500, after 4 tries")], ids=["never", "in the end"]
)
def test_an_answer_that_does_not_get_there_is_raised(scene: Scene, statuses: list[int], expected: str) -> None:
    """So that Lambda calls the responder again."""
    scene.server.statuses = statuses
    with pytest.raises(NotAnswered, match=expected):
        scene.respond()


@pytest.mark.parametrize("url", ["http://203.0.113.5/s3cr3t", "file:///s3cr3t", "http://[s3cr3t", "s3cr3t", ""])
def test_no_other_address_is_ever_asked(scene: Scene, url: str) -> None:
    """CloudFormation's are https; the error does not repeat it."""
    event = {**scene.record()["requestPayload"], "ResponseURL": url}
    with pytest.raises(NotAnswered) as raised:
        scene.respond(requestPayload=event)
    assert "s3cr3t" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_the_address_is_in_no_line_and_in_no_reason(scene: Scene) -> None:
    """It is a credential, also where the error that Lambda quotes has the whole event in it."""
    event = scene.record()["requestPayload"]
    scene.respond(responsePayload={"errorMessage": f"could not parse {json.dumps(event)}"})
    assert "s3cr3t" not in scene.logged
    assert "s3cr3t" not in scene.server.answer["Reason"]
    assert "could not parse" in scene.server.answer["Reason"]


@pytest.mark.parametrize(
    "text", ["\x1b[31mno table\x1b[0m \x00", "half \udcff", "\x9b1mbold\ufffe", "\x1b]0;title\x07" * 2000]
)
def test_a_reason_is_text_that_xml_can_hold(scene: Scene, text: str) -> None:
    """CloudFormation's events are XML."""
    scene.respond("Create", responsePayload={"errorType": "Odd", "errorMessage": text})
    reason = scene.server.answer["Reason"]
    assert reason.startswith("The function died before it could answer: Odd")
    assert all(one in "\t\n\r" or (one >= " " and not "\x7f" <= one <= "\x9f") for one in reason)
    assert not any("\ud800" <= one <= "\udfff" or one in "\ufffe\uffff" for one in reason)
