"""Where an operator does something about a history, and how it is typed there."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote

from ...commands.command_line import command_line, options_of
from ...next_step import Command

# The consoles of AWS's partitions.
_CONSOLES: Final = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """
    Attributes:
        function: The name of the function that migrates.
        stack: The name of its stack; empty: not known.
        history: The stack's name, and the path of the construct in it; empty: not known.
        log_group: The name of its log; empty: not known.
    """

    partition: str
    region: str
    account: str
    function: str
    stack: str = ""
    history: str = ""
    log_group: str = ""

    @classmethod
    def of(cls, function_arn: str, *, stack: str = "", history: str = "", log_group: str = "") -> Self:
        """
        Of ``arn:aws:lambda:<region>:<account>:function:<name>``.

        Args:
            history: As metrics call it: the stack's name, and the path of the construct in it.
        """
        _, partition, _, region, account, _, function, *_ = [*function_arn.split(":"), *[""] * 7][:8]
        return cls(
            partition=partition or "aws",
            region=region,
            account=account,
            function=function,
            stack=stack,
            history=history,
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
        # A stack may have several histories: its name alone need not find this one. Nor need the Region be the one that
        # the command line is set to.
        if options := options_of(self.history or self.stack):
            region = ("--region", self.region) if self.region else ()
            ways += ["By the command line:", f"    {command_line(command.event(), (*options, *region))}"]
        return tuple(ways)
