"""The functions that a stack has, found by the outputs that the construct makes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dynamigrate.contract import Env

from ..aws import Aws
from ..faults import Fault, UsedWrongly

# Of an output: the construct's path without its slashes, the output's own name, and, unless it is from
# `dynamigrate package`, CDK's hash of the path.
_OUTPUT: Final = re.compile(r"^(.*)StatusCommand(?:[0-9A-F]{8})?$")
_FUNCTION: Final = re.compile(r"--function-name (\S+)")


@dataclass(frozen=True, kw_only=True)
class Function:
    """
    A deployed function.

    Attributes:
        timeout: Seconds that it may run.
        log_group: Where its lines are.
        environment: Its variables.
    """

    name: str
    stack: str
    timeout: float
    log_group: str
    environment: Mapping[str, str]

    def texts(self, variable: Env) -> dict[str, str]:
        """A table of texts that the construct gave it."""
        try:
            value = json.loads(self.environment.get(variable) or "{}")
        except ValueError:
            return {}
        return {str(name): str(one) for name, one in value.items()} if isinstance(value, dict) else {}

    def numbers(self, variable: Env) -> dict[str, float]:
        """A table of numbers that the construct gave it."""
        return {name: float(one) for name, one in self.texts(variable).items()}


def find_function(aws: Aws, stack: str, construct: str) -> Function:
    """
    The function that *stack* deployed.

    Args:
        construct: Which `Migrations` of the stack, by its id or path; empty: the only one.

    Raises:
        Fault: There is no such stack, it has no such construct or more than one, or AWS could not be asked.
    """
    names = _functions(aws, stack)
    if construct:
        wanted = re.sub(r"\W", "", construct)
        if wanted not in names:
            raise UsedWrongly(
                f"Stack {stack} has no Migrations construct {construct}.",
                f"It has {_choices(names)}; nothing was done.",
                kind="NoSuchConstruct",
            )
        return _configured(aws, stack, names[wanted])
    if len(names) > 1:
        raise UsedWrongly(
            f"Stack {stack} has {len(names)} Migrations constructs: {', '.join(sorted(names))}.",
            f"Say which: {_choices(names)}. Nothing was done.",
            kind="SeveralConstructs",
        )
    return _configured(aws, stack, next(iter(names.values())))


def _functions(aws: Aws, stack: str) -> dict[str, str]:
    """Function names by what CDK makes of their construct's path."""
    outputs = _described(aws, stack).get("Outputs", [])
    found: dict[str, str] = {}
    for output in outputs:
        key, function = _OUTPUT.match(output["OutputKey"]), _FUNCTION.search(output.get("OutputValue", ""))
        if key and function:
            found[key[1]] = function[1]
    if not found:
        raise Fault(
            f"Stack {stack} in {aws.place} has no Migrations construct: none of its outputs is a StatusCommand.",
            "Name the stack that has it, deploy it with the construct, or use --table and --lock-table instead.",
            kind="NoConstruct",
        )
    return found


def _described(aws: Aws, stack: str) -> dict[str, Any]:
    from botocore.exceptions import ClientError

    with aws.explained(f"read stack {stack}"):
        try:
            stacks = aws.asking_client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            stacks = []
    if stacks:
        return dict(stacks[0])
    raise Fault(
        f"There is no stack {stack} in {aws.place}.",
        "Check its name (`cdk list`), and give --region and --profile where it was deployed elsewhere.",
        kind="NoSuchStack",
    )


def _configured(aws: Aws, stack: str, name: str) -> Function:
    with aws.explained(f"read the settings of function {name}"):
        found = aws.asking_client("lambda").get_function_configuration(FunctionName=name)
    logs = found.get("LoggingConfig") or {}
    return Function(
        name=name,
        stack=stack,
        timeout=float(found.get("Timeout") or 900),
        log_group=logs.get("LogGroup") or f"/aws/lambda/{name}",
        environment=(found.get("Environment") or {}).get("Variables") or {},
    )


def _choices(names: Mapping[str, str]) -> str:
    return " or ".join(f"--construct {name}" for name in sorted(names))
