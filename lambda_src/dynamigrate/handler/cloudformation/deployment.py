"""One deploy: the orders that it carries, and the run of what is pending."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import replace

from ...baseline import baseline, with_command
from ...clock import timestamp
from ...continuation import Continuation
from ...contract import Property
from ...contract.names import IdKey, id_key
from ...errors import LockHeld, MigrationNotFound
from ...history import known_records
from ...log import counted, duration_text, listed, log_event
from ...migration import Migration
from ...next_step import Repair
from ...outcome import Outcome
from ...plan import Direction
from ...planners import MigratePlanner
from ...records import Application, Run
from ...repairs import NotDirty, repair
from ...targets import StateTarget
from ..errors import CodeMismatch, DeliveredTwice
from ..invocation import Invocation
from ..long_run.long_run import LongRun
from ..setup import Setup
from .request import ResourceRequest
from .response import Answer, result_data
from .standing import Standing


class Deployment:
    """A Create or an Update that is no rollback."""

    def __init__(self, request: ResourceRequest, invocation: Invocation, setup: Setup) -> None:
        self._request = request
        self._invocation = invocation
        self._setup = setup
        self._log = setup.logs.events

    def carry_out(self) -> Answer:
        """
        Check the code, carry out the orders, run what is pending.

        Raises:
            DeliveredTwice: Another delivery of this event is at work, and will answer it.
            CodeMismatch: The function's code is not that of this deploy; nothing was run.
            HandedOver: The run goes on in the state machine.
            MigrationsError: The deploy has failed; the history says what stands.
        """
        self._check_code()
        request, setup = self._request, self._setup
        target = setup.target(self._invocation)
        run = Run(
            id=self._invocation.run_id,
            actor=request.actor,
            deploy_id=request.text(Property.DEPLOY_ID),
            app_version=request.text(Property.APP_VERSION) or setup.settings.app_version,
        )
        wait, order, upto, had_lock = request.lock_wait, request.repair, request.baseline, False
        try:
            if order is not None:
                had_lock = self._repair(order, target, wait, run)
            if upto:
                had_lock = self._baseline(upto, target, wait, run)
            outcome = setup.migrate(
                target,
                self._invocation,
                planner=MigratePlanner(setup.settings.phase),
                wait=wait,
                run=run,
                before_planning=lambda: self._note_application(target, run),
                before_running=lambda _plan, _history: self._record_deploy(target, run),
                continue_elsewhere=LongRun(setup, self._invocation, request=request).continue_elsewhere,
            )
        except LockHeld as held:
            # After a repair it would be this delivery's own lock, whose release got lost, and nobody else to answer.
            if not had_lock and held.request_id and held.request_id == self._invocation.request_id:
                raise DeliveredTwice from held
            raise
        return self._succeeded(run, outcome)

    def go_on(self, target: StateTarget, continuation: Continuation) -> Answer:
        """
        Go on with what another invocation began for this deploy.

        Raises:
            HandedOver, NothingToTakeUp: This is not the run's end.
            CodeMismatch, MigrationsError: As in `carry_out`.
        """
        self._check_code()
        outcome = self._setup.migrate(
            target,
            self._invocation,
            planner=MigratePlanner(self._setup.settings.phase),
            wait=0,
            run=continuation.run,
            continue_elsewhere=LongRun(self._setup, self._invocation, request=self._request).continue_elsewhere,
            continuation=continuation,
        )
        return self._succeeded(continuation.run, outcome, invocations=continuation.slice + 1)

    def _succeeded(self, run: Run, outcome: Outcome, *, invocations: int = 1) -> Answer:
        left = {id_key(one) for one in (*outcome.pending, *outcome.running)}
        migrations = self._setup.source.load()
        applied = f"{counted(len(outcome.applied), 'migration')} applied"
        running = f" Running, detached: {listed(outcome.running)}." if outcome.running else ""
        log_event(
            self._log,
            logging.INFO,
            "run.finished",
            f"The run succeeded after {duration_text(outcome.seconds)}: {applied}.{running}",
            result="succeeded",
            applied=outcome.applied,
            undone=outcome.undone,
            seconds=outcome.seconds,
        )
        return Answer(
            status="SUCCESS",
            reason=f"{applied}{': ' if outcome.applied else ''}{listed(outcome.applied)}.{running}",
            data=result_data(
                run.id,
                applied=outcome.applied,
                current=newest(migrations, without=left),
                invocations=invocations,
                warnings=outcome.warnings,
                standing=Standing.after(migrations, outcome),
            ),
        )

    def _record_deploy(self, target: StateTarget, run: Run) -> None:
        """
        Record this deploy as the newest, where a rollback is to undo it.

        The lock is held, the plan stands, and nothing has run yet. So of two deploys the recorded one ran last, one
        that was refused is never recorded, and nothing that a deploy applied can be there without its record.
        """
        if (deploy := self._request.deploy) is not None:
            deploy = replace(deploy, run_id=run.id, request_id=self._invocation.request_id or run.id)
            target.record_deploy(deploy, phase=self._setup.settings.phase)

    def _note_application(self, target: StateTarget, run: Run) -> None:
        """
        Take note of the application that is deployed, where this runs after its deploy.

        The lock is held, and nothing is planned yet: what is planned may ask for how long the application has been there.
        It is there whatever becomes of this run.
        """
        if self._setup.settings.phase == "after":
            target.note_application(
                Application(deploy_id=run.deploy_id, app_version=run.app_version, at=timestamp(time.time()))
            )

    def _check_code(self) -> None:
        """
        Make sure that the function's code is that of this deploy.

        Raises:
            CodeMismatch: Somebody swapped the function's code without a deploy.
        """
        given, found = self._request.text(Property.SOURCE_DIGEST), self._setup.source.manifest().digest
        if given != found:
            raise CodeMismatch(
                f"The function's code (digest {found or 'none'}) is not the code of this deploy "
                f"(digest {given or 'none'}): it was swapped without a deploy, as by cdk deploy --hotswap or cdk watch.",
                next_step=(
                    "Nothing was run with it. Deploy what was swapped in without --hotswap; after that, any other code can be "
                    "deployed again."
                ),
            )

    def _repair(self, order: Repair, target: StateTarget, wait: float, run: Run) -> bool:
        """
        Carry out the repair; returns whether it took the lock for that.

        Raises:
            MigrationNotFound: Neither the code nor the history has the migration.
        """
        fields = {"repaired": order.migration_id, "repair_as": order.repair_as}
        if self._request.repair_is_old and not self._failed_after(order, target):
            why = "an earlier deploy carried it out already"
            sentence = f"The repair of {order.migration_id} was passed over: {why}."
            log_event(self._log, logging.WARNING, "repair.skipped", sentence, **fields, why=why)
            return False
        # The history has it as a run of its own, before the migrations'.
        run = replace(run, id=f"{run.id}-repair", command="repair")
        try:
            repair(
                target,
                order.migration_id,
                order.repair_as,
                wait=self._invocation.wait(wait),
                run=run,
                logger=self._log,
            )
        except MigrationNotFound as error:
            known = {migration.key for migration in self._setup.source.load()}
            if not isinstance(error, NotDirty) and id_key(order.migration_id) not in known:
                raise
            sentence = f"The repair was not needed: {error.message}"
            log_event(self._log, logging.WARNING, "repair.not_needed", sentence, **fields, why=error.message)
        return True

    def _failed_after(self, order: Repair, target: StateTarget) -> bool:
        """
        Whether the migration was run again after an earlier deploy's repair, and failed again.

        Of this phase the deploy has failed then, and the rollback took the order back. One of the phase after fails once
        this resource has succeeded with the order: without this, no deploy could carry it out again.
        """
        if order.repair_as != "pending" or self._setup.settings.phase == "after":
            return False
        key = id_key(order.migration_id)
        found = [one for one in known_records(target) if one.key == key and one.left_dirty]
        return any(one.phase == "after" and one.action is Direction.DO for one in found)

    def _baseline(self, upto: str, target: StateTarget, wait: float, run: Run) -> bool:
        """
        Count the migrations up to *upto* as applied; returns that it took the lock for that.

        Raises:
            MigrationNotFound, BaselineRefused, LockHeld: As in `baseline`.
        """
        migrations, wait = self._setup.source.load(), self._invocation.wait(wait)
        baseline(target, migrations, upto, wait=wait, run=with_command(run), logger=self._log)
        return True


def newest(migrations: Sequence[Migration], *, without: Collection[IdKey] = ()) -> str:
    """The id of the newest of *migrations*, leaving out those in *without*; empty: there is none."""
    return next((one.id for one in reversed(migrations) if one.key not in without), "")
