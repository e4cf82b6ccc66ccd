"""What a stack is doing, which CloudFormation's event does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from .world import World


@dataclass(frozen=True)
class Stack:
    """
    What is known of a stack.

    Attributes:
        rolling_back: Whether it rolls back; False where that is not known.
        stays: Whether a failure leaves everything as it is, as with ``--no-rollback``.
        unknown: That neither could be read, in words; else empty.
    """

    rolling_back: bool = False
    stays: bool = False
    unknown: str = ""

    @classmethod
    def of(cls, event: Mapping[str, Any], world: World) -> Self:
        """The stack of CloudFormation's *event*. Never raises: an answer is due all the same."""
        try:
            # If it is asked about no stack in particular, CloudFormation answers with all of them.
            name = str(event["StackId"]) or "none"
            stack = world.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            return cls(rolling_back="ROLLBACK" in stack["StackStatus"], stays=stack.get("DisableRollback") is True)
        except Exception as error:  # noqa: BLE001 - never raised, as promised
            why = type(error).__name__
            told = f"Whether the stack is rolling back could not be read ({why})."
            world.log("WARNING", "stack.status_unknown", told, error_type=why, error=str(error))
            return cls(unknown=told)
