"""Whether a stack is rolling back, which CloudFormation's event does not say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...error_text import describe_error


@dataclass(frozen=True, kw_only=True)
class StackStatus:
    """
    What a stack is doing.

    Attributes:
        status: The status in CloudFormation's words, such as ``UPDATE_IN_PROGRESS``; None: it could not be read.
        why_unknown: Why it could not be read; else empty.
        rollback_disabled: Whether a failure leaves everything as it is, as with ``--no-rollback`` and in express mode.
    """

    status: str | None = None
    why_unknown: str = ""
    rollback_disabled: bool = False

    @property
    def known(self) -> bool:
        return self.status is not None

    @property
    def rolling_back(self) -> bool:
        # UPDATE_ROLLBACK_IN_PROGRESS, ROLLBACK_IN_PROGRESS, IMPORT_ROLLBACK_IN_PROGRESS and the rest of their kind.
        return self.status is not None and "ROLLBACK" in self.status


def stack_status(client: Callable[[], Any], stack_id: str) -> StackStatus:
    """The status of the stack at this moment. Never raises: not to know is an answer too."""
    if not stack_id:
        # If it is asked about no stack in particular, CloudFormation answers with all of them.
        return StackStatus(why_unknown="the event names no stack")
    try:
        stacks = client().describe_stacks(StackName=stack_id)["Stacks"]
        return StackStatus(
            status=str(stacks[0]["StackStatus"]), rollback_disabled=stacks[0].get("DisableRollback") is True
        )
    except Exception as error:  # noqa: BLE001 - whatever it was, the status is unknown
        return StackStatus(why_unknown=describe_error(error))
