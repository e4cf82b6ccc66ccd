"""The target of one invocation."""

from __future__ import annotations

from typing import Any

from ..targets import StateTarget
from .invocation import Invocation
from .settings import Settings


def dynamodb_target(settings: Settings, invocation: Invocation, client: Any) -> StateTarget:
    """The target of one invocation: its lock names that invocation, and ends with it."""
    from ..dynamodb import DynamoDBTarget

    return DynamoDBTarget(
        client,
        table_name=settings.table_name,
        lock_table_name=settings.lock_table_name,
        lock_id=settings.lock_id,
        # Not what is left for work: whoever takes the lock over must know that this process is dead.
        remaining=invocation.hard_end,
        holder=invocation.holder(settings.stack_name),
        request_id=invocation.request_id or None,
        run_id=invocation.run_id,
    )
