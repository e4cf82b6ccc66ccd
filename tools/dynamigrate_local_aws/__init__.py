"""
An AWS embedded on this machine's loopback, for the demo and the tests: MiniStack, driven by the real CDK CLI.

    with LocalAws.start() as aws:
        aws.bootstrap()
        result = aws.cdk("deploy", "--all", "--require-approval", "never", cwd=project)
"""

from .aws import LocalAws, Sender
from .cdk import CdkResult
from .process import GuardedProcess

__all__ = ["CdkResult", "GuardedProcess", "LocalAws", "Sender"]
