"""
The Lambda function's front door: CloudFormation's events, and the commands of a person.

No other package reads the environment, and none knows CloudFormation.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from .cloudformation import events
from .cloudformation.request import ResourceRequest
from .setup import Setup

__all__ = ["handle"]


def handle(event: object, context: Any) -> dict[str, Any] | None:
    """
    Carry out *event*; Lambda calls this.

    An event of CloudFormation's is answered at the address in it. Anything else is a manual command, or comes from
    another version of this function in a rollback, or from the state machine of a long run, and what it returns is the
    answer. It raises only for the state machine, which then calls again.
    """
    return answer(event, context, _setup())


def answer(event: object, context: Any, setup: Setup) -> dict[str, Any] | None:
    """Do what `handle` does, with *setup*."""
    if isinstance(event, dict) and ResourceRequest.is_one(event):
        events.respond(event, context, setup)
        return None
    # After it, so that a deploy that has nothing to do pays for none of them.
    from .detached import slice as detached
    from .detached.event import DetachedEvent
    from .front_door import respond
    from .long_run import slice as slices
    from .long_run import worker as workers
    from .long_run.slice_event import SliceEvent, WorkerEvent
    from .rollback_undo import callee

    if isinstance(event, dict) and callee.TakeBack.is_one(event):
        return callee.respond(event, context, setup)
    if isinstance(event, dict) and DetachedEvent.is_one(event):
        return detached.respond(event, context, setup)
    if isinstance(event, dict) and SliceEvent.is_one(event):
        return slices.respond(event, context, setup)
    if isinstance(event, dict) and WorkerEvent.is_one(event):
        return workers.respond(event, context, setup)
    return respond(event, context, setup)


@cache
def _setup() -> Setup:
    return Setup(os.environ)
