"""The function version of the deploy that is being rolled back: asked to undo what it applied."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...clock import SystemClock
from ...commands.answers import AnswerObject
from ...contract import Property
from ...error_text import describe_error, error_message
from ...errors import InvalidSetting
from ...log import listed, log_event
from ...next_step import Command
from ...recorder import RunRecorder
from ...records import Deploy, Run, RunResult
from ..cloudformation.request import ResourceRequest
from ..invocation import Invocation
from ..setup import Setup
from .callee import COMMAND, TakeBack

# Seconds for its cold start, and for its answer to be read before our own time is up. A tenth, where time is short.
_MOST_MARGIN: Final = 10.0
# Seconds: with less than this it could undo nothing anyway. A quarter, where time is short.
_MOST_NEEDED: Final = 15.0
_LONGEST_SECONDS: Final = 900.0  # of a synchronous call, whatever the function is run on


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """
    What came of undoing a deploy in a rollback.

    Attributes:
        left: What the deploy applied and is still applied, as far as that is known.
        why: Why not more was undone.
        complete: Nothing that the deploy applied is left.
    """

    undone: Sequence[str] = ()
    left: Sequence[str] = ()
    why: str = ""
    complete: bool = False

    @property
    def text(self) -> str:
        undone = f"Undone: {listed(self.undone)}." if self.undone else "Nothing was undone."
        left = f" Still applied: {listed(self.left)}." if self.left else ""
        return f"The stack is rolling back. {undone}{left}{f' {self.why}' if self.why else ''}"


def take_back(request: ResourceRequest, invocation: Invocation, setup: Setup) -> TakenBack | None:
    """
    Have what the deploy applied that is being rolled back undone by its own code.

    Returns None where that deploy did not ask for it. Never raises: a rollback goes on whatever becomes of this, so
    what is left, and why, is logged and kept in the history.
    """
    newer = request.old_deploy
    if newer is None:
        return None
    log = setup.logs.events
    try:
        taken_back = _ask(newer, request, invocation, setup)
    except Exception as error:  # noqa: BLE001 - never raised, as promised
        taken_back = TakenBack(why=f"The newer version could not be asked ({describe_error(error)}).")
    fields = {
        "deploy_id": newer.deploy_id,
        "undone": taken_back.undone,
        "left": taken_back.left,
        "why": taken_back.why,
    }
    if taken_back.complete:
        log_event(log, logging.INFO, "rollback.undone", taken_back.text, **fields)
    else:
        log_event(log, logging.WARNING, "rollback.left", taken_back.text, **fields)
        _keep(taken_back, newer, request, invocation, setup)
    return taken_back


def _ask(newer: Deploy, request: ResourceRequest, invocation: Invocation, setup: Setup) -> TakenBack:
    if request.deploy is not None and newer.is_the_same(request.deploy):
        return TakenBack(why="It is rolled back to the same deploy, and which migrations are newer can't be told.")
    if not _is_version_of(invocation.function_arn, newer.function_version):
        return TakenBack(why=f"{newer.function_version} is no version of this function.")
    margin, needed = min(_MOST_MARGIN, invocation.seconds / 10), min(_MOST_NEEDED, invocation.seconds / 4)
    seconds = min(_LONGEST_SECONDS, invocation.remaining()) - margin
    if seconds < needed:
        return TakenBack(why=f"Only {max(seconds, 0):.0f} seconds were left for it.")
    order = TakeBack(
        deploy_id=newer.deploy_id,
        function_version=newer.function_version,
        seconds=round(seconds, 3),
        wait=min(_wait(request), seconds - needed),
    )
    try:
        answer = setup.clients.lambda_for(seconds + margin / 2).invoke(
            FunctionName=newer.function_version,
            InvocationType="RequestResponse",
            Payload=json.dumps(order.event).encode(),
        )
    except Exception as error:
        # Compared by name: importing botocore for its class would cost every cold start.
        if type(error).__name__ != "ReadTimeoutError":
            raise
        setup.brief_target(invocation).request_stop(
            "the rollback does not wait any longer", holder=invocation.own_words
        )
        return TakenBack(
            why=f"The newer version did not answer in time and may still be at work: see {Command('status')}."
        )
    told: Any = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        _free_lock(answer, invocation, setup)
        said = str(told.get("errorMessage") or "it did not say of what").rstrip(".")
        return TakenBack(why=f"The newer version died: {said}. See {Command('status')} for what it left.")
    return _read(told)


def _read(told: AnswerObject) -> TakenBack:
    error: Any = told.get("error") or {}
    left = tuple(told.get("left") or ())
    return TakenBack(
        complete=told.get("ok") is True and not left,
        undone=tuple(told.get("undone") or ()),
        left=left,
        why=str(told.get("why") or " ".join(str(error[name]) for name in ("message", "next") if error.get(name))),
    )


def _is_version_of(function_arn: str, version_arn: str) -> bool:
    """
    Whether *version_arn* is a version of the function.

    Args:
        function_arn: The function's ARN, with a qualifier, or without one.
    """
    function = function_arn.split(":")[:7]
    version = version_arn.split(":")
    return len(function) == 7 and version[:7] == function and version[7:] != [] and version[-1].isdigit()


def _wait(request: ResourceRequest) -> float:
    try:
        return request.lock_wait
    except InvalidSetting:
        return 0.0


def _free_lock(answer: Any, invocation: Invocation, setup: Setup) -> None:
    """Free the lock of the call that died, if it held it: nobody else hears of a death in a direct call."""
    try:
        target = setup.target(invocation)
        lock = target.lock_status()
        theirs = lock is not None and lock.request_id == answer["ResponseMetadata"]["RequestId"]
        # It is watched for one lease before that.
        if lock is not None and theirs and invocation.remaining() > lock.lease_ms / 1000:
            target.unlock()
    except Exception as error:  # noqa: BLE001 - it frees itself in the end
        log_event(
            setup.logs.events,
            logging.WARNING,
            "lock.not_freed",
            f"The lock of the version that died could not be freed; it frees itself: {describe_error(error)}",
            error=error_message(error),
        )


def _keep(taken_back: TakenBack, newer: Deploy, request: ResourceRequest, invocation: Invocation, setup: Setup) -> None:
    """Put what is left into the history, where somebody will look for it; best effort."""
    run = Run(
        id=invocation.run_id,
        actor=request.actor,
        deploy_id=newer.deploy_id,
        app_version=str(request.old_properties.get(Property.APP_VERSION, "")),
        command=COMMAND,
    )
    try:
        # Recorded as begun now: after the run of the newer version, which it is about.
        RunRecorder(setup.brief_target(invocation), run, SystemClock(), tell=setup.reports.tell).record(
            RunResult.UNFINISHED, note=taken_back.text
        )
    except Exception as error:  # noqa: BLE001 - best effort, as promised
        log_event(
            setup.logs.events,
            logging.WARNING,
            "history.not_recorded",
            f"What is left could not be recorded in the history: {describe_error(error)}",
            error=error_message(error),
        )
