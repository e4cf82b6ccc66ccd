"""
Answers CloudFormation in the name of a migrations function that died without a word, or of a run that ended in the
state machine without its own answer, and frees the lock that it held.

Lambda calls this with its record of an asynchronous invocation that failed; the state machine when its slices fail, and
EventBridge when its execution ended. What broke the function must not break this too, so this folder shares no code
with it, and needs nothing but the boto3 of the runtime.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .dead_function import respond as respond_for_function
from .ended_run import respond as respond_for_run
from .ending import Ending
from .execution import completed
from .world import World


def handle(record: Any, context: Any) -> None:
    """Lambda calls this."""
    respond(record if isinstance(record, dict) else {}, World())


def respond(record: Mapping[str, Any], world: World) -> None:
    """
    Settle what *record* is about, and answer CloudFormation where it waits.

    Raises:
        NotAnswered: The answer does not get there. Whoever called calls again then; nothing is done twice by that.
        Exception: The event that is to be answered could not be read, or not be deleted; as before.
    """
    if (ending := Ending.read(completed(record, world))) is not None:
        respond_for_run(ending, world)
    else:
        respond_for_function(record, world)
