"""What the function may do on its own account: keep its state, and look at its stack."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from dynamigrate.contract.grants import ALARMS_ACTION, CREATE_ACTION, HISTORY_ACTIONS, LOCK_ACTIONS, STACK_ACTION

from ..ascii_text import in_ascii

_RESPONDER_ACTIONS: Final = ("dynamodb:DeleteItem", "dynamodb:GetItem")
# By which it asks a run to stop whose state machine has ended.
_STOP_ACTION: Final = "dynamodb:UpdateItem"
# CloudFormation's event, while a run that it waits for goes on.
_EVENT_ACTIONS: Final = ("ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter")
_ANSWER_ACTIONS: Final = ("ssm:DeleteParameter", "ssm:GetParameter")
# "IAM policies for using Distributed Map states" in Step Functions' developer guide has these, on executions of the
# machine itself.
_FLEET_ACTIONS: Final = ("states:DescribeExecution", "states:StopExecution")
# "Logging using CloudWatch Logs" in Step Functions' developer guide has this list; none of them knows resources.
_LOG_DELIVERY_ACTIONS: Final = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)

# By "IAM policy elements: variables and tags" these stand for themselves so.
_WILDCARDS: Final = re.compile(r"[*?$]")
# The interfaces do not exist yet, so there is nothing to name.
_NETWORK_ACTIONS: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


def state_statements(
    table: dynamodb.ITableV2, lock_table: dynamodb.ITableV2, *, create: bool
) -> list[iam.PolicyStatement]:
    """
    What it takes to keep the state in these tables.

    Args:
        create: Whether the function makes the tables.
    """
    extra = [CREATE_ACTION] if create else []
    return [
        iam.PolicyStatement(actions=[*HISTORY_ACTIONS, *extra], resources=[table.table_arn]),
        iam.PolicyStatement(actions=[*LOCK_ACTIONS, *extra], resources=[lock_table.table_arn]),
    ]


def responder_statements(
    lock_table: dynamodb.ITableV2, stack: Stack, events_arn: str | None
) -> list[iam.PolicyStatement]:
    """
    What the responder needs to see whose the lock is and free it, and to tell an update from a rollback.

    Args:
        events_arn: The parameters with CloudFormation's events; None: there are no long runs.
    """
    extra = [] if events_arn is None else [_STOP_ACTION]
    statements = [
        iam.PolicyStatement(actions=[*_RESPONDER_ACTIONS, *extra], resources=[lock_table.table_arn]),
        stack_statement(stack),
    ]
    if events_arn is not None:
        statements.append(iam.PolicyStatement(actions=list(_ANSWER_ACTIONS), resources=[events_arn]))
    return statements


def long_run_statements(machine_arn: str, events_arn: str) -> list[iam.PolicyStatement]:
    """What it takes to have a run go on in the state machine, and to answer CloudFormation at its end."""
    return [
        start_statement(machine_arn),
        iam.PolicyStatement(actions=list(_EVENT_ACTIONS), resources=[events_arn]),
    ]


def start_statement(machine_arn: str) -> iam.PolicyStatement:
    """What it takes to start the state machine."""
    return iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine_arn])


def stop_statement(lock_table: dynamodb.ITableV2) -> iam.PolicyStatement:
    """What the responder needs to ask a run to stop whose state machine has ended."""
    return iam.PolicyStatement(actions=[_STOP_ACTION], resources=[lock_table.table_arn])


def machine_statements(*functions: str, machine_arn: str, executions_arn: str) -> list[iam.PolicyStatement]:
    """What the state machine does: call these functions, have a fleet's workers beside it, and write its log."""
    return [
        iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=list(functions)),
        iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine_arn]),
        iam.PolicyStatement(actions=list(_FLEET_ACTIONS), resources=[executions_arn]),
        iam.PolicyStatement(actions=list(_LOG_DELIVERY_ACTIONS), resources=["*"]),
    ]


def machine_key_statements(key: kms.IKey, stack: Stack, *machine_arns: str) -> list[iam.PolicyStatement]:
    """What the state machine needs with the key that it and its log are encrypted with."""
    # "Data at rest encryption in Step Functions" in its developer guide has these, with these conditions.
    all_logs = stack.format_arn(service="logs", resource="*", arn_format=ArnFormat.NO_RESOURCE_NAME)
    return [
        iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key.key_arn],
            conditions={"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": list(machine_arns)}},
        ),
        iam.PolicyStatement(
            actions=["kms:GenerateDataKey"],
            resources=[key.key_arn],
            conditions={"StringEquals": {"kms:EncryptionContext:SourceArn": all_logs}},
        ),
    ]


def executions_statement(executions_arn: str) -> iam.PolicyStatement:
    """What it takes to read what an execution was given, and how it ended, where no event tells it."""
    return iam.PolicyStatement(actions=["states:DescribeExecution"], resources=[executions_arn])


def stack_statement(stack: Stack) -> iam.PolicyStatement:
    """What it takes to tell an update from a rollback, which CloudFormation's event does not."""
    return iam.PolicyStatement(actions=[STACK_ACTION], resources=[stack.stack_id])


def log_statement(log_group: logs.ILogGroup) -> iam.PolicyStatement:
    """What writing to *log_group* takes: as its own grant has it, in a policy of one's own."""
    return iam.PolicyStatement(
        actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn]
    )


def metrics_statement() -> iam.PolicyStatement:
    """What it takes to see what others use of a table while a backfill rewrites it."""
    # By "Actions, resources, and condition keys for Amazon CloudWatch" this action knows no resources and no
    # conditions.
    return iam.PolicyStatement(actions=["cloudwatch:GetMetricData"], resources=["*"])


def alarms_statement(stack: Stack, names: Sequence[str]) -> iam.PolicyStatement:
    """What it takes to see in which state metric alarms of those names are, in the stack's account and Region."""
    return alarm_statement(
        *(
            stack.format_arn(
                service="cloudwatch",
                resource="alarm",
                resource_name=_WILDCARDS.sub(r"${\g<0>}", name),
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for name in names
        )
    )


def alarm_statement(*resources: str) -> iam.PolicyStatement:
    """What it takes to see in which state these alarms are."""
    return iam.PolicyStatement(actions=[ALARMS_ACTION], resources=list(resources))


def bus_statement(stack: Stack) -> iam.PolicyStatement:
    """What it takes to send events to the default bus."""
    bus = stack.format_arn(service="events", resource="event-bus", resource_name="default")
    return iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus])


def tracing_statement() -> iam.PolicyStatement:
    """What Lambda sends a function's traces with, in its role's name."""
    # By "Actions, resources, and condition keys for AWS X-Ray" these know no resources.
    return iam.PolicyStatement(actions=["xray:PutTelemetryRecords", "xray:PutTraceSegments"], resources=["*"])


def network_statement() -> iam.PolicyStatement:
    """What Lambda does in the role's name for a function in a VPC."""
    return iam.PolicyStatement(actions=list(_NETWORK_ACTIONS), resources=["*"])


def state_table_names(scope: Construct) -> tuple[str, str]:
    """
    Names for the two tables that the function makes: the same on every deploy, and no other app's.

    They come from the stack's name and the construct's path in it, so renaming either begins an empty history.
    """
    words, mark = words_and_mark(scope)
    words = re.sub(r"[^A-Za-z0-9_.-]+", "-", words)[:200].strip("-")
    return f"{words}-{mark}-migrations", f"{words}-{mark}-migrations-lock"


def history_name(scope: Construct) -> str:
    """What metrics and events call the history of a `Migrations`: its stack's name, and its path in that."""
    stack = _deployed_stack(scope)
    # A dimension of CloudWatch's takes nothing but ASCII.
    return in_ascii(f"{stack.stack_name}/{scope.node.path.removeprefix(stack.node.path).strip('/')}")


def words_and_mark(scope: Construct) -> tuple[str, str]:
    """What stack and construct are called, as it is, and a mark that tells apart what may give the same name."""
    stack = _deployed_stack(scope)
    path = scope.node.path.removeprefix(stack.node.path).strip("/")
    return f"{stack.stack_name}-{path}", hashlib.sha256(f"{stack.stack_name}\0{path}".encode()).hexdigest()[:8]


def _deployed_stack(scope: Construct) -> Stack:
    """The outermost stack: the name of a nested one is only known when it is deployed."""
    stack = Stack.of(scope)
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    return stack
