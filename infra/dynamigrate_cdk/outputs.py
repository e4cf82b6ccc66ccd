"""What the stack says of itself: for operators, and for whoever reads what the last deploy said."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from dynamigrate.contract import Result

from .console import Console
from .machinery.function import MigrationsFunction


def add_outputs(scope: Construct, resource: cdk.CustomResource, made: MigrationsFunction, console: Console) -> None:
    """Make the outputs, as children of *scope*."""

    def say(name: str, value: str, description: str) -> None:
        cdk.CfnOutput(scope, name, value=value, description=description)

    say("Current", resource.get_att_string(Result.STANDS_AT.value), "The newest migration that is applied")
    say(
        "Counts",
        resource.get_att_string(Result.COUNTS.value),
        "How many migrations were in which state when the last deploy's run had ended",
    )
    say(
        "Warnings",
        resource.get_att_string(Result.WARNINGS.value),
        "What the last deploy's migrations went on in spite of: applied ones that were changed since",
    )
    say(
        "StatusCommand",
        status_command(made.function),
        "What ran, what is pending, who holds the lock; other commands have the same form",
    )
    say("LogPage", console.log(made.log_group), "The log of all runs, in the console")
    if made.machine is not None:
        say(
            "Invocations",
            resource.get_att_string(Result.INVOCATIONS.value),
            "How many the last deploy's run took: more than one, where it went on in the state machine",
        )
        say(
            "StateMachine",
            made.machine.machine.state_machine_arn,
            "Where a run goes on that takes longer than one invocation; the run's id names its execution",
        )
        say("StateMachinePage", console.machine(made.machine.machine), "The same, in the console")
    if made.detached_machine is not None:
        say(
            "DetachedRunsPage",
            console.machine(made.detached_machine.machine),
            "Where detached migrations go on, in the console",
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
