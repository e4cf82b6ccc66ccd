"""
Functions that die without a word, called asynchronously as CloudFormation calls them: somebody answers, and the lock is
free again. IAM is enforced, so the responder's role is enough for it.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dynamigrate.contract import Env, LockAttr
from local_aws import LocalAws
from tests.acceptance.warm.process import WARM_CDK
from tests.unit.handler.front import AnswerServer

pytestmark = pytest.mark.acceptance

_APPS = Path(__file__).parent / "apps"
_STACK = "Mortal"
_MORTAL = """
import os
import time


def do(ctx):
    how = ctx.params.get("die")
    if how == "exit":
        os._exit(3)
    if how == "late":
        time.sleep(600)
"""
_DEADLINE = 60.0
# One of them must be over before an answer: a beat is watched for, or the function's time runs out.
_WATCH, _TIMEOUT = 20 / 3 + 2, 8


@dataclass
class Mortal:
    """A deployed function that is made to die."""

    aws: LocalAws
    folder: Path
    event: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def deploy(cls, aws: LocalAws, folder: Path, migration: str = _MORTAL) -> "Mortal":
        (folder / "changes").mkdir()
        mortal = cls(aws, folder)
        mortal.rewrite(migration)
        return mortal

    def rewrite(self, migration: str) -> None:
        """Deploy with that code."""
        aws, folder = self.aws, self.folder
        (folder / "changes" / "1_mortal.py").write_text(migration, encoding="utf-8")
        deployed = self.cdk()
        assert deployed.ok, deployed.output
        template = json.loads((folder / "cdk.out" / f"{_STACK}.template.json").read_text(encoding="utf-8"))
        (properties,) = (
            one["Properties"] for one in template["Resources"].values() if one["Type"] == "Custom::DynamoDBMigrations"
        )
        [stack] = aws.client("cloudformation").describe_stacks(StackName=_STACK)["Stacks"]
        self.event = {
            "StackId": stack["StackId"],
            "RequestId": "cloudformation-request",
            "LogicalResourceId": "Migrations",
            "ResourceProperties": {**properties, "ServiceToken": "", "LockWaitSeconds": "0"},
        }

    def cdk(self, **context: str) -> Any:
        return self.aws.cdk(
            "deploy",
            "--require-approval",
            "never",
            app=WARM_CDK.command(_APPS / "cli_credentials.py", str(_APPS / "sibling.py")),
            context={"stack": _STACK, "migrations": str(self.folder / "changes"), **context},
            output_directory=self.folder / "cdk.out",
        )

    def output(self, name: str) -> str:
        [stack] = self.aws.client("cloudformation").describe_stacks(StackName=_STACK)["Stacks"]
        return next(output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == name)

    @property
    def function(self) -> str:
        return self.output("Function")

    def configure(self, **changes: Any) -> None:
        self.aws.client("lambda").update_function_configuration(FunctionName=self.function, **changes)

    def make_pending(self) -> None:
        """Have the history forget the migration, so that it runs with the next event."""
        self.aws.client("dynamodb").delete_item(TableName=self.output("StateTable"), Key={"ID": {"S": "1"}})

    def will_die(self, how: str) -> None:
        """Have the migration die when it next runs, which it will."""
        client = self.aws.client("lambda")
        variables = client.get_function_configuration(FunctionName=self.function)["Environment"]["Variables"]
        self.configure(Environment={"Variables": {**variables, Env.PARAMS.value: json.dumps({"die": how})}})
        self.make_pending()

    def send(self, event: Mapping[str, Any]) -> None:
        self.aws.client("lambda").invoke(
            FunctionName=self.function, InvocationType="Event", Payload=json.dumps(event).encode()
        )

    def die(self, kind: str) -> tuple[dict[str, Any], float]:
        """What CloudFormation is answered to its event, and the seconds until then."""
        with AnswerServer() as server:
            began = time.monotonic()
            self.send({**self.event, "RequestType": kind, "ResponseURL": server.url})
            wait_until(lambda: bool(server.received))
            seconds = time.monotonic() - began
        return server.answer, seconds

    def lock(self, item: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """The lock's item; where one is given, that one from now on."""
        client, table = self.aws.client("dynamodb"), f"{self.output('StateTable')}-lock"
        if item is not None:
            client.put_item(TableName=table, Item=item)
        found: dict[str, Any] = dict(
            client.get_item(TableName=table, Key={"ID": {"S": "migrations"}}, ConsistentRead=True)
        )
        return found.get("Item")

    def invoke(self, **event: object) -> Any:
        answer = self.aws.client("lambda").invoke(FunctionName=self.function, Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())


def wait_until(there: Callable[[], bool]) -> None:
    give_up = time.monotonic() + _DEADLINE
    while not there():
        assert time.monotonic() < give_up, "nothing came of it"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    folder = tmp_path_factory.mktemp("mortal")
    with LocalAws.start(auth=True, directory=folder / "aws") as aws:
        aws.bootstrap()
        yield Mortal.deploy(aws, folder)


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
    assert answer["Data"].keys() == {"RunId", "Applied", "AppliedCount", "Current", "Warnings"}
    assert seconds < 10


def _without_params(mortal: Mortal) -> dict[str, str]:
    client = mortal.aws.client("lambda")
    variables = client.get_function_configuration(FunctionName=mortal.function)["Environment"]["Variables"]
    return {**variables, Env.PARAMS.value: "{}"}
