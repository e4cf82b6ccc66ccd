"""What function, responder and state machine have to agree on for runs that one invocation has no time for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from dynamigrate.contract import GRACE_SECONDS, Env

from ..props.options import Options
from .permissions import long_run_statements, words_and_mark

# Ids of what makes the state machines, and of the machine in each.
LONG_RUNS: Final = "LongRuns"
DETACHED: Final = "Detached"
MACHINE: Final = "Machine"
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
        machine_name: What the machine is made with.
        limit_seconds: How long a run may take in all.
        execution_seconds: How long an execution may take. It begins when the first invocation's time is up.
    """

    stack: cdk.Stack
    machine_name: str
    final_name: str
    limit_seconds: int
    execution_seconds: int

    @classmethod
    def of(cls, scope: Construct, options: Options) -> Self | None:
        """Those of *scope*; None: a run ends with the function's time."""
        if (limit := options.run_limit_seconds) is None:
            return None
        name = machine_name(scope)
        return cls(
            cdk.Stack.of(scope),
            name,
            final_name(scope, LONG_RUNS, name),
            limit,
            limit - options.timeout_seconds + GRACE_SECONDS,
        )

    @property
    def wait_seconds(self) -> int:
        """Until a run has ended, or its execution was ended."""
        return self.limit_seconds + GRACE_SECONDS

    @property
    def machine_arn(self) -> str:
        """Not a reference to the machine, which would be a cycle."""
        return machine_arn(self.stack, self.final_name)

    @property
    def executions_arn(self) -> str:
        """All of the machine's executions, which have the ids of runs as their names."""
        return executions_arn(self.stack, self.final_name)

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


def final_name(scope: Construct, child: str, name: str) -> str:
    """
    The name that the state machine has by the end of synth: an aspect of the team's may give it another than *name*.

    Args:
        child: The id in *scope* of the construct that makes the machine.
    """
    return cdk.Lazy.uncached_string(_FinalName(scope, child, name))


@jsii.implements(cdk.IStringProducer)
class _FinalName:
    def __init__(self, scope: Construct, child: str, name: str) -> None:
        self._scope, self._child, self._name = scope, child, name
        self._resource: sfn.CfnStateMachine | None = None

    def produce(self, context: cdk.IResolveContext) -> str:
        if self._resource is None:
            self._resource = self._found()
        renamed = None if self._resource is None else self._resource.state_machine_name
        return renamed or self._name

    def _found(self) -> sfn.CfnStateMachine | None:
        """None: it is not made yet."""
        made = self._scope.node.try_find_child(self._child)
        machine = None if made is None else made.node.try_find_child(MACHINE)
        resource = None if machine is None else machine.node.default_child
        return resource if isinstance(resource, sfn.CfnStateMachine) else None


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
