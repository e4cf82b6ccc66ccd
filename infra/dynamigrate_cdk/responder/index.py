"""
Answers CloudFormation in the name of a migrations function that died without a word, and frees the lock that it held.

Lambda calls this with its record of an asynchronous invocation that failed. What broke the function must not break
this too, so this folder shares no code with it, and needs nothing but the boto3 of the runtime.
"""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Any

from .answer import body, send
from .death import Death
from .lock import LockState, free
from .world import World


def handle(record: Any, context: Any) -> None:
    """Lambda calls this."""
    respond(record if isinstance(record, dict) else {}, World())


def respond(record: Mapping[str, Any], world: World) -> None:
    """
    Free the lock of the invocation that *record* is about, then answer CloudFormation, if it was CloudFormation's.

    Silent where its lock is still in use: that is another delivery of the same event, at work, which will answer.
    Where the function had answered after all before it died, CloudFormation keeps the first answer.

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
    lock, stream = free(death.request_id, world)
    if lock == "in use":
        why = "another delivery of this event is at work"
        world.log("INFO", "responder.silent", f"Nothing was answered: {why}.", **about, why=why)
        return
    if not death.of_cloudformation:
        why = "nobody waits for an answer"
        world.log("INFO", "responder.silent", f"Nothing was answered: {why}.", **about, why=why)
        return
    status, reason = _verdict(death, lock, stream, world)
    tries = send(str(death.event["ResponseURL"]), body(death.event, status, reason), world)
    sentence = f"CloudFormation was answered {status}, in the name of the function that died."
    world.log("INFO", "responder.answered", sentence, **about, status=status, tries=tries)


def _verdict(death: Death, lock: LockState, stream: str, world: World) -> tuple[str, str]:
    """Status and reason. Whatever the code is like, it must be possible to delete it and to roll back to it."""
    kind, unknown, stays = death.event["RequestType"], "", False
    if kind == "Delete":
        return "SUCCESS", f"{death.told} Nothing was touched: state and data stay as they are."
    # Only a first deploy's advice needs it, and only where the lock shows something to settle.
    if kind == "Update" or (kind == "Create" and lock != "not held"):
        try:
            # If it is asked about no stack in particular, CloudFormation answers with all of them.
            name = str(death.event["StackId"]) or "none"
            stack = world.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            stays = stack.get("DisableRollback") is True
            if kind == "Update" and "ROLLBACK" in stack["StackStatus"]:
                return "SUCCESS", f"{death.told} The stack is rolling back, and goes on with that."
        except Exception as error:  # noqa: BLE001 - an answer is due all the same
            why = type(error).__name__
            told = f"Whether the stack is rolling back could not be read ({why})."
            world.log("WARNING", "stack.status_unknown", told, error_type=why, error=str(error))
            unknown = told if kind == "Update" else ""
    where = f"Look for request {death.request_id} in the function's log." if death.request_id else ""
    # Last: the CDK command line prints what that stream has, and takes all up to white space for its name.
    log = f"CloudWatch Log Stream: {stream}" if stream else ""
    left_behind = _left_behind(lock, death, first=kind == "Create" and not stays)
    parts = (death.told, death.advice, left_behind, unknown, where, log)
    return "FAILED", " ".join(part for part in parts if part)


def _left_behind(lock: LockState, death: Death, *, first: bool) -> str:
    """
    What the dead invocation may have left, and what to do about it.

    Args:
        first: The stack's first deploy: the function goes away with it.
    """
    if lock == "not held":
        return "It did not hold the lock, so no migration was under way."
    held = "It held the lock, which is free again" if lock == "freed" else "Whether it held the lock could not be read"
    path = death.construct_path
    context = quote(f"repair={path}=<id>:pending") if path else "repair=<id>:pending"
    repair = (
        f"cdk deploy -c {context}, or <id>:applied to count it as done, with the stacks as before; in a pipeline, "
        'repair="<id>:pending" as a prop of the construct'
    )
    if first:
        return (
            f"{held}: a migration may be half done. Deploy again; if that says that one began and did not finish, check "
            f"what it left behind, and deploy with the repair ({repair}). A first deploy that fails takes the function "
            "with it, so there is none to invoke."
        )
    return (
        f'{held}: a migration may be half done. Invoke {{"action": "status"}}: it shows which one is dirty, and the '
        f"command that settles it. Or have the next deploy do it ({repair})."
    )
