"""What the team asks of every stack."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from aws_cdk import aws_logs as logs
from constructs import IConstruct


@jsii.implements(cdk.IAspect)
class LogsHaveAnEnd:
    """A log group that is kept for ever is an error."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, logs.CfnLogGroup) and node.retention_in_days is None:
            cdk.Annotations.of(node).add_error("This log is kept for ever. Give it a retention.")
