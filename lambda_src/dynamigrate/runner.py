"""Carries out a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .context import Context, Environment
from .contract.choices import OnFailure
from .contract.names import IdKey
from .errors import LockLost, MigrationFailed, RunUnfinished, StopRequested
from .fleet import FleetOffer
from .launch import Launch, tell_in_line
from .launcher import Launcher
from .lock_loss import ALREADY_OVER
from .migration import Migration, MigrationFunction
from .migration_function import function_of
from .next_step import Command, NextStep
from .outcome import Outcome
from .plan import Action, Direction, Plan
from .precautions import Precautions
from .records import Record, Run
from .reporters import AfterAction, BeforeAction, Reporter
from .run_state import RunState
from .step import NOTHING_RECORDED, Step
from .undoing import undo_all

if TYPE_CHECKING:
    from .readiness import Readiness
    from .targets import HeldLock, Target


class Runner:
    """
    Runs the actions of one plan under a lock that is held.

    Args:
        run_state: Keeps count of what is done.
        records: The history that the plan was made from.
        on_failure: ``undo``: what this run has done is undone when a migration fails.
        dry_run: Call only functions that say ``supports_dry_run``, with ``ctx.dry_run`` set.
        precautions: What is done before the first action.
        readiness: Tells what migrations wait for that require others; None: none does, and nothing is to be looked over.
    """

    def __init__(
        self,
        target: Target,
        lock: HeldLock,
        environment: Environment,
        run_state: RunState,
        *,
        records: Sequence[Record],
        run: Run,
        reporter: Reporter,
        on_failure: OnFailure = "stop",
        dry_run: bool = False,
        precautions: Precautions = Precautions(),  # noqa: B008 - it is frozen
        readiness: Readiness | None = None,
    ) -> None:
        self._precautions = precautions
        self._readiness = readiness
        self._target = target
        self._lock = lock
        self._environment = environment
        self._run_state = run_state
        self._records: Mapping[IdKey, Record] = {record.key: record for record in records}
        self._run = run
        self._reporter = reporter
        self._runtime = environment.runtime
        self._clock = environment.runtime.clock
        self._on_failure = on_failure
        self._dry_run = dry_run
        self._over = False

    def apply(self, plan: Plan) -> Outcome:
        """
        Carry out *plan* in order, stopping at the first failure.

        All code is imported before anything runs. Each migration is marked dirty before it starts, so a killed
        function leaves a mark rather than a guess. What finished stays finished, unless a failure is to undo it.

        Raises:
            InvalidMigration: Code can't be imported, would not run when called, or takes other arguments than a
                context; nothing was run.
            MigrationNotUndoable: One that is to be undone has no undo; nothing was run.
            CheckFailed: Checks of what is to be done failed; nothing was run.
            NotRestorable: One requires that its tables can be restored, and one can't be; nothing was run.
            MigrationFailed: With what was applied, which one broke, and what was undone for it.
            NotVerified: Work that is looked over could not be, or not be settled; what came before it was run.
            RequirementNotMet: One requires what is not there, not found clean, or not for long enough; what came before
                it was run.
            RunUnfinished: Time is almost up, or somebody asked the run to stop.
            LockLost: The lock is no longer ours.
        """
        try:
            return self._apply(plan)
        finally:
            self._over = True

    def _apply(self, plan: Plan) -> Outcome:
        functions = [function_of(action) for action in plan]
        if self._on_failure == "undo":
            # Too late to be found out when a failure asks for it.
            for action in plan:
                if action.direction is Direction.DO and action.migration.can_undo:
                    function_of(Action(Direction.UNDO, action.migration))
        self._take_precautions(plan)
        if self._readiness is not None and not self._dry_run:
            with self._until_stopped():
                self._readiness.catch_up([*self._records.values()])
        for number, (action, function) in enumerate(zip(plan, functions, strict=True), start=1):
            try:
                self._carry_out(action, function, number=number, total=len(plan))
            except MigrationFailed as failed:
                if self._on_failure == "stop" or self._dry_run or action.direction is Direction.UNDO:
                    raise
                raise undo_all(action.migration, failed, self._run_state, self._undo) from failed.__cause__
        return self._run_state.outcome()

    def _take_precautions(self, plan: Plan) -> None:
        """
        Raises:
            CheckFailed, NotRestorable, RunUnfinished, LockLost: As in `apply`.
        """
        with self._until_stopped():
            self._precautions.take(
                plan,
                self._environment,
                self._target,
                self._run_state,
                records=self._records.values(),
                run=self._run,
                # A target of the user's own may be older than this.
                continuation=getattr(self._lock, "continuation", None),
                stop=self._stop_reason,
                dry_run=self._dry_run,
            )

    def _carry_out(
        self, action: Action, function: MigrationFunction, *, number: int, total: int, after_failure: bool = False
    ) -> None:
        """
        Carry out *action*, the one of that *number* among *total*.

        Raises:
            MigrationFailed, RunUnfinished, LockLost: As in `apply`.
        """
        if (reason := self._stop_reason()) is not None:
            raise self._unfinished(f"The run stopped before {action.migration}: {reason}.")
        if self._readiness is not None and action.is_gated:
            with self._until_stopped():
                if not self._readiness.admits(action.migration, looks=not self._dry_run):
                    return
        record_id = self._record_id(action)
        step = Step(
            action,
            record_id,
            target=self._target,
            run_state=self._run_state,
            run=self._run,
            dry_run=self._dry_run,
            after_failure=after_failure,
            runtime=self._runtime,
        )
        if action.direction is Direction.DO and action.migration.detached and not self._dry_run:
            # A target of the user's own may know no runs beside its one.
            if (launcher := self._runtime.launcher) is not None and hasattr(self._target, "launch"):
                self._launch(launcher, action, step, function, record_id)
                return
            tell_in_line(action.migration, self._run, self._environment.logger)
        started = self._clock.monotonic()
        error: BaseException | None = None
        try:
            self._reporter.before_action(BeforeAction(run=self._run, action=action, number=number, total=total))
            offer = None if after_failure else self._offer(action, record_id, function)
            try:
                with self._until_stopped():
                    step.carry_out(function, self._context(action, record_id, offer))
            except MigrationFailed as failed:
                raise self._with_restore_point(failed, action) from failed.__cause__
        except BaseException as raised:
            error = raised
            raise
        finally:
            seconds = self._clock.monotonic() - started
            dirty = self._run_state.left_dirty(action.migration)
            self._reporter.after_action(
                AfterAction(run=self._run, action=action, seconds=seconds, error=error, left_dirty=dirty)
            )

    def _with_restore_point(self, failed: MigrationFailed, action: Action) -> MigrationFailed:
        """*failed*, with how to get the data back from before *action*, where that has begun."""
        from .restore_look import told_with

        record = self._records.get(action.migration.key)
        before = record.details.restore_point if action.resume and record is not None else None
        begun = self._run_state.has_begun(action.migration)
        return told_with(failed, before or self._run_state.restore_point) if begun else failed

    def _launch(
        self, launcher: Launcher, action: Action, step: Step, function: MigrationFunction, record_id: str
    ) -> None:
        """
        Have *action* begin in a run of its own, and go on without it.

        Raises:
            MigrationFailed, RunUnfinished, LockLost: As in `apply`.
        """
        if not action.resume:
            step.look_ahead(function, self._context(action, record_id, None))
        launch = Launch(action, record_id, target=self._target, launcher=launcher, run=self._run)
        with self._until_stopped():
            launch.carry_out(self._run_state, self._clock, self._environment.logger)

    @contextmanager
    def _until_stopped(self) -> Iterator[None]:
        """
        Raises:
            RunUnfinished: The run has to stop.
        """
        try:
            yield
        except StopRequested as stop:
            raise self._unfinished(str(stop)) from stop

    def _undo(self, migration: Migration, *, number: int, total: int, after_failure: bool) -> None:
        action = Action(Direction.UNDO, migration)
        self._carry_out(action, function_of(action), number=number, total=total, after_failure=after_failure)

    def _offer(self, action: Action, record_id: str, function: MigrationFunction) -> FleetOffer | None:
        """That *action* may go on in a fleet; None: it may not. What is undone is undone by one process."""
        if self._dry_run or not self._runtime.fleets or action.direction is Direction.UNDO:
            return None
        before = None if (continuation := self._lock.continuation) is None else continuation.fleet
        return FleetOffer.of(action.migration.key, record_id, function, before=before, ended=self._lock.fleet)

    def _context(self, action: Action, record_id: str, fleet: FleetOffer | None) -> Context:
        record = self._records.get(action.migration.key)
        return Context(
            self._environment,
            target=self._target,
            lock=self._lock,
            migration=action.migration,
            record_id=record_id,
            run_id=self._run.id,
            checkpoint=record.checkpoint if record is not None and action.resume else None,
            stop=self._stop_reason,
            over=lambda: self._over,
            direction=action.direction,
            dry_run=self._dry_run,
            fleet=fleet,
            app_version=self._run.app_version,
        )

    def _record_id(self, action: Action) -> str:
        """The id as the target first wrote it, else as the source has it."""
        record = self._records.get(action.migration.key)
        return record.id if record is not None else action.migration.id

    def _stop_reason(self) -> str | None:
        if self._over:
            raise LockLost("The run is over, and its lock is given back.", next_step=ALREADY_OVER)
        return self._runtime.stop_reason(self._lock)

    @property
    def out_of_time(self) -> bool:
        """Whether a run that is unfinished stopped for want of time, and for nothing else."""
        lock = self._lock
        return not lock.lost and lock.stop_reason is None and self._runtime.shortage is not None

    def _unfinished(self, message: str) -> RunUnfinished:
        outcome = self._run_state.outcome()
        next_step = NextStep("Deploy again, or invoke ", Command("migrate"), ", and it goes on from there.")
        if self._dry_run:
            next_step = NextStep("Run it again, with more time. ", NOTHING_RECORDED)
        return RunUnfinished(
            f"{message} Applied in this run: {', '.join(outcome.applied) or 'none'}; "
            f"pending: {', '.join(outcome.pending) or 'none'}.",
            next_step=next_step,
            outcome=outcome,
        )
