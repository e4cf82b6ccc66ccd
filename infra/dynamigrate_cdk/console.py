"""Addresses of pages in the AWS console."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

# "Service endpoints" in the user guides of the partitions: each has a console of its own.
_DOMAIN: Final = "console.aws.amazon.com"
_DOMAINS: Final = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
_REGIONS: Final = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


class Console:
    """
    The console of the partition and Region of *scope*'s stack.

    Where the stack does not know its Region, the template finds the partition when it is deployed, by conditions that are
    made as children of *scope*.
    """

    def __init__(self, scope: Construct) -> None:
        self._region = cdk.Stack.of(scope).region
        self._domain = _domain(scope, self._region)

    def log(self, group: logs.ILogGroup) -> str:
        """The log group's page."""
        name = group.log_group_name if _is_unnamed(group) else _twice_quoted(group.log_group_name)
        return self._page("cloudwatch", f"logsV2:log-groups/log-group/{name}")

    def dashboard(self, name: str) -> str:
        """The page of the dashboard of that name."""
        return self._page("cloudwatch", f"dashboards/dashboard/{name}")

    def function(self, function: lambda_.IFunction) -> str:
        """The function's page, where it can be tested."""
        return self._page("lambda", f"/functions/{function.function_name}?tab=testing")

    def machine(self, machine: sfn.IStateMachine) -> str:
        """The state machine's page, with its executions."""
        return self._page("states", f"/v2/statemachines/view/{machine.state_machine_arn}")

    def stack(self, name: str) -> str:
        """The list of stacks, narrowed down to those whose name has *name* in it."""
        return self._page("cloudformation", f"/stacks?filteringText={quote(name)}")

    def _page(self, service: str, fragment: str) -> str:
        return f"https://{self._domain}/{service}/home?region={self._region}#{fragment}"


def _domain(scope: Construct, region: str) -> str:
    if not cdk.Token.is_unresolved(region):
        partition = next((one for start, one in _REGIONS.items() if region.startswith(start)), "")
        return _DOMAINS.get(partition, _DOMAIN)
    found = _DOMAIN
    for name, (partition, domain) in zip(("InChina", "InGovCloud"), _DOMAINS.items(), strict=True):
        condition = cdk.CfnCondition(scope, name, expression=cdk.Fn.condition_equals(cdk.Aws.PARTITION, partition))
        found = cdk.Fn.condition_if(condition.logical_id, domain, found).to_string()
    return found


def _is_unnamed(group: logs.ILogGroup) -> bool:
    """Whether CloudFormation names it: with letters, digits and dashes."""
    made = group.node.default_child
    return isinstance(made, logs.CfnLogGroup) and cdk.Stack.of(made).resolve(made.log_group_name) is None


def _twice_quoted(name: str) -> str:
    """
    A log group's name as the console has it in addresses: quoted twice, each ``%`` of that as ``$``.

    Of what a name may hold, that changes slashes and hashes alone, which CloudFormation replaces where the name is only
    known to it.
    """
    quoted = {"/": "$252F", "#": "$2523"}
    for character, other in quoted.items():
        if cdk.Token.is_unresolved(name):
            name = cdk.Fn.join(other, cdk.Fn.split(character, name))
        else:
            name = name.replace(character, other)
    return name
