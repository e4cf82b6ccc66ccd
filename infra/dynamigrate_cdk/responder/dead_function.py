"""A function that died without a word: its lock freed, its deploy answered."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Any, Final

from .answer import body, send
from .death import Death
from .kept_event import KeptEvents
from .lock import Found, LockState, free
from .stack import Stack
from .world import World

_PHASE: Final = "DYNAMIGRATE_PHASE"


def respond(record: Mapping[str, Any], world: World) -> None:
    """
    Free the lock of the invocation that *record* is about, then answer CloudFormation, if it was CloudFormation's.

    Silent where its lock is still in use: that is another delivery of the same event, at work, which will answer; and
    where it had handed its run over, which is answered at its end. Where the function had answered after all before it
    died, CloudFormation keeps the first answer.

    Raises:
        NotAnswered: The answer does not get there. Lambda calls this again then; nothing is done twice by that.
    """
    death = Death.read(record)
    about = {"request_id": death.request_id}
    world.log(
        "ERROR",
        "function.died",
        death.told,
        **about,
        condition=death.condition,
        error_type=death.type,
        error=death.message,
    )
    found = free(death.request_id, world)
    if (why := _why_silent(death, found)) is not None:
        world.log("INFO", "responder.silent", f"Nothing was answered: {why}.", **about, why=why)
        return
    _forget(found, world)
    status, reason = _verdict(death, found, world)
    tries = send(str(death.event["ResponseURL"]), body(death.event, status, reason), world)
    sentence = f"CloudFormation was answered {status}, in the name of the function that died."
    world.log("INFO", "responder.answered", sentence, **about, status=status, tries=tries)
    if status == "FAILED":
        world.count_failed_run()


def _forget(found: Found, world: World) -> None:
    """
    Delete what the function kept of its event, where it died when it was about to hand its run over.

    Now, as nobody knows the run any more where this is called again; the answer needs nothing of it. Best effort.
    """
    try:
        KeptEvents(world).forget(found.run_id)
    except Exception as error:  # noqa: BLE001 - best effort, as promised
        kind = type(error).__name__
        sentence = f"The event that the function had kept could not be deleted: {kind}: {error}"
        world.log("WARNING", "event.not_forgotten", sentence, error_type=kind, error=str(error))


def _why_silent(death: Death, found: Found) -> str | None:
    if found.state == "handed over":
        return "its run goes on elsewhere, and is answered at its end"
    if found.state == "in use":
        return "another delivery of this event is at work"
    if not death.of_cloudformation:
        return "nobody waits for an answer"
    return None


def _verdict(death: Death, found: Found, world: World) -> tuple[str, str]:
    """Status and reason. Whatever the code is like, it must be possible to delete it and to roll back to it."""
    kind = death.event["RequestType"]
    if kind == "Delete":
        return "SUCCESS", f"{death.told} Nothing was touched: state and data stay as they are."
    stack = Stack()
    # Only a first deploy's advice needs it, and only where the lock shows something to settle.
    if kind == "Update" or found.state != "not held":
        stack = Stack.of(death.event, world)
    if kind == "Update" and stack.rolling_back:
        return "SUCCESS", f"{death.told} The stack is rolling back, and goes on with that."
    where = f"Look for request {death.request_id} in the function's log." if death.request_id else ""
    # Last: the CDK command line prints what that stream has, and takes all up to white space for its name.
    log = f"CloudWatch Log Stream: {found.stream}" if found.stream else ""
    left_behind = _left_behind(found.state, death, first=kind == "Create" and not stack.stays, gone=_gone(world))
    unknown = stack.unknown if kind == "Update" else ""
    parts = (death.told, death.advice, left_behind, unknown, where, log)
    return "FAILED", " ".join(part for part in parts if part)


def _gone(world: World) -> str:
    """What it means that a first deploy takes its function with it, in words that follow others."""
    if world.environ.get(_PHASE) == "after":
        return "but that of Migrations, which is there, takes the command repair, too"
    return "so there is none to invoke"


def _left_behind(lock: LockState, death: Death, *, first: bool, gone: str) -> str:
    """
    What the dead invocation may have left, and what to do about it.

    Args:
        first: The stack's first deploy: the function goes away with it.
        gone: What that means.
    """
    if lock == "not held":
        return "It did not hold the lock, so no migration was under way."
    held = "It held the lock, which is free again" if lock == "freed" else "Whether it held the lock could not be read"
    repair = _repair(death)
    if first:
        return (
            f"{held}: a migration may be half done. Deploy again; if that says that one began and did not finish, check "
            f"what it left behind, and deploy with the repair ({repair}). A first deploy that fails takes the function "
            f"with it, {gone}."
        )
    return (
        f'{held}: a migration may be half done. Invoke {{"action": "status"}}: it shows which one is dirty, and the '
        f"command that settles it. Or have the next deploy do it ({repair})."
    )


def _repair(death: Death) -> str:
    """How the next deploy is given a repair."""
    if death.ordered_by_parameters:
        return "the parameter Repair=<id>:pending of the stack's template, or <id>:applied to count it as done"
    path = death.construct_path
    context = quote(f"repair={path}=<id>:pending") if path else "repair=<id>:pending"
    return (
        f"cdk deploy -c {context}, or <id>:applied to count it as done, with the stacks as before; in a pipeline, "
        'repair="<id>:pending" as a prop of the construct'
    )
