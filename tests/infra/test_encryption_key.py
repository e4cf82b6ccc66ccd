"""The props `encryption_key` and `permissions_boundary`: all that the constructs make has them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from dynamigrate.contract import Env
from dynamigrate_cdk import AfterMigrations, InvalidProp, Migrations, MigrationState
from tests.infra.conftest import MakeFolder
from tests.infra.synthesized import Resources, table, value_of

ARN = "arn:aws:kms:eu-west-1:111122223333:key/1f0d"
_FOLDER = {
    "20261101090000_first.py": "def do(ctx):\n    pass\n",
    "20261102090000_slow.py": "detached = True\n\n\ndef do(ctx):\n    ctx.checkpoint.save({})\n",
    "20261103090000_late.py": 'phase = "after"\n\n\ndef do(ctx):\n    pass\n',
}


@dataclass(frozen=True)
class Guarded:
    """Two histories in one stack, with one key and one boundary; the first has all that there is."""

    stacks: list[Resources]

    def each(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """All resources of a kind, with their properties."""
        for stack in self.stacks:
            for logical_id, resource in stack.template["Resources"].items():
                if resource["Type"] == kind:
                    yield logical_id, resource["Properties"]

    def statements(self, role: str) -> list[dict[str, Any]]:
        """What a role of that logical id may do with the key."""
        return [
            statement
            for stack in self.stacks
            for policy in stack.template["Resources"].values()
            if policy["Type"] == "AWS::IAM::Policy" and {"Ref": role} in policy["Properties"]["Roles"]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            if "kms:" in json.dumps(statement["Action"])
        ]


@pytest.fixture(scope="module")
def guarded(make_folder: MakeFolder) -> Guarded:
    app = cdk.App()
    data, migrating, after = (cdk.Stack(app, name) for name in ("Data", "Migrating", "After"))
    guard: Any = {
        "encryption_key": kms.Key(data, "Key"),
        "permissions_boundary": iam.ManagedPolicy.from_managed_policy_name(data, "Boundary", "team-boundary"),
        "tables": {"orders": table(data, "Orders")},
    }
    orders = Migrations(
        migrating,
        "Orders",
        migrations=make_folder(_FOLDER),
        state=MigrationState(data, "State"),
        dashboard=True,
        alarms=True,
        events=True,
        tracing=True,
        test_events=True,
        **guard,
    )
    Migrations(migrating, "Users", migrations=make_folder(), on_rollback="undo", **guard)
    AfterMigrations(after, "After", migrations=orders)
    return Guarded([Resources.of(stack) for stack in (data, migrating, after)])


def test_every_role_has_the_boundary(guarded: Guarded) -> None:
    """An account that refuses roles without it lets the deploy through."""
    roles = dict(guarded.each("AWS::IAM::Role"))
    assert len(roles) == 12
    for name, role in roles.items():
        assert value_of(role.get("PermissionsBoundary")) == "arn:aws:iam::111122223333:policy/team-boundary", name


def test_variables_logs_and_machines_have_the_key(guarded: Guarded) -> None:
    """Whatever is written down by what the constructs make."""
    for kind, where in (
        ("AWS::Lambda::Function", ["KmsKeyArn"]),
        ("AWS::Logs::LogGroup", ["KmsKeyId"]),
        ("AWS::StepFunctions::StateMachine", ["EncryptionConfiguration", "KmsKeyId"]),
    ):
        found = dict(guarded.each(kind))
        assert len(found) >= 3
        for logical_id, properties in found.items():
            key: Any = properties
            for name in where:
                key = key[name]
            assert re.search(r"ExportsOutputFnGetAttKey\w+Arn", json.dumps(key)), logical_id


def test_the_event_that_is_kept_has_the_key(guarded: Guarded) -> None:
    """The functions that keep one are told it: those that migrate, and no others."""
    told = {
        name.rstrip("0123456789ABCDEF"): Env.EVENTS_KEY.value in function["Environment"]["Variables"]
        for name, function in guarded.each("AWS::Lambda::Function")
    }
    assert told == {
        "OrdersFunction": True,
        "OrdersResponderFunction": False,
        "OrdersWidgetFunction": False,
        "OrdersAlarmsWatchReaderFunction": False,
        "UsersFunction": True,
        "UsersResponderFunction": False,
        "AfterFunction": True,
        "AfterResponderFunction": False,
    }


def test_the_key_lets_cloudwatch_logs_use_it_for_groups_of_its_account(guarded: Guarded) -> None:
    """Said once, for both histories and all groups; and those that deliver a machine's log."""
    [(_, key)] = guarded.each("AWS::KMS::Key")
    _, *added = key["KeyPolicy"]["Statement"]
    principals = [value_of(one["Principal"]["Service"]) for one in added]
    assert principals == ["logs.eu-west-1.<AWS::URLSuffix>", "delivery.logs.amazonaws.com"]
    assert value_of(added[0]["Condition"]) == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111122223333:log-group:*"}
    }


def test_each_role_may_use_the_key_for_what_it_does(guarded: Guarded) -> None:
    """No action has a wildcard; a machine's role uses it for its machine and its logs alone."""
    for name, _ in guarded.each("AWS::IAM::Role"):
        found = [(statement["Action"], value_of(statement.get("Condition"))) for statement in guarded.statements(name)]
        if "Machine" in name or "LongRuns" in name or "Detached" in name:
            (both, own), (one, every_log) = found
            assert (both, one) == (["kms:Decrypt", "kms:GenerateDataKey"], "kms:GenerateDataKey")
            machine, workers = own["StringEquals"]["kms:EncryptionContext:aws:states:stateMachineArn"]
            assert machine.startswith("arn:aws:states:eu-west-1:111122223333:stateMachine:")
            assert workers == f"{machine}/Fleet"
            assert every_log == {
                "StringEquals": {"kms:EncryptionContext:SourceArn": "arn:aws:logs:eu-west-1:111122223333:*"}
            }
        elif any(one in name for one in ("Responder", "Widget", "Watch")):
            assert found == [("kms:Decrypt", None)]
        else:
            assert found == [(["kms:Decrypt", "kms:Encrypt"], None)]


def test_the_responder_may_read_executions(guarded: Guarded) -> None:
    """EventBridge leaves out what an execution of an encrypted machine was given, and how it ended."""
    found = [
        value_of(statement["Resource"])
        for stack in guarded.stacks
        for name, statements in stack.statements().items()
        for statement in statements
        if "ResponderPolicy" in name and statement["Action"] == "states:DescribeExecution"
    ]
    # Both machines of the first, and one of each other.
    assert len(found) == 4
    assert all(arn.startswith("arn:aws:states:eu-west-1:111122223333:execution:") for arn in found)


def test_without_them_nothing_of_it_is_there(stack: cdk.Stack, folder: Path) -> None:
    """AWS's own keys cost nothing and need no grant."""
    Migrations(stack, "Migrations", migrations=folder)
    said = json.dumps(Resources.of(stack).template)
    assert [word for word in ("kms:", "Kms", "EVENTS_KEY", "PermissionsBoundary") if word in said] == []


def test_a_log_group_of_the_teams_is_left_alone(stack: cdk.Stack, folder: Path) -> None:
    """It has the key that the team gave it, or none."""
    given = logs.LogGroup(stack, "Given")
    Migrations(
        stack,
        "Migrations",
        migrations=folder,
        log_group=given,
        encryption_key=kms.Key(stack, "Key"),
        run_limit=None,
    )
    [(_, group)] = Guarded([Resources.of(stack)]).each("AWS::Logs::LogGroup")
    assert "KmsKeyId" not in group


def test_a_key_of_elsewhere_is_used_and_its_policy_is_asked_for(stack: cdk.Stack, folder: Path) -> None:
    """Its policy can't be changed from here, so synth says what it needs, until that is acknowledged."""
    key = kms.Key.from_key_arn(stack, "Key", ARN)
    migrations = Migrations(stack, "Migrations", migrations=folder, encryption_key=key)
    pattern = assertions.Match.string_like_regexp(
        r"its policy stays as it is\. Where it does not let logs\.<region>\.amazonaws\.com do kms:Decrypt\*, .* acknowledge"
    )
    assert len(assertions.Annotations.from_stack(stack).find_warning("/Shop/Migrations", pattern)) == 1
    functions = Guarded([Resources.of(stack)]).each("AWS::Lambda::Function")
    assert {function["KmsKeyArn"] for _, function in functions} == {ARN}
    cdk.Annotations.of(migrations).acknowledge_warning("dynamigrate:key")
    assert assertions.Annotations.from_stack(stack).find_warning("/Shop/Migrations", pattern) == []


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda stack: ARN, rf"encryption_key is '{ARN}', which is no key\. Give a kms\.Key, or .*from_key_arn"),
        (
            lambda stack: kms.Alias(stack, "Alias", alias_name="alias/a", target_key=kms.Key(stack, "Of")),
            r"is the alias Shop/Alias, and a log group takes a key alone\. Give the key that the alias is of",
        ),
        (
            lambda stack: kms.Alias.from_alias_name(stack, "Alias", "alias/a"),
            r"is the alias Shop/Alias, and a log group takes a key alone\. Give the key that the alias is of",
        ),
        (
            lambda stack: kms.Key(stack, "Pair", key_spec=kms.KeySpec.RSA_2048, key_usage=kms.KeyUsage.SIGN_VERIFY),
            r"is Shop/Pair, of the kind RSA_2048\. Give a symmetric key",
        ),
        (
            lambda stack: kms.Key.from_key_arn(stack, "Far", ARN.replace("eu-west-1", "us-east-1")),
            r"is Shop/Far, in region us-east-1, and Shop is in eu-west-1\. Give a key of eu-west-1\.",
        ),
    ],
)
def test_what_is_no_key_for_it_is_refused(regional_stack: cdk.Stack, folder: Path, make: Any, said: str) -> None:
    """Before anything is deployed, as CloudFormation would only say so in the middle of it."""
    with pytest.raises(InvalidProp, match=f"Shop/Migrations: .*{said}"):
        Migrations(regional_stack, "Migrations", migrations=folder, encryption_key=make(regional_stack))


def test_what_is_no_boundary_is_refused(stack: cdk.Stack, folder: Path) -> None:
    """Its name or its ARN, for instance."""
    given: Any = "team-boundary"
    with pytest.raises(
        InvalidProp, match=r"Shop/Migrations: permissions_boundary is 'team-b.*from_managed_policy_name"
    ):
        Migrations(stack, "Migrations", migrations=folder, permissions_boundary=given)
