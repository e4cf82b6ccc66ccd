"""The responder, as a template has it: what it is called by, what it may do, and what it is made of."""

from pathlib import Path
from zipfile import ZipFile

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms

from dynamigrate_cdk import Migrations, MigrationState
from tests.infra.synthesized import Resources, Shop
from tests.infra.test_migrations_template import (
    ENGINE_POLICY,
    FUNCTION,
    INVOKE_CONFIG,
    LOG_GROUP,
    RESOURCE,
    RESPONDER,
    RESPONDER_INVOKE_CONFIG,
    RESPONDER_POLICY,
    RESPONDER_ROLE,
)
from tests.infra.test_permissions import actions, resources


def test_failed_calls_of_the_function_go_to_it(shop: Shop) -> None:
    """By the settings for asynchronous calls; the function may invoke it, and that alone."""
    destination = shop.migrating[INVOKE_CONFIG]["Properties"]["DestinationConfig"]
    assert destination == {"OnFailure": {"Destination": {"Fn::GetAtt": [RESPONDER, "Arn"]}}}
    granted = [one for one in shop.migrating.statements()[ENGINE_POLICY] if "lambda:InvokeFunction" in actions(one)]
    assert granted == [
        {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": {"Fn::GetAtt": [RESPONDER, "Arn"]}}
    ]


def test_the_very_first_call_has_it(shop: Shop) -> None:
    """The resource waits for it and for what it may do, and the function for the grant that Lambda checks."""
    waits_for = set(shop.migrating[RESOURCE]["DependsOn"])
    assert waits_for >= {RESPONDER, RESPONDER_ROLE, RESPONDER_POLICY, RESPONDER_INVOKE_CONFIG}
    assert ENGINE_POLICY in shop.migrating[FUNCTION]["DependsOn"]
    assert RESPONDER_POLICY in shop.migrating[RESPONDER]["DependsOn"]


def test_it_may_free_the_lock_look_at_its_stack_answer_for_long_runs_and_write_the_log(shop: Shop) -> None:
    """
    It asks a run to stop by the lock, too. Nothing on the history or on the application's tables, and nothing by a
    wildcard but the events of this construct's runs.
    """
    lock, stack, events, log = shop.migrating.statements()[RESPONDER_POLICY]
    assert actions(lock) == {"dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem"}
    assert actions(events) == {"ssm:GetParameter", "ssm:DeleteParameter"}
    assert [name.split("AttState")[1][:4] for name in resources(lock)] == ["Lock"]
    assert (stack["Action"], stack["Resource"]) == ("cloudformation:DescribeStacks", {"Ref": "AWS::StackId"})
    assert actions(log) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert log["Resource"] == {"Fn::GetAtt": [LOG_GROUP, "Arn"]}
    assert "ManagedPolicyArns" not in shop.migrating[RESPONDER_ROLE]["Properties"]


def test_it_reads_a_lock_that_is_encrypted_by_a_key_of_the_teams(regional_stack: cdk.Stack, folder: Path) -> None:
    """Otherwise it could free none."""
    state = MigrationState(regional_stack, "State", encryption_key=kms.Key(regional_stack, "Key"))
    Migrations(regional_stack, "Migrations", migrations=folder, state=state)
    granted = Resources.of(regional_stack).statements()
    responders = [one for name in granted if "ResponderRole" in name for one in granted[name]]
    assert any("kms:Decrypt" in actions(statement) for statement in responders)


def test_it_knows_the_lock_and_the_events_and_nothing_else(shop: Shop) -> None:
    """Which table, and which item in it, and where events wait; its log is the function's, where somebody will look."""
    responder = shop.migrating[RESPONDER]["Properties"]
    variables = responder["Environment"]["Variables"]
    assert variables["DYNAMIGRATE_LOCK_ID"] == "migrations"
    assert variables.keys() == {"DYNAMIGRATE_LOCK_TABLE", "DYNAMIGRATE_LOCK_ID", "DYNAMIGRATE_EVENTS_PATH"}
    assert responder["LoggingConfig"] == {"LogGroup": {"Ref": LOG_GROUP}}


def test_it_is_called_again_where_it_failed_as_long_as_anybody_waits(shop: Shop) -> None:
    """A second try may get an answer through; a deploy waits for an hour."""
    config = shop.migrating[RESPONDER_INVOKE_CONFIG]["Properties"]
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 3600)
    assert "DestinationConfig" not in config


def test_it_is_in_no_vpc(stack: cdk.Stack, folder: Path) -> None:
    """Where the function can't reach anything, it still can."""
    Migrations(stack, "Migrations", migrations=folder, vpc=ec2.Vpc(stack, "Vpc", max_azs=1))
    resources = Resources.of(stack)
    assert "VpcConfig" in resources[FUNCTION]["Properties"]
    assert "VpcConfig" not in resources[RESPONDER]["Properties"]


def test_its_code_is_its_own_and_source_alone(shop: Shop) -> None:
    """No byte code, which would change its hash from machine to machine, and nothing of the engine."""
    key = shop.migrating[RESPONDER]["Properties"]["Code"]["S3Key"]
    files = set(ZipFile(shop.output / f"asset.{key}").namelist())
    modules = {
        "answer",
        "dead_function",
        "death",
        "ended_run",
        "ending",
        "execution",
        "index",
        "kept_event",
        "lock",
        "stack",
        "world",
    }
    assert files == {f"responder/{name}.py" for name in modules}
    assert shop.migrating[RESPONDER]["Properties"]["Handler"] == "responder.index.handle"
