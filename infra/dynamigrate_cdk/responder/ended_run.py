"""A run that ended in the state machine without its own answer: its lock freed, its deploy answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .answer import body, send
from .ending import Ending
from .kept_event import KeptEvents
from .lock import Found, settle
from .stack import Stack
from .world import World

# Seconds. The last slice frees the lock first, and answers then.
_LONGEST_ANSWER: Final = 8.0
_POLL_SECONDS: Final = 1.0


class LockOutOfReach(Exception):
    """Nobody knows whether a run's lock is free; whoever called calls again."""


def respond(ending: Ending, world: World) -> None:
    """
    Have the run stop where it is still at work, free its lock, then answer CloudFormation if it waits.

    Both the state machine and EventBridge call for one run, and either may call twice: who comes later finds no event
    any more, and is silent.

    Raises:
        NotAnswered: The answer does not get there. Whoever called calls again then.
        LockOutOfReach: All is answered, and whether the lock is free is not known: the same.
        Exception: Whether CloudFormation waits could not be read.
    """
    about = {"run_id": ending.run_id, **({"migration": ending.migration} if ending.migration else {})}
    if ending.told_already and KeptEvents(world).read(ending.run_id) is None:
        why = "the function itself told that the run failed"
        world.log("INFO", "responder.silent", f"Nothing was answered: {why}.", **about, why=why)
        return
    world.log(
        "ERROR",
        "run.gave_up",
        ending.told,
        **about,
        status=ending.status,
        error_type=ending.type,
        error=ending.message,
    )
    found = settle(ending.run_id, ending.why, world, migration=ending.migration)
    if not ending.migration:
        # For a detached one nobody waits.
        _answer(ending, found, world)
    if found.state == "out of reach":
        raise LockOutOfReach(f"Whether the lock of the run {ending.run_id} is free could not be read.")


def _answer(ending: Ending, found: Found, world: World) -> None:
    about = {"run_id": ending.run_id}
    events = KeptEvents(world)
    event = _unanswered(events, ending.run_id, found, world)
    if event is None:
        why = "nobody waits for an answer any more"
        world.log("INFO", "responder.silent", f"Nothing was answered: {why}.", **about, why=why)
        return
    status, reason = _verdict(ending, event, found, world)
    tries = send(str(event["ResponseURL"]), body(event, status, reason), world)
    sentence = f"CloudFormation was answered {status}, in the name of the run."
    world.log("INFO", "responder.answered", sentence, **about, status=status, tries=tries)
    events.forget(ending.run_id)
    if status == "FAILED":
        world.count_failed_run()


def _unanswered(events: KeptEvents, run_id: str, found: Found, world: World) -> dict[str, Any] | None:
    """The event that nobody answers if this does not."""
    until = world.now() + (_LONGEST_ANSWER if found.state in ("not held", "ended") else 0)
    while (event := events.read(run_id)) is not None and world.now() < until:
        world.sleep(_POLL_SECONDS)
    return event


def _verdict(ending: Ending, event: Mapping[str, Any], found: Found, world: World) -> tuple[str, str]:
    stack = Stack.of(event, world) if event.get("RequestType") == "Update" else Stack()
    if stack.rolling_back:
        return "SUCCESS", f"{ending.told} The stack is rolling back, and goes on with that."
    lock = "What was applied stays applied."
    if found.state == "at work":
        lock = f"{lock} A slice is still at work, and holds the lock until it ends or its time is up."
    elif found.state == "out of reach":
        lock = f"{lock} Whether its lock is free could not be read; it frees itself in the end."
    # Last: the CDK command line prints what that stream has, and takes all up to white space for its name.
    log = f"CloudWatch Log Stream: {found.stream}" if found.stream else ""
    parts = (ending.told, lock, ending.advice, stack.unknown, f"Run {ending.run_id}.", log)
    return "FAILED", " ".join(part for part in parts if part)
