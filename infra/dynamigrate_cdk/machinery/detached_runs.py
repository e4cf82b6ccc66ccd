"""What function, responder and state machine have to agree on for detached migrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from dynamigrate.contract import Env
from dynamigrate.contract.choices import Phase
from dynamigrate.contract.manifest import Manifest

from .long_runs import DETACHED, final_name, machine_arn, machine_name
from .permissions import start_statement

_SUFFIX = "-d"


@dataclass(frozen=True)
class DetachedRuns:
    """
    Of a folder with a file of this phase that says ``detached``. Others have none, and no second state machine.

    As for other long runs, the machine's name is made here, so that the function can name it.
    """

    stack: cdk.Stack
    machine_name: str
    final_name: str

    @classmethod
    def of(cls, scope: Construct, manifest: Manifest, phase: Phase) -> Self | None:
        """Those of *scope*; None: no migration of that phase is detached."""
        if not any(one.detached and (one.phase or "before") == phase for one in manifest.migrations):
            return None
        name = machine_name(scope, suffix=_SUFFIX)
        return cls(cdk.Stack.of(scope), name, final_name(scope, DETACHED, name))

    @property
    def machine_arn(self) -> str:
        """Not a reference to the machine, which would be a cycle."""
        return machine_arn(self.stack, self.final_name)

    @property
    def environment(self) -> dict[Env, str]:
        return {Env.DETACHED_MACHINE_ARN: self.machine_arn}

    def statements(self) -> list[iam.PolicyStatement]:
        """What the function needs for them."""
        return [start_statement(self.machine_arn)]
