"""
Findings of cdk-nag that stand, each with its reason, so that an app that uses the construct has none from it.

Version 3 reads acknowledgments from CDK's own `Validations`, version 2 from the metadata of resources. An app may have
either, with any CDK, so both are written. The metadata is in the template whether there is a nag or not: what is
deployed must not depend on what is installed where it is synthesized.
"""

from __future__ import annotations

import json
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

_RUNTIME = (
    "The runtime is the Python that synthesizes, because only that one can compile the function's code for it; "
    "or the one that was asked for."
)
_EVERY_RESOURCE = "AwsSolutions-IAM5[Resource::*]"
_EXECUTIONS: Final = "The executions of this one state machine: each is named for a run, when that begins."
_METADATA: Final = "cdk_nag"
# What CDK calls them below the function.
_SETTINGS: Final = "EventInvokeConfig"
# What findings are about: a function's settings for asynchronous calls have some of their own.
_JUDGED: Final = (
    lambda_.CfnFunction,
    lambda_.CfnEventInvokeConfig,
    iam.CfnPolicy,
    sfn.CfnStateMachine,
    events.CfnRule,
)


def acknowledge_function(function: lambda_.Function, *, traced: bool) -> None:
    findings = {
        "AwsSolutions-L1": _RUNTIME,
        "Serverless-LambdaLatestVersion": _RUNTIME,
        "Serverless-LambdaDLQ": "CloudFormation waits for the answer: a call that is dropped fails the deploy.",
    }
    if not traced:
        findings["Serverless-LambdaTracing"] = "It runs once a deploy, and its log has every step with its seconds."
    _acknowledge(function, findings)


def acknowledge_responder(function: lambda_.Function) -> None:
    last = (
        "It answers where another function failed: if it fails too, CloudFormation itself notices that no answer came."
    )
    _acknowledge(
        function,
        {
            "Serverless-LambdaDLQ": last,
            "Serverless-LambdaAsyncFailureDestination": last,
            "Serverless-LambdaTracing": "It runs when the other one died, and its log says all that it did.",
        },
    )


def acknowledge_reader(function: lambda_.Function) -> None:
    """Of a function that only looks."""
    looked = "It changes nothing: where a call of it fails, the next one looks again."
    _acknowledge(
        function,
        {
            "AwsSolutions-L1": _RUNTIME,
            "Serverless-LambdaLatestVersion": _RUNTIME,
            "Serverless-LambdaDLQ": looked,
            "Serverless-LambdaAsyncFailureDestination": looked,
            "Serverless-LambdaTracing": "It looks at two tables, and its log has what went wrong.",
        },
    )


def acknowledge_versions(policy: iam.Policy, resource: str) -> None:
    """Acknowledge the wildcard in *resource*, which stands for the versions of the function."""
    _acknowledge(
        policy,
        {
            _resource(policy, resource): (
                "The versions of this one function: the number of a newer one is only known when it is deployed."
            )
        },
    )


def acknowledge_events(policy: iam.Policy, resource: str) -> None:
    """Acknowledge the wildcard in *resource*, which stands for the parameters that events of CloudFormation wait in."""
    _acknowledge(
        policy,
        {
            _resource(policy, resource): (
                "One parameter for each run, under a path of this state machine's own: its name ends in the run's id."
            )
        },
    )


def acknowledge_machine(machine: sfn.StateMachine) -> None:
    traced = "Its log has every state and when it began, and the function's log every step with its seconds."
    _acknowledge(machine, {"AwsSolutions-SF2": traced, "Serverless-StepFunctionStateMachineXray": traced})


def acknowledge_machine_policy(policy: iam.Policy, executions: str) -> None:
    """Acknowledge the wildcards in what the state machine may do; *executions* stands for its own."""
    _acknowledge(
        policy,
        {
            _EVERY_RESOURCE: (
                "The state machine's log is delivered by CloudWatch Logs, whose permissions for that know no resources."
            ),
            _resource(policy, executions): _EXECUTIONS,
        },
    )


def acknowledge_executions(policy: iam.Policy, executions: str) -> None:
    """Acknowledge the wildcard in *executions*, where the responder reads what one of them was given."""
    _acknowledge(policy, {_resource(policy, executions): _EXECUTIONS})


def acknowledge_rule(rule: events.Rule) -> None:
    _acknowledge(
        rule,
        {
            "Serverless-EventBusDLQ": (
                "An event that does not arrive is tried again for an hour; after that nobody waits for its answer any more."
            )
        },
    )


def acknowledge_schedule(rule: events.Rule) -> None:
    _acknowledge(
        rule,
        {"Serverless-EventBusDLQ": "The next event comes in five minutes: one that does not arrive is not missed."},
    )


def acknowledge_metrics(policy: iam.Policy) -> None:
    _acknowledge(
        policy,
        {
            _EVERY_RESOURCE: (
                "A backfill reads how much of a table others use; CloudWatch knows no resources for reading metrics."
            )
        },
    )


def acknowledge_tracing(policy: iam.Policy) -> None:
    _acknowledge(
        policy,
        {
            _EVERY_RESOURCE: "Lambda sends the function's traces in its role's name, and X-Ray knows no resources for that."
        },
    )


def acknowledge_composite_alarms(policy: iam.Policy) -> None:
    _acknowledge(
        policy,
        {
            _EVERY_RESOURCE: (
                "A backfill waits for a composite alarm, and CloudWatch tells of these only to whoever may read all alarms."
            )
        },
    )


def acknowledge_network(policy: iam.Policy) -> None:
    _acknowledge(
        policy,
        {
            _EVERY_RESOURCE: (
                "Lambda makes the function's network interfaces in its role's name; before that there is none to name."
            )
        },
    )


def acknowledge_indexes(policy: iam.Policy, resources: list[str]) -> None:
    """Acknowledge the wildcards in *resources*, which stand for the indexes of imported tables."""
    _acknowledge(
        policy,
        {
            _resource(policy, resource): (
                "CDK does not know the indexes of a table that it did not make: all of them, but of this table alone."
            )
            for resource in resources
        },
    )


def _resource(policy: iam.Policy, resource: str) -> str:
    """The finding of a wildcard in *resource*."""
    return f"AwsSolutions-IAM5[Resource::{_as_the_nag_writes(Stack.of(policy).resolve(resource))}]"


def _as_the_nag_writes(value: Any) -> str:
    """CloudFormation's *value* in one line; a finding is acknowledged by its exact words."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::ImportValue": name}:
            return _as_the_nag_writes(name)
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_as_the_nag_writes, parts))
        case _:
            return json.dumps(value, separators=(",", ":"))


def _acknowledge(construct: Construct, findings: dict[str, str]) -> None:
    if hasattr(cdk, "Validations"):  # from 2.268 on
        validations = cdk.Validations.of(construct)
        for finding, reason in findings.items():
            validations.acknowledge(cdk.Acknowledgment(id=finding, reason=reason))
    rules = [_as_version_2_reads(finding, reason) for finding, reason in findings.items()]
    for resource in _judged(construct) if rules else ():
        earlier = (resource.get_metadata(_METADATA) or {}).get("rules_to_suppress", [])
        resource.add_metadata(_METADATA, {"rules_to_suppress": [*earlier, *rules]})


def _judged(construct: Construct) -> list[cdk.CfnResource]:
    """The resources that *construct* is made of; of a function its settings for asynchronous calls, too."""
    # To look through all below it would load the Python of S3, for the function's code: a third of a second of each synth.
    parts = (construct, construct.node.try_find_child(_SETTINGS))
    found = [None if part is None else part.node.default_child for part in parts]
    return [one for one in found if isinstance(one, _JUDGED)]


def _as_version_2_reads(finding: str, reason: str) -> dict[str, Any]:
    rule, bracket, rest = finding.partition("[")
    return {"id": rule, "reason": reason} | ({"applies_to": [rest.removesuffix("]")]} if bracket else {})
