"""An execution of the state machine, as EventBridge tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .world import World


def completed(record: Mapping[str, Any], world: World) -> Mapping[str, Any]:
    """
    *record* with what EventBridge leaves out where the machine is encrypted with a customer's key: input, error and cause.

    By "Data at rest encryption in Step Functions" in its developer guide. Where they can't be read, it is as it was: its name
    is that of the run, but for a detached migration's.
    """
    match record:
        case {"source": "aws.states", "detail": {"executionArn": str(arn), **detail}} if detail.get("input") is None:
            try:
                found = world.states.describe_execution(executionArn=arn)
            except Exception as error:  # noqa: BLE001 - most of what is to be done needs no more than the name
                kind = type(error).__name__
                sentence = f"What the execution was given could not be read: {kind}: {error}"
                world.log("WARNING", "execution.not_read", sentence, execution=arn, error_type=kind, error=str(error))
                return record
            more = {name: found.get(name) for name in ("input", "error", "cause")}
            return {**record, "detail": {**detail, "executionArn": arn, **more}}
    return record
