"""Where an operator does something about a history, and how it is typed there."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote

from ...next_step import Command

# The consoles of AWS's partitions.
_CONSOLES: Final = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
# What the command line calls commands otherwise; a test holds these to its own wording.
_TYPED: Final = {"migrate": "up"}
# The id of a construct where nobody chose another one.
_USUAL: Final = "Migrations"


@dataclass(frozen=True, kw_only=True)
class Place:
    """
    Attributes:
        function: The name of the function that migrates.
        stack: The name of its stack; empty: not known.
        construct: The path of the construct in it; empty: the usual one.
        log_group: The name of its log; empty: not known.
    """

    partition: str
    region: str
    account: str
    function: str
    stack: str = ""
    construct: str = ""
    log_group: str = ""

    @classmethod
    def of(cls, function_arn: str, *, stack: str = "", history: str = "", log_group: str = "") -> Self:
        """
        Of ``arn:aws:lambda:<region>:<account>:function:<name>``.

        Args:
            history: As metrics call it: the stack's name, and the path of the construct in it.
        """
        construct = history.removeprefix(f"{stack}/") if stack and history.startswith(f"{stack}/") else ""
        _, partition, _, region, account, _, function, *_ = [*function_arn.split(":"), *[""] * 7][:8]
        return cls(
            partition=partition or "aws",
            region=region,
            account=account,
            function=function,
            stack=stack,
            construct="" if construct == _USUAL else construct,
            log_group=log_group,
        )

    @property
    def function_url(self) -> str:
        """Its console's page on which test events are sent."""
        return f"{self._console}/lambda/home?region={self.region}#/functions/{quote(self.function)}?tab=testing"

    @property
    def log_url(self) -> str:
        """Of the log, newest stream first; empty: it is not known."""
        if not self.log_group:
            return ""
        # CloudWatch's console has a percent sign as ``$25``.
        name = quote(self.log_group, safe="").replace("%", "$25")
        return f"{self._console}/cloudwatch/home?region={self.region}#logsV2:log-groups/log-group/{name}"

    @property
    def _console(self) -> str:
        return f"https://{self.region}.{_CONSOLES.get(self.partition, _CONSOLES['aws'])}"

    def ways(self, command: Command) -> tuple[str, ...]:
        """How *command* is given: in the console, by the AWS CLI, and by the command line of this library."""
        event = str(command)
        # Versions 1 and 2 take this alike.
        invoked = (
            f"echo {shlex.quote(event)} | aws lambda invoke --region {self.region} "
            f"--function-name {self.function} --payload fileb:///dev/stdin /dev/stdout"
        )
        ways = [
            f"In the Lambda console, as a test event of {self.function}:",
            f"    {event}",
            "By the AWS CLI:",
            f"    {invoked}",
        ]
        if self.stack:
            ways += ["By the command line:", f"    {command_line(command, self._options)}"]
        return tuple(ways)

    @property
    def _options(self) -> tuple[str, ...]:
        """By which the command line finds the function, whichever Region it is set to."""
        which = ("--construct", self.construct) if self.construct else ()
        return ("--stack", self.stack, *which, *(("--region", self.region) if self.region else ()))


def command_line(command: Command, options: Sequence[str]) -> str:
    """*command* as the command line has it, with *options* that say where."""
    words = ["dynamigrate", _TYPED.get(command.action, command.action)]
    for name, value in command.arguments.items():
        if name == "migration":
            words.append(str(value))
        elif name != "confirm":
            words += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    return shlex.join([*words, *options])
