"""What the stack says of itself: for operators, and for whoever reads what the last deploy said."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from dynamigrate.contract import Result


def add_outputs(
    scope: Construct, resource: cdk.CustomResource, function: lambda_.IFunction, machine: sfn.StateMachine | None
) -> None:
    """Make the outputs, as children of *scope*."""
    cdk.CfnOutput(
        scope,
        "Warnings",
        value=resource.get_att_string(Result.WARNINGS.value),
        description="What the last deploy's migrations went on in spite of: applied ones that were changed since",
    )
    cdk.CfnOutput(
        scope,
        "StatusCommand",
        value=status_command(function),
        description="What ran, what is pending, who holds the lock; other commands have the same form",
    )
    if machine is not None:
        cdk.CfnOutput(
            scope,
            "Invocations",
            value=resource.get_att_string(Result.INVOCATIONS.value),
            description="How many the last deploy's run took: more than one, where it went on in the state machine",
        )
        cdk.CfnOutput(
            scope,
            "StateMachine",
            value=machine.state_machine_arn,
            description="Where a run goes on that takes longer than one invocation; the run's id names its execution",
        )


def status_command(function: lambda_.IFunction) -> str:
    """
    The command that asks *function* for its status, for a POSIX shell and for the AWS CLI 1 and 2 alike.

    Version 2 takes a payload for base64 unless told otherwise by an option that version 1 does not have; both take
    what comes by ``fileb://`` as it is.
    """
    region = cdk.Stack.of(function).region
    return (
        f"""echo '{{"action": "status"}}' | aws lambda invoke --region {region} """
        f"--function-name {function.function_name} --payload fileb:///dev/stdin /dev/stdout"
    )
