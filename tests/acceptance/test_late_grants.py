"""
Policies that come into force late, as IAM's do: with IAM enforced, they are attached once the function was seen to have
been denied.
"""

import json
from typing import Any

import pytest

from dynamigrate_local_aws import LocalAws
from tests.acceptance.mortal import Mortal, wait_until
from tests.unit.handler.front import AnswerServer

pytestmark = pytest.mark.acceptance

_MIGRATION = """
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["things"], Item={"id": {"S": "1"}})
"""
_STRANGE = """
def do(ctx):
    ctx.dynamodb.delete_table(TableName=ctx.tables["things"])
"""

# What a run asks for first of its tables.
_LOOK = "DescribeContinuousBackups"


class Late:
    """The deployed function, whose policies can be taken away for a while."""

    def __init__(self, mortal: Mortal) -> None:
        self.mortal = mortal
        aws = mortal.aws
        self._iam: Any = aws.client("iam")
        role: str = aws.client("lambda").get_function_configuration(FunctionName=mortal.function)["Role"]
        self._role = role.rpartition("/")[2]
        self._names = [
            name
            for name in self._iam.list_role_policies(RoleName=self._role)["PolicyNames"]
            if "EnginePolicy" in name or "TablesPolicy" in name
        ]
        assert len(self._names) == 2, self._names
        self._policies = {
            name: self._iam.get_role_policy(RoleName=self._role, PolicyName=name)["PolicyDocument"]
            for name in self._names
        }

    def take(self, part: str) -> None:
        for name in self._names:
            if part in name:
                self._iam.delete_role_policy(RoleName=self._role, PolicyName=name)

    def give(self, part: str) -> None:
        for name in self._names:
            if part in name:
                document = json.dumps(self._policies[name])
                self._iam.put_role_policy(RoleName=self._role, PolicyName=name, PolicyDocument=document)

    def deploy(self, *, late: str, seen: str) -> dict[str, Any]:
        """CloudFormation's answer where the policy *late* comes after the function has asked for *seen* twice."""
        self.mortal.make_pending()
        self.take(late)
        aws, mark = self.mortal.aws, self.mortal.aws.mark()
        with AnswerServer() as server:
            self.mortal.send({**self.mortal.event, "RequestType": "Create", "ResponseURL": server.url})
            # The second shows that the first was denied, and tried again.
            wait_until(lambda: aws.dynamodb_requests(since=mark).count(seen) >= 2 or bool(server.received))
            self.give(late)
            wait_until(lambda: bool(server.received))
        return dict(server.answer)

    def late_lines(self) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.mortal.aws.function_log(self.mortal.function) if line[:1] == "{"]
        return [line for line in lines if line.get("event") == "grant.late"]


@pytest.fixture(scope="module")
def late(guarded_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Late:
    return Late(Mortal.deploy(guarded_aws, tmp_path_factory.mktemp("late"), "Late", _MIGRATION))


@pytest.mark.parametrize(
    ("policy", "seen", "action"),
    [("EnginePolicy", "PutItem", "dynamodb:PutItem"), ("TablesPolicy", _LOOK, f"dynamodb:{_LOOK}")],
)
def test_a_policy_that_comes_late_fails_no_deploy(late: Late, policy: str, seen: str, action: str) -> None:
    """For the engine's own state, and for the tables of migrations; it is said once."""
    before = len(late.late_lines())
    answer = late.deploy(late=policy, seen=seen)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert answer["Data"]["Applied"] == "1"
    wait_until(lambda: len(late.late_lines()) > before)
    [line] = late.late_lines()[before:]
    assert line["action"] == action
    assert "although it is granted" in line["message"]


def test_a_command_is_told_at_once(late: Late) -> None:
    """Nothing was deployed a moment ago, so it is not late: it is missing."""
    late.take("EnginePolicy")
    mark = late.mortal.aws.mark()
    answer = late.mortal.invoke(action="status")
    late.give("EnginePolicy")
    assert answer["error"]["type"].startswith("AccessDenied")
    assert len(late.mortal.aws.dynamodb_requests(since=mark)) == 1


def test_an_action_that_is_not_granted_is_told_at_once_and_leaves_nothing_dirty(late: Late) -> None:
    """An action that the construct does not grant, by the migration's first request."""
    late.mortal.rewrite(_STRANGE)
    mark = late.mortal.aws.mark()
    answer = late.deploy(late="nothing", seen="DeleteTable")
    assert answer["Status"] == "FAILED"
    assert "dynamodb:DeleteTable" in answer["Reason"]
    assert "it had not begun, and is not dirty" in answer["Reason"]
    assert late.mortal.aws.dynamodb_requests(since=mark).count("DeleteTable") == 1
    assert late.mortal.invoke(action="status")["counts"]["dirty"] == 0
