"""The lock that a dead invocation held."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from .world import World, error_code

LockState = Literal["not held", "freed", "in use", "out of reach"]

# A holder that lives beats every third of its lease, and its beat may come this much late.
_BEAT_SLACK: Final = 2.0
_POLL_SECONDS: Final = 1.0
# What tells one moment of one holding from another.
_COMPARED: Final = ("RequestId", "Owner", "Beat")


def free(request_id: str, world: World) -> tuple[LockState, str]:
    """
    Delete the lock's item if the invocation *request_id* holds it, and is dead. Nobody else's is ever touched.

    It is dead once its time is up; before that its lock is watched for a beat, because Lambda may deliver one event
    twice, under the same request id, and one delivery may die while the other works. A lock that was handed over to
    another process has no request id any more. Never raises: a lock frees itself in the end, and an answer is due.

    Returns:
        What was found, and the log stream of the holder, as it said itself; empty: not known.
    """
    stream = ""
    try:
        found = _held(request_id, world) if request_id else None
        if found is None:
            return "not held", ""
        key, item = found
        stream = _log_stream(item)
        watch = _number(item, "LeaseMs") / 3000 + _BEAT_SLACK
        while watch > 0 and _number(item, "DeadlineMs") / 1000 > world.now():
            world.sleep(min(_POLL_SECONDS, watch))
            watch -= _POLL_SECONDS
            if not _same(_held(request_id, world), item):
                return "in use", stream
        world.dynamodb.delete_item(
            TableName=world.environ["DYNAMIGRATE_LOCK_TABLE"],
            Key=key,
            ConditionExpression=" AND ".join(f"#{name} = :{name}" for name in _COMPARED),
            ExpressionAttributeNames={f"#{name}": name for name in _COMPARED},
            ExpressionAttributeValues={f":{name}": item[name] for name in _COMPARED},
        )
    except Exception as error:  # noqa: BLE001 - never raised, as promised
        if error_code(error) == "ConditionalCheckFailedException":
            return "in use", stream
        kind = type(error).__name__
        sentence = f"Whether the dead function held the lock could not be read: {kind}: {error}"
        world.log("WARNING", "lock.out_of_reach", sentence, error_type=kind, error=str(error))
        return "out of reach", stream
    sentence = "The lock of the function that died was freed."
    world.log("INFO", "lock.freed", sentence, request_id=request_id, holder=item.get("Holder", {}).get("S"))
    return "freed", stream


def _log_stream(item: dict[str, Any]) -> str:
    match = re.search(r"log stream (\S+)$", str(item.get("Holder", {}).get("S", "")))
    return match[1] if match else ""


def _same(found: tuple[dict[str, Any], dict[str, Any]] | None, item: dict[str, Any]) -> bool:
    """Whether nobody has beaten, released or taken the lock since; a note for its holder does not count."""
    return found is not None and all(found[1].get(name) == item.get(name) for name in _COMPARED)


def _held(request_id: str, world: World) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Key and item of the lock, if that invocation holds it."""
    table, lock_id = world.environ["DYNAMIGRATE_LOCK_TABLE"], world.environ["DYNAMIGRATE_LOCK_ID"]
    for name in ("ID", "id"):  # the second is what tables of the Go driver have
        key = {name: {"S": lock_id}}
        try:
            item = world.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        except Exception as error:
            if error_code(error) == "ResourceNotFoundException":
                return None  # the function makes it when it first runs
            if error_code(error) != "ValidationException" or name == "id":
                raise
            continue
        return (key, item) if item and item.get("RequestId", {}).get("S") == request_id else None
    raise AssertionError


def _number(item: dict[str, Any], name: str) -> int:
    return int(item.get(name, {}).get("N", 0))
