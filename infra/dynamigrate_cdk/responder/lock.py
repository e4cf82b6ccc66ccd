"""The lock that a dead invocation held, or a run that has ended."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from .world import World, error_code

LockState = Literal["not held", "freed", "ended", "handed over", "in use", "at work", "out of reach"]
Item = Mapping[str, Any]

# A holder that lives beats every third of its lease, and its beat may come this much late.
_BEAT_SLACK: Final = 2.0
_POLL_SECONDS: Final = 1.0
# Seconds in which a slice that is asked to stop gets to its next checkpoint, mostly.
_LONGEST_STOP: Final = 20.0
# Seconds in which a table that is out of reach is asked again.
_LONGEST_OUTAGE: Final = 4.0
# What tells one moment of one holding from another.
_COMPARED: Final = ("RequestId", "Owner", "Beat")
_REFUSED: Final = "ConditionalCheckFailedException"


@dataclass(frozen=True)
class Found:
    """
    What became of a lock.

    Attributes:
        state: ``in use``: by another delivery of the same event. ``ended``: its holder gave it back meanwhile. ``at
            work``: its holder lives, and was asked to stop.
        stream: The log stream of its holder, as that said itself; empty: not known.
        run_id: The run that it was held for; empty: not known.
    """

    state: LockState
    stream: str = ""
    run_id: str = ""

    @classmethod
    def of(cls, state: LockState, item: Item) -> Found:
        return cls(state, _log_stream(item), str(item.get("RunId", {}).get("S", "")))


def free(request_id: str, world: World) -> Found:
    """
    Delete the lock's item if the invocation *request_id* holds it, and is dead. Nobody else's is ever touched.

    It is dead once its time is up; before that its lock is watched for a beat, because Lambda may deliver one event
    twice, under the same request id, and one delivery may die while the other works. A lock that was handed over to
    another process has no request id any more, but remembers it. Never raises: a lock frees itself in the end, and an
    answer is due.
    """

    def do() -> Found:
        key, item = _read_patiently(world) if request_id else ({}, None)
        if item is not None and _began_with(item) == request_id:
            return Found.of("handed over", item)
        if item is None or item.get("RequestId", {}).get("S") != request_id:
            return Found("not held")
        watch = _patience(item)
        while watch > 0 and not _is_over(item, world):
            world.sleep(min(_POLL_SECONDS, watch))
            watch -= _POLL_SECONDS
            if not _same(_read(world)[1], item):
                return Found.of("in use", item)
        if not _delete(key, item, _COMPARED, world):
            return Found.of("in use", item)
        world.log(
            "INFO", "lock.freed", "The lock of the function that died was freed.", request_id=request_id, **_who(item)
        )
        return Found.of("freed", item)

    return _at_any_rate(do, world)


def settle(run_id: str, why: str, world: World, *, migration: str = "") -> Found:
    """
    Have the run *run_id* give its lock back: asked to stop, as *why* says, where it is at work; freed where its holder is
    dead, or none has taken it up. Nobody else's is ever touched. Never raises, as `free`.

    Args:
        migration: The detached one that the run is of, and whose lock it has; empty: it is none.
    """

    def do() -> Found:
        key, item = _read_patiently(world, migration)
        if not _is_of(item, run_id) or item is None:
            return Found("not held")
        first, until = item, world.now() + _LONGEST_STOP
        _ask_to_stop(key, run_id, why, world)
        seen, since = item, world.now()
        while True:
            silent = world.now() - since >= _patience(item)
            if "Waiting" in item:
                # Of a fleet's workers, each write is refused once the lock is gone; but they should end before another run
                # begins.
                over = not _workers(item) or silent or world.now() >= until
                compared = ("Owner", "Waiting")
            else:
                over, compared = _is_over(item, world) or silent, ("Owner", "Beat")
            if over and _delete(key, item, compared, world):
                world.log(
                    "INFO", "lock.freed", "The lock of the run that has ended was freed.", run_id=run_id, **_who(item)
                )
                return Found.of("freed", item)
            if world.now() >= until:
                return Found.of("at work", item)
            world.sleep(_POLL_SECONDS)
            _, found = _read_patiently(world, migration)
            if not _is_of(found, run_id) or found is None:
                return Found.of("ended", first)
            item = found
            if (item.get("Owner"), item.get("Beat")) != (seen.get("Owner"), seen.get("Beat")):
                seen, since = item, world.now()

    return _at_any_rate(do, world)


def _at_any_rate(do: Callable[[], Found], world: World) -> Found:
    try:
        return do()
    except Exception as error:  # noqa: BLE001 - never raised, as promised
        kind = type(error).__name__
        sentence = f"The lock could not be looked at: {kind}: {error}"
        world.log("WARNING", "lock.out_of_reach", sentence, error_type=kind, error=str(error))
        return Found("out of reach")


def _read(world: World, migration: str = "") -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Key and item of the lock, or of that of a detached migration's run; None: nobody holds it."""
    table, lock_id = world.environ["DYNAMIGRATE_LOCK_TABLE"], world.environ["DYNAMIGRATE_LOCK_ID"]
    if migration:
        # As the engine's `detached_lock_id` has it; a test holds the two together.
        lock_id = f"{lock_id}#{migration.lstrip('0') or '0'}"
    for name in ("ID", "id"):  # the second is what tables of the Go driver have
        key = {name: {"S": lock_id}}
        try:
            return key, world.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item") or None
        except Exception as error:
            if error_code(error) == "ResourceNotFoundException":
                return key, None  # the function makes it when it first runs
            if error_code(error) != "ValidationException" or name == "id":
                raise
    raise AssertionError


def _read_patiently(world: World, migration: str = "") -> tuple[dict[str, Any], dict[str, Any] | None]:
    """As `_read`, again where that fails: what is read decides on whether anybody answers."""
    until = world.now() + _LONGEST_OUTAGE
    while True:
        try:
            return _read(world, migration)
        except Exception:
            if world.now() >= until:
                raise
        world.sleep(_POLL_SECONDS)


def _delete(key: dict[str, Any], item: Item, compared: tuple[str, ...], world: World) -> bool:
    """Delete the item where what is *compared* is still as it was; returns whether it was."""
    try:
        world.dynamodb.delete_item(
            TableName=world.environ["DYNAMIGRATE_LOCK_TABLE"],
            Key=key,
            ConditionExpression=" AND ".join(f"#{name} = :{name}" for name in compared),
            ExpressionAttributeNames={f"#{name}": name for name in compared},
            ExpressionAttributeValues={f":{name}": item[name] for name in compared},
        )
    except Exception as error:
        if error_code(error) != _REFUSED:
            raise
        return False
    return True


def _ask_to_stop(key: dict[str, Any], run_id: str, why: str, world: World) -> None:
    """Best effort: a holder that lives notices soon that its run has ended, one that is dead does not read it."""
    try:
        world.dynamodb.update_item(
            TableName=world.environ["DYNAMIGRATE_LOCK_TABLE"],
            Key=key,
            UpdateExpression="SET #Stop = :Stop",
            ConditionExpression="#RunId = :RunId",
            ExpressionAttributeNames={"#Stop": "Stop", "#RunId": "RunId"},
            ExpressionAttributeValues={":Stop": {"S": why}, ":RunId": {"S": run_id}},
        )
    except Exception as error:  # noqa: BLE001 - best effort, as promised
        if error_code(error) != _REFUSED:
            kind = type(error).__name__
            sentence = f"The run could not be asked to stop: {kind}: {error}"
            world.log("WARNING", "lock.stop_not_requested", sentence, error_type=kind, error=str(error))


def _is_of(item: Item | None, run_id: str) -> bool:
    return item is not None and item.get("RunId", {}).get("S") == run_id


def _workers(item: Item) -> Mapping[str, Any]:
    """Those of a fleet that are at work on the run, by number."""
    found: Mapping[str, Any] = item.get("Workers", {}).get("M", {})
    return found


def _began_with(item: Item) -> str | None:
    """The request whose invocation handed the run over; None: it was not handed over."""
    try:
        kept = json.loads(item["Continuation"]["S"])
        return str(kept["notes"]["request_id"]) or None
    except (KeyError, TypeError, ValueError):
        return None


def _log_stream(item: Item) -> str:
    match = re.search(r"log stream (\S+)$", str(item.get("Holder", {}).get("S", "")))
    return match[1] if match else ""


def _who(item: Item) -> dict[str, Any]:
    return {"holder": item.get("Holder", {}).get("S")}


def _same(found: Item | None, item: Item) -> bool:
    """Whether nobody has beaten, released or taken the lock since; a note for its holder does not count."""
    return found is not None and all(found.get(name) == item.get(name) for name in _COMPARED)


def _patience(item: Item) -> float:
    """Seconds in which a holder that lives has beaten."""
    return _number(item, "LeaseMs") / 3000 + _BEAT_SLACK


def _is_over(item: Item, world: World) -> bool:
    """Whether its holder's time is up, so that it is certainly dead."""
    return _number(item, "DeadlineMs") / 1000 <= world.now()


def _number(item: Item, name: str) -> int:
    return int(item.get(name, {}).get("N", 0))
