"""Props that can't work, each refused at synth with what to do instead."""

import re
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from dynamigrate_cdk import InvalidProp, Migrations
from tests.infra.synthesized import Resources

DURATION = cdk.Duration

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "migrations, nothing": (
        {"migrations": None},
        "migrations is None. Give it from the app's own file: migrations=Path(__file__).parent",
    ),
    "timeout, a number": ({"timeout": 300}, "timeout is 300. Give a duration, such as timeout=Duration.minutes(5)."),
    "timeout, too long": ({"timeout": DURATION.minutes(16)}, "timeout is 960 s. Give whole seconds, 1 to 900."),
    "timeout, none": ({"timeout": DURATION.seconds(0)}, "timeout is 0 s."),
    "timeout, split": ({"timeout": DURATION.millis(1500)}, "timeout is 1.5 s. Give whole seconds"),
    "timeout, unknown": (
        {"timeout": DURATION.seconds(cdk.Token.as_number({"Ref": "Seconds"}))},
        "timeout is only known when the stack is deployed.",
    ),
    "lock_wait, too long": (
        {"timeout": DURATION.seconds(60), "lock_wait": DURATION.seconds(60)},
        "lock_wait is 60 s. Give whole seconds, 0 to 59, so that the function outlives its wait for the lock.",
    ),
    "prices, a number": (
        {"prices": 1.25},
        'prices is 1.25, which is no mapping. Give dollars a million request units: {"read": 0.125, "write": 0.625}.',
    ),
    "prices, a half": (
        {"prices": {"read": 0.1}},
        "prices is {'read': 0.1}, which does not say what it is for 'write'.",
    ),
    "lock_wait, text": ({"lock_wait": "2m"}, "lock_wait is '2m'. Give a duration"),
    "run_limit, a number": (
        {"run_limit": 3300},
        "run_limit is 3300. Give a duration, such as run_limit=Duration.minutes(45).",
    ),
    "run_limit, too long": (
        {"run_limit": DURATION.hours(1)},
        (
            "run_limit is 3600 s. Give whole seconds, 930 to 3300: CloudFormation waits an hour, and a run goes on after the "
            "900 s of one invocation (timeout=). Or give run_limit=None, and it ends with them."
        ),
    ),
    "run_limit, one invocation": (
        {"run_limit": DURATION.minutes(15)},
        "run_limit is 900 s. Give whole seconds, 930 to 3300: CloudFormation waits",
    ),
    "run_limit, no room for a slice": (
        {"timeout": DURATION.minutes(2), "run_limit": DURATION.seconds(149)},
        (
            "run_limit is 149 s. Give whole seconds, 150 to 3300: CloudFormation waits an hour, and a run goes on after the "
            "120 s of"
        ),
    ),
    "run_limit, split": ({"run_limit": DURATION.millis(1_800_500)}, "run_limit is 1800.5 s. Give whole seconds, 930"),
    "run_limit, unknown": (
        {"run_limit": DURATION.seconds(cdk.Token.as_number({"Ref": "Seconds"}))},
        "run_limit is only known when the stack is deployed.",
    ),
    "check_limit, a number": (
        {"check_limit": 60},
        "check_limit is 60. Give a duration, such as check_limit=Duration.minutes(1).",
    ),
    "check_limit, longer than the function": (
        {"timeout": DURATION.minutes(1), "check_limit": DURATION.minutes(2)},
        "check_limit is 120 s. Give whole seconds, 1 to 60.",
    ),
    "restore_point": (
        {"restore_point": True},
        "restore_point is True. Give one of 'required', 'note', 'none'.",
    ),
    "memory_size, too small": ({"memory_size": 64}, "memory_size is 64 MB. Lambda takes 128 to 10240."),
    "memory_size, text": ({"memory_size": "1 GB"}, "memory_size is '1 GB'. Give a whole number of MB"),
    "out_of_order": ({"out_of_order": "ignore"}, "out_of_order is 'ignore'. Give one of 'error', 'allow'."),
    "missing": ({"missing": "warn"}, "missing is 'warn'. Give one of 'error', 'ignore'."),
    "changed": ({"changed": True}, "changed is True. Give one of 'warn', 'error', 'ignore'."),
    "on_failure": ({"on_failure": "retry"}, "on_failure is 'retry'. Give one of 'stop', 'undo'."),
    "on_rollback": ({"on_rollback": True}, "on_rollback is True. Give one of 'nothing', 'undo'."),
    "log_level": ({"log_level": "loud"}, "log_level is 'loud'. Give one of 'DEBUG'"),
    "deploy_id, empty": ({"deploy_id": ""}, "deploy_id is ''. Give a string that is not empty, or leave it out."),
    "app_version, a number": ({"app_version": 1.2}, "app_version is 1.2. Give a string"),
    "app_version, too long": (
        {"app_version": "1." * 5000},
        "app_version has 10000 characters, and it is noted with every run. Give 256 at most, such as a version",
    ),
    "deploy_id, too long": ({"deploy_id": "x" * 257}, "deploy_id has 257 characters, and it is noted"),
    "params, no mapping": ({"params": ["a"]}, "params is ['a']. Give a mapping of strings"),
    "params, a number": (
        {"params": {"rate": 5}},
        "params['rate'] is 5. Names and values are strings: write numbers and flags as text",
    ),
    "params, too long": ({"params": {"all": "x" * 3000}}, "params have 3011 characters"),
    "environment, no mapping": ({"environment": ["A=b"]}, "environment is ['A=b']. Give a mapping of strings"),
    "environment, a number": (
        {"environment": {"RATE": 5}},
        "environment['RATE'] is of type int. Write numbers and flags as text.",
    ),
    "environment, no name": (
        {"environment": {"1ST": "x"}},
        "environment has '1ST', which Lambda does not take as a name. Begin with a letter",
    ),
    "environment, a short name": ({"environment": {"A": "x"}}, "environment has 'A', which Lambda does not take"),
    "environment, of the construct": (
        {"environment": {"DYNAMIGRATE_TABLES": "{}"}},
        "environment has DYNAMIGRATE_TABLES, which the construct sets itself. Use the construct's props",
    ),
    "environment, of Lambda": (
        {"environment": {"AWS_REGION": "x"}},
        "environment has AWS_REGION, which Lambda sets itself. Take another name.",
    ),
    "environment, of Lambda too": (
        {"environment": {"AWS_LAMBDA_FUNCTION_NAME": "x"}},
        "environment has AWS_LAMBDA_FUNCTION_NAME, which Lambda sets itself.",
    ),
    "environment, too long": (
        {"environment": {"ALL": "x" * 2000}, "params": {"all": "x" * 2000}},
        "params and environment have 4014 characters together, and Lambda's limit is for all of them.",
    ),
    "layers, one": ({"layers": "arn:aws:lambda:eu-west-1:1:layer:x:1"}, "layers is 'arn:aws"),
    "layers, an ARN": (
        {"layers": ["arn:aws:lambda:eu-west-1:1:layer:x:1"]},
        "layers has 'arn:aws:lambda:eu-west-1:1:layer:x:1'. Give a lambda_.LayerVersion, or LayerVersion.from_layer",
    ),
    "requirements, lines": ({"requirements": ["orjson==3"]}, "requirements is ['orjson==3']. Give the path of a file"),
    "requirements, missing": ({"requirements": "not-there.txt"}, "requirements is 'not-there.txt', and /"),
    "architecture": (
        {"architecture": lambda_.Architecture.custom("riscv64")},
        "architecture is riscv64, and Lambda has arm64 and x86_64. Give lambda_.Architecture.ARM_64",
    ),
    "architecture, text": ({"architecture": "arm64"}, "architecture is 'arm64', and Lambda has arm64 and x86_64. Give"),
    "repair, no id": ({"repair": "pending"}, "repair is 'pending'. Write <id>:pending to have a migration run again"),
    "repair, other word": ({"repair": "1:done"}, "repair is '1:done'. Write"),
    "repair, other digits": ({"repair": "\u0661:pending"}, "repair is '\u0661:pending'. Write"),
    "tables, no mapping": ({"tables": ["orders"]}, "tables is ['orders'] (list). Give a mapping"),
    "tables, a name": (
        {"tables": {"orders": "orders-table"}},
        "tables['orders'] is 'orders-table' (str), which is no table. Give the construct: dynamodb.TableV2(...)",
    ),
    "tables, nothing": ({"tables": {"orders": None}}, "tables['orders'] is None (NoneType), which is no table."),
    "tables, no key": ({"tables": {"": None}}, "tables has the name ''. Name each table as migrations will"),
    "runtime": (
        {"runtime": lambda_.Runtime.PYTHON_3_9},
        "runtime is python3.9, and the function needs Python 3.11, 3.12, 3.13, 3.14. Give one of these",
    ),
    "runtime, text": ({"runtime": "python3.13"}, "runtime is 'python3.13', and the function needs"),
    "network": ({"vpc_subnets": ec2.SubnetSelection()}, "it has subnets or security groups, and no vpc. Give the vpc"),
}


@pytest.mark.parametrize(("props", "message"), BAD.values(), ids=BAD.keys())
def test_a_prop_that_cannot_work_is_refused(
    stack: cdk.Stack, folder: Path, props: dict[str, Any], message: str
) -> None:
    """The message names the construct, the prop and its value, and what would work."""
    with pytest.raises(InvalidProp, match=re.escape(f"Shop/Migrations: {message}")):
        Migrations(stack, "Migrations", **{"migrations": folder} | props)


def test_a_resource_of_cloudformation_is_no_table(stack: cdk.Stack, folder: Path) -> None:
    """An L1 has no grants; the message names it by its path."""
    raw = dynamodb.CfnTable(stack, "Raw", key_schema=[])
    with pytest.raises(InvalidProp, match=re.escape("tables['raw'] is Shop/Raw (CfnTable), which is no table.")):
        Migrations(stack, "Migrations", migrations=folder, tables={"raw": raw})  # type: ignore[dict-item]


def test_environment_and_layers_are_the_functions(stack: cdk.Stack, folder: Path) -> None:
    """Beside what the construct sets itself; values that are only known when the stack is deployed too."""
    layer = lambda_.LayerVersion.from_layer_version_arn(
        stack, "Layer", "arn:aws:lambda:eu-west-1:111122223333:layer:pandas:7"
    )
    environment = {
        "STAGE": "test",
        "ACCOUNT": stack.account,
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
        "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
    }
    migrations = Migrations(stack, "Migrations", migrations=folder, environment=environment, layers=[layer])
    made = Resources.of(stack)[stack.get_logical_id(cast("cdk.CfnElement", migrations.function.node.default_child))]
    assert made["Properties"]["Layers"] == ["arn:aws:lambda:eu-west-1:111122223333:layer:pandas:7"]
    variables = made["Properties"]["Environment"]["Variables"]
    assert {name: variables[name] for name in environment} == {**environment, "ACCOUNT": {"Ref": "AWS::AccountId"}}
    assert variables["DYNAMIGRATE_MIGRATIONS_FOLDER"] == "migrations"
