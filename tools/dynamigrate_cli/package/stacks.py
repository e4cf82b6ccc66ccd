"""The stacks that are made plain: the constructs, as an app in Python has them, with names that are parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from dynamigrate_cdk import AfterMigrations, Migrations, MigrationState

from .wanted import STATE, Wanted, key_parameter, table_parameter

# What stands for the stacks' names until they are known. Nothing else in a template is called that, and names that may
# only have so many characters keep it: those of state machines have the stack's own id beside it.
BEFORE: Final = "DynamigratePackage"
AFTER: Final = "DynamigrateAfter"
STATE_STACK: Final = "DynamigrateState"
PATH: Final = "Migrations"
AFTER_PATH: Final = "AfterMigrations"
_TABLE_NAME: Final = "[A-Za-z0-9_.-]{3,255}"
_LEFT_OUT: Final = frozenset({"Resource", "Default", "Machine"})
# Beside the policies LongRunsPolicy and DetachedPolicy of the function, the machines have policies of their own.
_SAID: Final = {"LongRuns": "LongRunsMachine", "Detached": "DetachedMachine"}
# CDK ends the name of a permission with the path, and a digest, of what it is for.
_OF_RULE: Final = re.compile(r"^(AllowEventRule)\w*$")


class PlainStack(cdk.Stack):
    """A stack whose resources are called by their paths, without digests: MigrationsFunction, MigrationsRole."""

    def __init__(self, app: cdk.App, name: str, description: str) -> None:
        self._names: dict[str, str] = {}
        super().__init__(
            app,
            name,
            description=description,
            analytics_reporting=False,
            synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )

    def _allocate_logical_id(self, cfn_element: cdk.CfnElement) -> str:
        path = str(cfn_element.node.path).partition("/")[2]
        words = [_OF_RULE.sub(r"\1", _SAID.get(one, one)) for one in path.split("/") if one not in _LEFT_OUT]
        name = re.sub(r"[^A-Za-z0-9]", "", "".join(words))
        # Two paths may give the same name: CDK's own has a digest for that.
        return name if self._names.setdefault(name, path) == path else str(super()._allocate_logical_id(cfn_element))

    def name_parameter(self, name: str, told: str) -> str:
        """The value of a new parameter for a table's name."""
        return cdk.CfnParameter(
            self,
            name,
            description=told,
            allowed_pattern=_TABLE_NAME,
            constraint_description="A table's name has 3 to 255 letters, digits, underscores, dots and dashes.",
        ).value_as_string

    def key_parameter(self, name: str, told: str) -> str:
        """The value of a new parameter for a key's ARN."""
        return cdk.CfnParameter(
            self,
            name,
            description=told,
            allowed_pattern="arn:[a-z-]+:kms:.+:key/.+",
            constraint_description="It is the ARN of a key, not of an alias.",
        ).value_as_string


def add_state(app: cdk.App, version: str) -> cdk.Stack:
    """A stack with the two tables of the state, which stay when it is deleted."""
    stack = PlainStack(app, STATE_STACK, f"The history of migrations of DynamoDB tables (dynamigrate {version})")
    state = MigrationState(stack, "State")
    for name, table, told in (
        ("MigrationsTable", state.table, "The table with an item for each migration that ran"),
        ("LockTable", state.lock_table, "The table with the lock, and the history of runs"),
    ):
        cdk.CfnOutput(stack, name, value=table.table_name, description=told)
    return stack


def add_migrations(app: cdk.App, wanted: Wanted, version: str) -> Migrations:
    """
    A stack with the function, and all that belongs to it.

    Raises:
        SynthError, MigrationsError: As of `Migrations`.
    """
    stack = PlainStack(app, BEFORE, f"Migrations of DynamoDB tables, run by each deploy (dynamigrate {version})")
    deploy_id, app_version = _deploy_parameters(stack)
    migrations = Migrations(
        stack,
        PATH,
        migrations=wanted.folder,
        state=_state(stack, wanted),
        tables=_tables(stack, wanted),
        params=wanted.params,
        requirements=wanted.requirements,
        deploy_id=deploy_id,
        app_version=app_version,
        architecture=lambda_.Architecture.X86_64 if wanted.architecture == "x86_64" else lambda_.Architecture.ARM_64,
        memory_size=wanted.memory,
        run_limit=_duration(wanted.run_limit),
        timeout=cdk.Duration.seconds(wanted.timeout),
        check_limit=_duration(wanted.check_limit),
        runtime=None
        if wanted.runtime is None
        else lambda_.Runtime(f"python{wanted.runtime}", lambda_.RuntimeFamily.PYTHON),
        out_of_order=wanted.out_of_order,
        missing=wanted.missing,
        changed=wanted.changed,
        on_failure=wanted.on_failure,
        restore_point=wanted.restore_point,
        log_level=wanted.log_level,
        dashboard=wanted.dashboard,
        alarm_topic=_alarm_topic(stack) if wanted.alarms else None,
        events=wanted.events,
        tracing=wanted.tracing,
    )
    _tell_name(migrations)
    if migrations.dashboard is not None:
        _name_for_stack(migrations.dashboard)
    return migrations


def add_after(app: cdk.App, migrations: Migrations, version: str) -> AfterMigrations:
    """A stack with the function of the phase after the application's deploy."""
    told = f"Migrations of DynamoDB tables, run once the application is deployed (dynamigrate {version})"
    after = AfterMigrations(PlainStack(app, AFTER, told), AFTER_PATH, migrations=migrations)
    _tell_name(after)
    return after


def _alarm_topic(stack: PlainStack) -> sns.ITopic:
    """Without one, alarms would tell nobody."""
    parameter = cdk.CfnParameter(
        stack,
        "AlarmTopicArn",
        description="The SNS topic, in the Region of the stack, that is told of alarms, with the command to type",
        allowed_pattern="arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}",
        constraint_description="It is the ARN of a topic.",
    )
    return sns.Topic.from_topic_arn(stack, "AlarmTopic", parameter.value_as_string)


def _deploy_parameters(stack: PlainStack) -> tuple[str, str]:
    deploy_id = cdk.CfnParameter(
        stack,
        "DeployId",
        description="A new one with each deploy runs what is pending, also where nothing else has changed",
        allowed_pattern=".{1,256}",
    )
    app_version = cdk.CfnParameter(
        stack,
        "AppVersion",
        default="",
        description="Noted with each migration that a deploy runs",
        max_length=256,
    )
    return deploy_id.value_as_string, app_version.value_as_string


def _state(stack: PlainStack, wanted: Wanted) -> MigrationState | None:
    if wanted.state == "function":
        return None
    key = wanted.keys.get(STATE, "") if STATE not in wanted.tables else ""
    return MigrationState.from_table_names(
        stack,
        "State",
        migrations_table_name=stack.name_parameter(
            "MigrationsTable", "The table with an item for each migration that ran"
        ),
        lock_table_name=stack.name_parameter("LockTable", "The table with the lock, and the history of runs"),
        lock_id=wanted.lock_id,
        encryption_key=None if key == "" else _key(stack, "State", key, "the tables of the state"),
    )


def _tables(stack: PlainStack, wanted: Wanted) -> Mapping[str, dynamodb.ITableV2]:
    return {logical: _table(stack, wanted, logical, given) for logical, given in wanted.tables.items()}


def _table(stack: PlainStack, wanted: Wanted, logical: str, given: str | None) -> dynamodb.ITableV2:
    parameter = table_parameter(logical)
    name = given or stack.name_parameter(parameter, f"The table that migrations know as {logical}")
    within = f"Named{parameter}"
    if logical not in wanted.keys:
        return dynamodb.TableV2.from_table_name(stack, within, name)
    key = _key(stack, logical, wanted.keys[logical], f"the table that migrations know as {logical}")
    return dynamodb.TableV2.from_table_attributes(stack, within, table_name=name, encryption_key=key)


def _key(stack: PlainStack, name: str, given: str | None, of: str) -> kms.IKey:
    parameter = key_parameter(name)
    arn = given or stack.key_parameter(parameter, f"The ARN of the customer managed key of {of}")
    return kms.Key.from_key_arn(stack, f"Named{parameter}", arn)


def _tell_name(migrations: Any) -> None:
    """The output by which a script calls the function."""
    cdk.CfnOutput(
        migrations,
        "FunctionName",
        value=migrations.function.function_name,
        description="The function that runs the migrations, and answers commands",
    )


def _name_for_stack(dashboard: cloudwatch.Dashboard) -> None:
    """By its own, all that packages make would be called the same, and an account has one list of dashboards."""
    made = dashboard.node.default_child
    if not isinstance(made, cloudwatch.CfnDashboard):
        raise TypeError(f"{dashboard.node.path} has no resource of its own")
    made.dashboard_name = f"{cdk.Aws.STACK_NAME}-{PATH}-{cdk.Aws.REGION}"


def _duration(seconds: int | None) -> cdk.Duration | None:
    return None if seconds is None else cdk.Duration.seconds(seconds)


def staged_archive(output: Path, name: str) -> Path:
    """The zip file that CDK staged for the object *name*."""
    return output / f"asset.{name}"
