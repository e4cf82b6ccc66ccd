"""
Functions that die without a word, called asynchronously as CloudFormation calls them: somebody answers, and the lock is
free again. IAM is enforced, so the responder's role is enough for it.
"""

from collections.abc import Iterator

import pytest

from dynamigrate.contract import Env, LockAttr
from dynamigrate_local_aws import LocalAws
from tests.acceptance.mortal import Mortal, wait_until

pytestmark = pytest.mark.acceptance

_STACK = "Mortal"
# One of them must be over before an answer: a beat is watched for, or the function's time runs out.
_WATCH, _TIMEOUT = 20 / 3 + 2, 8


@pytest.fixture(scope="module")
def deployed(guarded_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Mortal:
    return Mortal.deploy(guarded_aws, tmp_path_factory.mktemp("mortal"), _STACK)


@pytest.fixture
def mortal(deployed: Mortal) -> Iterator[Mortal]:
    """As it was deployed, for each test."""
    client = deployed.aws.client("lambda")
    before = client.get_function_configuration(FunctionName=deployed.function)
    yield deployed
    deployed.configure(
        Handler=before["Handler"],
        Timeout=before["Timeout"],
        Environment={"Variables": before["Environment"]["Variables"]},
    )
    for migration in deployed.invoke(action="status").get("dirty", []):
        deployed.invoke(action="repair", migration=migration["migration"], confirm=True, **{"as": "applied"})


def test_code_that_can_not_be_imported_fails_the_deploy_within_seconds(mortal: Mortal) -> None:
    """With what Python said, and although it had no chance to say it itself."""
    mortal.configure(Handler="no_such_module.handle")
    answer, seconds = mortal.die("Create")
    assert answer["Status"] == "FAILED"
    assert "No module named 'no_such_module'" in answer["Reason"]
    assert "It did not hold the lock, so no migration was under way." in answer["Reason"]
    assert answer["PhysicalResourceId"] == f"{_STACK}/Migrations"
    assert answer["RequestId"] == "cloudformation-request"
    assert seconds < 10


def test_a_function_that_exits_in_a_migration_fails_the_deploy_and_its_lock_is_freed(mortal: Mortal) -> None:
    """After one beat that did not come; the migration is dirty, and the way out is what the reason says."""
    mortal.will_die("exit")
    answer, seconds = mortal.die("Update")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("The function died before it could answer: ")
    assert "It held the lock, which is free again: a migration may be half done." in answer["Reason"]
    assert seconds < _WATCH + 10
    assert mortal.lock() is None

    (dirty,) = mortal.invoke(action="status")["dirty"]
    assert (dirty["migration"], dirty["found"]) == ("1", "crashed")
    assert mortal.invoke(**dirty["next"])["ok"] is True
    mortal.configure(Environment={"Variables": _without_params(mortal)})
    answer, _ = mortal.die("Update")
    assert (answer["Status"], answer["Data"]["Applied"]) == ("SUCCESS", "1")


def test_a_function_that_runs_out_of_time_fails_the_deploy_and_its_lock_is_freed(mortal: Mortal) -> None:
    """At once: its time is up, so nobody needs to look whether it lives."""
    mortal.configure(Timeout=_TIMEOUT)
    mortal.will_die("late")
    answer, seconds = mortal.die("Create")
    assert answer["Status"] == "FAILED"
    assert f"Task timed out after {_TIMEOUT}.00 seconds" in answer["Reason"]
    assert (
        f"deploy with the repair (cdk deploy -c 'repair={_STACK}/Migrations=<id>:pending', or <id>:applied"
        in answer["Reason"]
    )
    assert seconds < _TIMEOUT + 10
    assert mortal.lock() is None


def test_a_lock_that_another_holds_stays(mortal: Mortal) -> None:
    """Whatever dies beside it."""
    item = {
        "ID": {"S": "migrations"},
        LockAttr.OWNER.value: {"S": "token"},
        LockAttr.BEAT.value: {"N": "0"},
        LockAttr.LEASE_MS.value: {"N": "20000"},
        LockAttr.DEADLINE_MS.value: {"N": "0"},
        LockAttr.REQUEST_ID.value: {"S": "another-request"},
    }
    mortal.lock(item)
    mortal.configure(Handler="no_such_module.handle")
    assert mortal.die("Update")[0]["Status"] == "FAILED"
    assert mortal.die("Delete")[0]["Status"] == "SUCCESS"
    assert mortal.lock() == item
    mortal.aws.client("dynamodb").delete_item(
        TableName=f"{mortal.output('StateTable')}-lock", Key={"ID": {"S": "migrations"}}
    )


def test_a_delete_succeeds_whatever_the_code_is_like(mortal: Mortal) -> None:
    """A stack with broken code can be deleted."""
    mortal.configure(Handler="no_such_module.handle")
    answer, seconds = mortal.die("Delete")
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["AppliedCount"] == "0"
    assert seconds < 10


def test_a_call_by_hand_that_dies_frees_its_lock_too(mortal: Mortal) -> None:
    """Nobody waits for an answer; what happened is in the log."""
    mortal.will_die("exit")
    mortal.send({"action": "migrate"})
    wait_until(lambda: mortal.lock() is not None)
    wait_until(lambda: mortal.lock() is None)
    wait_until(lambda: any("nobody waits for an answer" in line for line in mortal.aws.function_log(mortal.function)))


def test_the_address_of_the_answer_is_in_no_log(mortal: Mortal) -> None:
    """Neither the function nor the responder writes it, in all that happened before this."""
    lines = "\n".join(mortal.aws.function_log(mortal.function))
    assert "responder.answered" in lines
    assert "X-Amz-Signature" not in lines


def test_a_rollback_succeeds_whatever_the_code_is_like(mortal: Mortal) -> None:
    """Last, because the stack has rolled back after it."""
    assert not mortal.cdk(sibling_fails="yes").ok
    mortal.configure(Handler="no_such_module.handle")
    answer, seconds = mortal.die("Update")
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"].keys() == {
        "RunId",
        "Applied",
        "AppliedCount",
        "Current",
        "Invocations",
        "Warnings",
        "StandsAt",
        "Counts",
    }
    assert seconds < 10


def _without_params(mortal: Mortal) -> dict[str, str]:
    client = mortal.aws.client("lambda")
    variables = client.get_function_configuration(FunctionName=mortal.function)["Environment"]["Variables"]
    return {**variables, Env.PARAMS.value: "{}"}
