"""
Undoing what one deploy applied, because its stack rolls back.

CloudFormation puts back a function's code before it tells it of a rollback, so the code that is told has no undo for
what is to be undone. It asks the version of the function that was deployed and is being rolled back, by an event of
its own. Whoever sends one by hand can undo no more than the command ``undo`` could, confirmed: what the newest deploy
applied, with the code of that deploy, under the lock.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from ...commands.answers import AnswerObject, failed, succeeded
from ...commands.errors import InvalidArgument
from ...contract.choices import Phase
from ...errors import MigrationsError
from ...history import History
from ...log import duration_text, listed, log_event
from ...next_step import Command, NextStep
from ...plan import Plan
from ...records import Deploy, Run
from ...targets import StateTarget
from ..errors import NothingTakenBack
from ..explanation import explain
from ..invocation import Invocation
from ..setup import Setup
from .planner import TakeBackPlanner, applied_by

# Old code writes this event and newer code reads it: both must go on understanding it.
_KEY: Final = "takeBack"
COMMAND: Final = "take back"


@dataclass(frozen=True, kw_only=True)
class TakeBack:
    """
    What old code asks of newer code.

    Attributes:
        function_version: The newer code's own ARN, which with *deploy_id* names the deploy that it came with.
        seconds: How long the one who asks waits for an answer.
        wait: Seconds to wait for the lock.
    """

    deploy_id: str
    function_version: str
    seconds: float
    wait: float

    @staticmethod
    def is_one(event: object) -> bool:
        return isinstance(event, dict) and event.keys() == {_KEY}

    @property
    def event(self) -> dict[str, Any]:
        return {
            _KEY: {
                "deployId": self.deploy_id,
                "functionVersion": self.function_version,
                "seconds": self.seconds,
                "wait": self.wait,
            }
        }

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Self:
        """
        The request in *event*.

        Raises:
            InvalidArgument: It is not as `event` writes it.
        """
        match event[_KEY]:
            case {
                "deployId": str(deploy_id),
                "functionVersion": str(function_version),
                "seconds": int(seconds) | float(seconds),
                "wait": int(wait) | float(wait),
            } if deploy_id and function_version and 0 < seconds <= 900 and 0 <= wait <= 900:
                return cls(deploy_id=deploy_id, function_version=function_version, seconds=seconds, wait=wait)
        raise InvalidArgument(
            f"This is no event of a rollback, although it has {_KEY}.",
            next_step=NextStep("Nothing was done. To undo by hand: ", Command("undo", {"confirm": True}), "."),
        )

    @property
    def deploy(self) -> Deploy:
        return Deploy(deploy_id=self.deploy_id, function_version=self.function_version)


def respond(event: Mapping[str, Any], context: Any, setup: Setup) -> AnswerObject:
    """Do what the event asks, and say what was undone and what is left. Never raises."""
    invocation = Invocation.begin(context)
    setup.logs.begin(run_id=invocation.run_id, request_id=invocation.request_id)
    log = setup.logs.events
    try:
        request = TakeBack.read(event)
        log_event(
            log,
            logging.INFO,
            "run.started",
            f"A rollback asks this code to undo what the deploy {request.deploy_id} applied.",
            command=COMMAND,
            deploy_id=request.deploy_id,
        )
        answer = _take_back(request, replace(invocation, allowed=request.seconds), setup)
    except BaseException as error:  # noqa: BLE001 - a SystemExit would be a traceback to the one who asked too
        setup.logs.failed(error, command=COMMAND, seconds=invocation.elapsed)
        return failed(error, explain(error))
    undone, left = (listed(list(answer.get(name) or ())) or "nothing" for name in ("undone", "left"))
    log_event(
        log,
        logging.INFO,
        "run.finished",
        f"Finished after {duration_text(invocation.elapsed)}. Undone: {undone}; still applied: {left}.",
        **{**answer, "command": COMMAND, "seconds": invocation.elapsed},
    )
    return answer


def _take_back(request: TakeBack, invocation: Invocation, setup: Setup) -> AnswerObject:
    target, phase = setup.target(invocation), setup.settings.phase
    why_not_all = ""

    def planner() -> TakeBackPlanner:
        return TakeBackPlanner(request.deploy, newest=target.newest_deploy(phase=phase))

    def keep_reason(plan: Plan, _history: History) -> None:
        nonlocal why_not_all
        why_not_all = plan.note

    run = Run(
        id=invocation.run_id,
        actor=f"the rollback of {setup.settings.stack_name or 'the stack'}",
        deploy_id=request.deploy_id,
        app_version=setup.settings.app_version,
        command=COMMAND,
    )
    try:
        outcome = setup.migrate(
            target,
            invocation,
            planner=TakeBackPlanner(request.deploy, newest=None),
            wait=request.wait,
            run=run,
            # Until the lock is held another deploy may come.
            before_planning=planner,
            before_running=keep_reason,
        )
    except NothingTakenBack as nothing:
        return succeeded(undone=[], left=_left(target, request, phase), why=nothing.message)
    except MigrationsError as error:
        return failed(error, explain(error), left=_left(target, request, phase))
    return succeeded(undone=list(outcome.undone), left=_left(target, request, phase), why=why_not_all)


def _left(target: StateTarget, request: TakeBack, phase: Phase) -> list[str]:
    """What the deploy applied and is still applied; empty where that can't be told."""
    try:
        newest = target.newest_deploy(phase=phase)
        return [record.name() for record in applied_by(newest, request.deploy, target.records())]
    except Exception:  # noqa: BLE001 - a person needs to know what went wrong first
        return []
