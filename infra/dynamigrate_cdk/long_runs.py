"""What function, responder and state machine have to agree on for runs that one invocation has no time for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from dynamigrate.contract import GRACE_SECONDS, Env

from .options import Options
from .permissions import long_run_statements, words_and_mark

# Step Functions takes names of 80 characters; the stack's own id has 36, the mark 8, and dashes are between them.
_LONGEST_WORDS: Final = 80 - 36 - 8 - 2
# How long CloudFormation's call may wait in Lambda's queue. Less than without a machine: with the longest run, the grace,
# the responder and some seconds to spare, it makes up the hour that CloudFormation waits.
MAX_QUEUE_AGE: Final = cdk.Duration.minutes(2)
# How long the responder's may: the deploy waits for it, however late it is.
MAX_ANSWER_AGE: Final = cdk.Duration.hours(1)


@dataclass(frozen=True)
class LongRuns:
    """
    The state machine's name is made here, so that the function can name the machine, which names the function.

    No two machines of an account have the same one: the stack's own id, which no other stack ever has, is in it.

    Attributes:
        limit_seconds: How long a run may take in all.
        execution_seconds: How long an execution may take. It begins when the first invocation's time is up.
    """

    stack: cdk.Stack
    machine_name: str
    limit_seconds: int
    execution_seconds: int

    @classmethod
    def of(cls, scope: Construct, options: Options) -> Self | None:
        """Those of *scope*; None: a run ends with the function's time."""
        if (limit := options.run_limit_seconds) is None:
            return None
        return cls(cdk.Stack.of(scope), machine_name(scope), limit, limit - options.timeout_seconds + GRACE_SECONDS)

    @property
    def wait_seconds(self) -> int:
        """Until a run has ended, or its execution was ended."""
        return self.limit_seconds + GRACE_SECONDS

    @property
    def machine_arn(self) -> str:
        """Not a reference to the machine, which would be a cycle."""
        return machine_arn(self.stack, self.machine_name)

    @property
    def executions_arn(self) -> str:
        """All of the machine's executions, which have the ids of runs as their names."""
        return executions_arn(self.stack, self.machine_name)

    @property
    def events_path(self) -> str:
        return f"/dynamigrate/{self.machine_name}/"

    @property
    def events_arn(self) -> str:
        """All parameters under `events_path`."""
        return self.stack.format_arn(
            service="ssm", resource="parameter", resource_name=f"{self.events_path.removeprefix('/')}*"
        )

    @property
    def environment(self) -> dict[Env, str]:
        return {
            Env.MACHINE_ARN: self.machine_arn,
            Env.RUN_LIMIT_SECONDS: str(self.limit_seconds),
            Env.EVENTS_PATH: self.events_path,
        }

    def statements(self) -> list[iam.PolicyStatement]:
        """What the function needs for them."""
        return long_run_statements(self.machine_arn, self.events_arn)


def machine_name(scope: Construct, *, suffix: str = "") -> str:
    """The name of a state machine of *scope*'s; *suffix* tells one from another."""
    words, mark = words_and_mark(scope)
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", words)[: _LONGEST_WORDS - len(suffix)].strip("-")
    # arn:aws:cloudformation:<region>:<account>:stack/<name>/<id>
    own_id = cdk.Fn.select(2, cdk.Fn.split("/", cdk.Stack.of(scope).stack_id))
    return f"{words}-{own_id}-{mark}{suffix}"


def machine_arn(stack: cdk.Stack, name: str) -> str:
    """The ARN of the state machine of that name."""
    return stack.format_arn(
        service="states",
        resource="stateMachine",
        resource_name=name,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )


def executions_arn(stack: cdk.Stack, name: str) -> str:
    """All executions of the state machine of that name."""
    return stack.format_arn(
        service="states",
        resource="execution",
        resource_name=f"{name}:*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
