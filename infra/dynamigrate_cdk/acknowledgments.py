"""Findings of cdk-nag that stand, each with its reason, so that an app that uses the construct has none from it."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

_RUNTIME = (
    "The runtime is the Python that synthesizes, because only that one can compile the function's code for it; "
    "or the one that was asked for."
)


def acknowledge_function(function: lambda_.Function) -> None:
    _acknowledge(
        function,
        {
            "AwsSolutions-L1": _RUNTIME,
            "Serverless-LambdaLatestVersion": _RUNTIME,
            "Serverless-LambdaDLQ": "CloudFormation waits for the answer: a call that is dropped fails the deploy.",
            "Serverless-LambdaAsyncFailureDestination": "The same: CloudFormation itself notices that no answer came.",
            "Serverless-LambdaTracing": "It runs once a deploy, and its log has every step with its seconds.",
        },
    )


def acknowledge_network(policy: iam.Policy) -> None:
    _acknowledge(
        policy,
        {
            "AwsSolutions-IAM5[Resource::*]": (
                "Lambda makes the function's network interfaces in its role's name; before that there is none to name."
            )
        },
    )


def _acknowledge(construct: lambda_.Function | iam.Policy, findings: dict[str, str]) -> None:
    validations = Validations.of(construct)
    for finding, reason in findings.items():
        validations.acknowledge(Acknowledgment(id=finding, reason=reason))
