"""What CloudFormation's events lead to, and what it is answered."""

import pytest

from dynamigrate.records import Failure
from tests.unit.handler.front import BAD, FIRST, GOOD, LASTING, SECOND, STACK_ID, THIRD, Front

ATTRIBUTES = {"RunId", "Applied", "AppliedCount", "Current", "Invocations", "Warnings", "StandsAt", "Counts"}


def test_a_create_runs_what_is_pending_and_succeeds(front: Front) -> None:
    """The main job, with the attributes that a template may ask for."""
    answer = front.deploy("Create")
    assert answer["Status"] == "SUCCESS"
    assert front.target.states() == {FIRST: "applied", SECOND: "applied"}
    assert answer["Data"]["Applied"] == f"{FIRST},{SECOND}"
    assert answer["Data"]["AppliedCount"] == "2"
    assert answer["Data"]["Current"] == SECOND
    assert answer["Data"]["RunId"] == front.line("run.started")["run_id"]


def test_an_update_runs_what_is_pending(front: Front) -> None:
    """What an earlier deploy applied stays as it is."""
    front.target.apply(FIRST)
    answer = front.deploy("Update", old={})
    assert (answer["Status"], answer["Data"]["Applied"]) == ("SUCCESS", SECOND)


def test_nothing_pending_succeeds_and_still_says_what_is_current(front: Front) -> None:
    """A deploy without a new migration."""
    front.target.apply(FIRST, SECOND)
    data = front.deploy("Update")["Data"]
    assert (data["Applied"], data["AppliedCount"], data["Current"]) == ("", "0", SECOND)


def test_every_answer_has_the_same_physical_id(front: Front) -> None:
    """One that changed would have CloudFormation replace the resource, and delete the old one."""
    for kind in ("Create", "Update", "Delete"):
        front.handle(front.event(kind))
    front.handle(front.event("Create", SourceDigest="another"))
    assert [one.json["Status"] for one in front.server.received] == ["SUCCESS"] * 3 + ["FAILED"]
    assert {one.json["PhysicalResourceId"] for one in front.server.received} == {"Migrations/MigrationsResource"}


def test_an_answer_repeats_what_cloudformation_needs_to_match_it(front: Front) -> None:
    """The three ids of the event, as they came, by PUT, and without a content type, which is not signed."""
    answer = front.deploy()
    assert answer["StackId"] == STACK_ID
    assert answer["RequestId"] == "cloudformation-request"
    assert answer["LogicalResourceId"] == "MigrationsResource"
    received = front.server.received[0]
    assert (received.method, received.path) == ("PUT", "/bucket/key?X-Amz-Signature=s3cr3t")
    assert received.headers["Content-Type"] == ""


def test_a_failure_reaches_the_terminal_word_for_word(front: Front) -> None:
    """The migration, its error, what was applied all the same, and where to read on."""
    front.write(GOOD, BAD, GOOD)
    answer = front.deploy("Create")
    assert answer["Status"] == "FAILED"
    reason = answer["Reason"]
    assert reason.startswith(f"{SECOND}_add_status failed: KeyError: 'status' ({SECOND}_add_status.py:2).")
    assert f"Applied in this run, and they stay applied: {FIRST}." in reason
    run = front.line("run.started")["run_id"]
    assert reason.endswith(f"Run {run}. CloudWatch Log Stream: 2026/11/23/[$LATEST]0123456789abcdef")
    assert front.target.states() == {FIRST: "applied", SECOND: "dirty"}


def test_a_failed_create_offers_the_repair_by_deploy_alone(front: Front) -> None:
    """The function goes away with the failed stack, so there is nothing to invoke."""
    front.write(BAD)
    reason = front.deploy("Create")["Reason"]
    assert "Nothing else was applied in this run." in reason
    assert f"the repair: cdk deploy -c repair={FIRST}:pending with the stacks as before" in reason
    assert f"{FIRST}:applied would count it as done" in reason
    assert "A first deploy that fails takes the function with it" in reason
    assert '"action"' not in reason


def test_where_rollback_is_disabled_a_failed_create_offers_the_command(front: Front) -> None:
    """With --no-rollback and in express mode the function is still there, with the code of this deploy."""
    front.write(BAD)
    front.clients.stack.status, front.clients.stack.rollback_disabled = "CREATE_IN_PROGRESS", True
    reason = front.deploy("Create")["Reason"]
    assert f'{{"action": "repair", "migration": "{FIRST}", "as": "pending", "confirm": true}}' in reason
    assert f"Or have the next deploy do it: cdk deploy -c repair={FIRST}:pending" in reason
    assert "none to invoke" not in reason
    assert len(front.clients.stack.asked) == 1


def test_a_create_that_passes_or_needs_no_repair_does_not_ask_for_the_stack(front: Front) -> None:
    """What is asked for advice is asked when advice is due."""
    front.write(GOOD)
    assert front.deploy("Create")["Status"] == "SUCCESS"
    assert front.clients.stack.asked == []


def test_a_failed_create_whose_stack_can_not_be_asked_offers_the_deploy(front: Front) -> None:
    """It holds whichever way the stack goes."""
    front.write(BAD)
    front.clients.stack.status = OSError("no route")
    assert f"cdk deploy -c repair={FIRST}:pending" in front.deploy("Create")["Reason"]


def test_an_update_without_rollback_offers_to_go_on_with_the_function(front: Front) -> None:
    """The code of this deploy stays, so that the command runs it."""
    front.write(BAD)
    front.clients.stack.rollback_disabled = True
    front.context.seconds = 900
    reason = front.deploy("Update")["Reason"]
    assert '"action": "repair"' in reason
    assert len(front.clients.stack.asked) == 1, "no more than any update asks"


def test_a_failed_create_says_what_would_allow_what_was_refused(front: Front) -> None:
    """Before the repair: without the grant the next deploy would fail as this one did."""
    front.write(
        "from botocore.exceptions import ClientError\n\n\ndef do(ctx):\n"
        "    said = 'not authorized to perform: dynamodb:PutItem on resource: arn:aws:dynamodb:a:1:table/T'\n"
        "    raise ClientError({'Error': {'Code': 'AccessDeniedException', 'Message': said}}, 'PutItem')\n"
    )
    reason = front.deploy("Create")["Reason"]
    allow, repair = (
        reason.index("Allow the function's role dynamodb:PutItem"),
        reason.index("deploy again with the repair"),
    )
    assert allow < repair
    assert "Correct the code, check" not in reason


def test_a_failed_update_offers_both_repairs(front: Front) -> None:
    """The old function is still there to invoke."""
    front.write(BAD)
    reason = front.deploy("Update")["Reason"]
    assert f'{{"action": "repair", "migration": "{FIRST}", "as": "pending", "confirm": true}}' in reason
    assert f"Or have the next deploy do it: cdk deploy -c repair={FIRST}:pending with the stacks as before" in reason


def test_work_that_could_not_be_recorded_is_to_be_repaired_as_applied(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It did its work, so to run it again would do it twice."""

    def unwritable(migration_id: str) -> None:
        raise OSError("gone")

    monkeypatch.setattr(front.target, "finish_migration", unwritable)
    reason = front.deploy("Create")["Reason"]
    assert f"cdk deploy -c repair={FIRST}:applied with the stacks as before" in reason
    assert ":pending" not in reason


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_dirty_migration_stops_the_deploy(front: Front, kind: str) -> None:
    """Nothing runs, and the way out is offered in both events."""
    front.target.add(FIRST)
    front.target.fail(FIRST, Failure(type="KeyError", message="'status'", where="x.py:1"))
    answer = front.deploy(kind)
    assert answer["Status"] == "FAILED"
    assert "did not finish (KeyError: 'status', x.py:1)" in answer["Reason"]
    assert f"cdk deploy -c repair={FIRST}:pending" in answer["Reason"]
    assert front.target.states() == {FIRST: "dirty"}


def test_swapped_code_is_refused(front: Front) -> None:
    """`cdk deploy --hotswap` and `cdk watch` change the function without telling CloudFormation."""
    answer = front.deploy(SourceDigest="e2" * 16)
    assert answer["Status"] == "FAILED"
    assert "as by cdk deploy --hotswap or cdk watch." in answer["Reason"]
    assert "Deploy what was swapped in without --hotswap" in answer["Reason"]
    assert front.target.states() == {}


def test_a_missing_digest_is_no_match(front: Front) -> None:
    """A property that got lost must not switch the check off."""
    answer = front.deploy(SourceDigest=None)
    assert answer["Status"] == "FAILED"
    assert "(digest none)" in answer["Reason"]


@pytest.mark.parametrize("name", ["LockWaitSeconds", "SourceDigest", "Repair", "DeployId", "AppVersion"])
def test_a_property_of_another_type_fails(front: Front, name: str) -> None:
    """CloudFormation sends strings; whoever sends another thing is told."""
    answer = front.deploy("Create", old=None, **{name: ["x"]})
    assert answer["Status"] == "FAILED"
    assert f"The property {name} is ['x']. CloudFormation delivers strings." in answer["Reason"]
    assert front.target.states() == {}


def test_properties_that_are_no_object_fail(front: Front) -> None:
    """Nothing in them is not the same as nothing to check."""
    front.handle({**front.event("Create"), "ResourceProperties": "x"})
    assert front.server.answer["Status"] == "FAILED"


def test_an_unknown_request_type_fails(front: Front) -> None:
    """Nothing is run on a guess."""
    answer = front.deploy("Refresh")
    assert answer["Status"] == "FAILED"
    assert "There is no request type 'Refresh'." in answer["Reason"]
    assert front.target.states() == {}


def test_near_its_deadline_a_run_stops_and_says_what_is_left(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next deploy goes on with it."""
    front.write(GOOD, GOOD)
    front.context.seconds = 900
    finish = front.target.finish_migration

    def finish_late(migration_id: str) -> None:
        finish(migration_id)
        front.context.seconds = 39

    monkeypatch.setattr(front.target, "finish_migration", finish_late)
    answer = front.deploy("Create")
    assert answer["Status"] == "FAILED"
    assert f"The run stopped before {SECOND}_add_status: 29 seconds were left" in answer["Reason"]
    assert f"Applied in this run: {FIRST}; pending: {SECOND}." in answer["Reason"]
    assert "Deploy again, and it goes on from there." in answer["Reason"]
    assert front.target.states() == {FIRST: "applied"}


def test_the_history_says_who_deployed_what(front: Front) -> None:
    """Actor, deploy id and version of the application."""
    front.deploy(AppVersion="1.2.3")
    run = front.target.runs()[0].run
    assert (run.actor, run.deploy_id, run.app_version) == ("cloudformation Migrations", "deploy-1", "1.2.3")


def test_the_settings_version_stands_in_for_the_propertys(front: Front) -> None:
    """A template without the property."""
    front.environ["DYNAMIGRATE_APP_VERSION"] = "0.9"
    front.deploy()
    assert front.target.runs()[0].run.app_version == "0.9"


def test_surprises_are_treated_as_the_construct_says(front: Front) -> None:
    """A pending migration below the newest applied one, refused unless allowed."""
    front.target.apply(SECOND)
    assert front.deploy()["Status"] == "FAILED"
    front.server.received.clear()
    front.environ["DYNAMIGRATE_OUT_OF_ORDER"] = "allow"
    assert front.deploy()["Status"] == "SUCCESS"


def test_a_failed_deploy_undoes_what_it_did_where_the_construct_says_so(front: Front) -> None:
    """Newest first; the terminal does not say that anything of it stays."""
    front.environ["DYNAMIGRATE_ON_FAILURE"] = "undo"
    front.write(GOOD, BAD + "def undo(ctx): pass\n")
    reason = front.deploy()["Reason"]
    assert f"Undone: {SECOND}_add_status, {FIRST}_add_users." in reason
    assert "they stay applied" not in reason
    assert front.target.states() == {}


def test_what_a_failed_deploy_could_not_undo_stays_applied(front: Front) -> None:
    """And the terminal says which."""
    front.environ["DYNAMIGRATE_ON_FAILURE"] = "undo"
    front.write(LASTING, GOOD, BAD + "def undo(ctx): pass\n")
    reason = front.deploy()["Reason"]
    assert f"Applied in this run, and they stay applied: {FIRST}." in reason
    assert front.target.states() == {FIRST: "applied"}


def test_broken_settings_fail_the_deploy(front: Front) -> None:
    """With the variable's name."""
    front.environ["DYNAMIGRATE_TABLES"] = "orders"
    answer = front.deploy()
    assert answer["Status"] == "FAILED"
    assert "The environment variable DYNAMIGRATE_TABLES is no JSON object of strings." in answer["Reason"]


@pytest.mark.parametrize("error", [RuntimeError("a bug"), SystemExit(3), KeyboardInterrupt(), RecursionError("deep")])
def test_whatever_goes_wrong_is_answered(front: Front, error: BaseException) -> None:
    """A stack without an answer waits for an hour."""
    front.target.breaks = error
    answer = front.deploy()
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"{type(error).__name__}: ")
    assert "Read the traceback in the function's log." in answer["Reason"]
    assert "Traceback" in front.line("run.finished")["exception"]


def test_a_migration_that_exits_is_answered(front: Front) -> None:
    """sys.exit() in a migration must not end the function."""
    front.write("import sys\ndef do(ctx): sys.exit(1)\n")
    assert "failed: SystemExit: 1" in front.deploy()["Reason"]


def test_no_migrations_are_answered(front: Front) -> None:
    """An asset whose folder got lost."""
    front.environ["DYNAMIGRATE_MIGRATIONS_FOLDER"] = str(front.folder / "nowhere")
    assert "is no folder" in front.deploy()["Reason"]


def test_code_that_can_not_be_imported_is_answered(front: Front) -> None:
    """Before anything runs."""
    front.write(GOOD, "import no_such_module\ndef do(ctx): pass\n")
    assert "No module named 'no_such_module'" in front.deploy()["Reason"]
    assert front.target.states() == {}


def test_hundreds_of_migrations_fit_into_the_answer(front: Front) -> None:
    """The list is cut, the count is not."""
    front.write_files({f"{20260000000000 + number}_x": LASTING for number in range(400)})
    answer = front.deploy()
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["AppliedCount"] == "400"
    assert answer["Data"]["Applied"].startswith("20260000000000,")
    assert answer["Data"]["Applied"].endswith(",20260000000399")
    assert len(front.server.received[0].body) < 4096


def test_a_long_error_keeps_its_beginning_and_the_next_step(front: Front) -> None:
    """What broke, and what to do: the middle goes."""
    front.write("def do(ctx): raise ValueError('§' * 9000)\n")
    answer = front.deploy("Update")
    assert answer["Reason"].startswith(f"{FIRST}_add_users failed: ValueError: §")
    assert f"cdk deploy -c repair={FIRST}:pending" in answer["Reason"]
    assert len(front.server.received[0].body) < 4096


def test_an_answer_that_is_refused_is_logged_and_raises_nothing(front: Front) -> None:
    """Nobody is there to catch it."""
    front.server.statuses = [403]
    front.handle(front.event("Create"))
    assert front.line("answer.not_sent")["error"] == "HTTP 403"
    assert front.line("answer.not_sent")["level"] == "ERROR"


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1/x", "http://example.com/x", "https://[::1", "x", "https:///x", 3])
def test_an_answer_goes_to_https_or_the_loopback_alone(front: Front, url: object) -> None:
    """Nothing is sent in the clear, and nothing raised."""
    front.handle({**front.event("Create"), "ResponseURL": url})
    assert "the address" in front.line("answer.not_sent")["error"]


def test_the_address_of_the_answer_is_in_no_log(front: Front) -> None:
    """Whoever has it can answer in our name."""
    front.server.statuses = [500, 403]
    front.handle(front.event("Create"))
    front.handle(front.event("Update"))
    front.write(BAD)
    front.handle(front.event("Update"))
    front.handle({**front.event("Delete"), "ResponseURL": "http://127.0.0.1:9/ s3cr3t"})
    front.handle({**front.event("Delete"), "ResponseURL": "http://127.0.0.1:port/s3cr3t"})
    assert len(front.lines) > 10
    assert "s3cr3t" not in front.stream.getvalue()
    assert "ResponseURL" not in front.stream.getvalue()


def test_nothing_is_made_for_a_third_migration_that_is_not_there(front: Front) -> None:
    """What is applied and unknown to this code stops the deploy, and names it."""
    front.target.apply(FIRST, SECOND, THIRD)
    assert f"{THIRD}: applied, but not among the migrations of this code." in front.deploy()["Reason"]
