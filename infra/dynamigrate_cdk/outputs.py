"""The command that an operator copies from the stack's outputs."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_


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
