"""
Undoing what one deploy applied, because its stack rolls back.

CloudFormation puts back a function's code before it tells it of a rollback, so the code that is told has no undo for
what is to be undone. It asks the version of the function that was deployed and is being rolled back, by an event of
its own. Whoever sends one by hand can undo no more than the command ``undo`` could, confirmed: what the newest deploy
applied, with the code of that deploy, under the lock.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from ...errors import MigrationsError
from ...history import History
from ...log import duration_text, listed, log_event
from ...migration import Migration
from ...next_step import Command, NextStep
from ...plan import Action, Direction, Plan
from ...records import Deploy, Record, Run
from ...targets import StateTarget
from ...targets.history import dirty_error
from ..commands.answers import AnswerObject, failed, succeeded
from ..errors import InvalidArgument, NothingTakenBack
from ..invocation import Invocation
from ..setup import Setup

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


class TakeBackPlanner:
    """
    Undoes what one deploy applied, newest first, as far as it can be undone.

    It stops before the first that has no undo, or that something of another run was built upon: nothing older than
    that is undone. The deploy has to be the newest: an older one's migrations are what later deploys rest on.
    """

    def __init__(self, deploy: Deploy) -> None:
        self._deploy = deploy
        # The newest deploy once the lock is held: until then another one may come.
        self.newest: Deploy | None = None

    def plan(self, migrations: Sequence[Migration], history: History, /) -> Plan:
        """
        The undos of what the deploy applied, newest first.

        Raises:
            NothingTakenBack: There is nothing that it could undo; says why.
            DirtyMigration: An earlier run has not finished.
        """
        actions, why_not_all = self.undoable(migrations, history)
        if not actions:
            raise NothingTakenBack(why_not_all or "The deploy had applied nothing.", next_step="")
        return Plan(tuple(actions))

    def undoable(self, migrations: Sequence[Migration], history: History) -> tuple[list[Action], str]:
        """
        What can be undone of what the deploy applied, and why that is not all of it; empty where it is.

        Raises:
            NothingTakenBack: The deploy is not the newest.
            DirtyMigration: An earlier run has not finished.
        """
        records = history.records
        if dirty := [record for record in records if record.dirty]:
            raise dirty_error(dirty)
        ours = applied_by(self.newest, self._deploy, records)
        others = [record for record in records if record.key not in {one.key for one in ours}]
        known = {migration.key: migration for migration in migrations}
        actions: list[Action] = []
        for record in reversed(ours):
            migration = known.get(record.key)
            why_not = _why_not(record, migration, others)
            if migration is None or why_not:
                return actions, why_not
            actions.append(Action(Direction.UNDO, migration))
        return actions, ""


def applied_by(newest: Deploy | None, deploy: Deploy, records: Sequence[Record]) -> list[Record]:
    """
    Those of *records* that *deploy* applied, oldest first.

    Raises:
        NothingTakenBack: It is not the *newest* deploy.
    """
    if newest is None or not newest.is_the_same(deploy):
        found = f"the newest that ran is {newest.deploy_id}" if newest else "none has run"
        raise NothingTakenBack(f"The deploy {deploy.deploy_id} ran no migrations: {found}.", next_step="")
    return [record for record in records if not record.dirty and record.details.run_id == newest.run_id]


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
        return failed(error)
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
    target = setup.target(invocation)
    planner = TakeBackPlanner(request.deploy)
    why_not_all = ""

    def look_at_newest() -> None:
        planner.newest = target.newest_deploy()

    def keep_reason(_plan: Plan, history: History) -> None:
        nonlocal why_not_all
        _, why_not_all = planner.undoable(setup.source.load(), history)

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
            planner=planner,
            wait=request.wait,
            run=run,
            before_planning=look_at_newest,
            before_running=keep_reason,
        )
    except NothingTakenBack as nothing:
        return succeeded(undone=[], left=_left(target, request), why=nothing.message)
    except MigrationsError as error:
        return failed(error, left=_left(target, request))
    return succeeded(undone=list(outcome.undone), left=_left(target, request), why=why_not_all)


def _left(target: StateTarget, request: TakeBack) -> list[str]:
    """What the deploy applied and is still applied; empty where that can't be told."""
    try:
        return [record.name() for record in applied_by(target.newest_deploy(), request.deploy, target.records())]
    except Exception:  # noqa: BLE001 - a person needs to know what went wrong first
        return []


def _why_not(record: Record, migration: Migration | None, others: Sequence[Record]) -> str:
    """Why *record* can't be undone; empty: it can."""
    if migration is None:
        return f"{record.name()} is not in the code of the deploy."
    if not migration.can_undo:
        return f"{migration} has no undo."
    later = [one.name() for one in others if (one.started_at or "") > (record.started_at or "")]
    return f"{migration} was followed by {listed(later)}, which another run applied." if later else ""
