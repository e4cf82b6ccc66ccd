"""Carries out a plan."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from .clock import Clock
from .context import Context, Environment
from .contract.names import IdKey
from .errors import LockLost, MigrationFailed, MigrationsError, RunUnfinished, StopRequested, command
from .migration import Deferred, Migration, MigrationFunction
from .outcome import Outcome
from .plan import Action, Direction, Plan
from .records import Details, Failure, Record, Run
from .reporters import AfterAction, BeforeAction, Reporter

if TYPE_CHECKING:
    from .targets import HeldLock, Target

_logger = logging.getLogger(__name__)


class Runner:
    """
    Runs the actions of one plan under a lock that is held.

    Args:
        records: The history as it was planned from.
        reserve: Seconds that must be left for a migration to begin; with less the run stops between two.
        rehearse: Call only functions that say ``supports_dry_run``, with ``ctx.dry_run`` set.
    """

    def __init__(
        self,
        target: Target,
        lock: HeldLock,
        environment: Environment,
        *,
        migrations: Sequence[Migration],
        records: Sequence[Record],
        run: Run,
        reporter: Reporter,
        clock: Clock,
        reserve: float = 0.0,
        rehearse: bool = False,
    ) -> None:
        self._target = target
        self._lock = lock
        self._environment = environment
        self._migrations = migrations
        self._records: Mapping[IdKey, Record] = {record.key: record for record in records}
        self._run = run
        self._reporter = reporter
        self._clock = clock
        self._reserve = reserve
        self._rehearse = rehearse
        self._began = clock.monotonic()
        self._finished = {record.key for record in records if not record.dirty}
        self._applied: list[str] = []
        self._undone: list[str] = []

    def outcome(self, *, failed: str | None = None) -> Outcome:
        """What was done so far."""
        return Outcome(
            applied=tuple(self._applied),
            undone=tuple(self._undone),
            failed=failed,
            pending=tuple(one.id for one in self._migrations if one.key not in self._finished),
            run_id=self._run.id,
            seconds=self._clock.monotonic() - self._began,
        )

    def apply(self, plan: Plan) -> Outcome:
        """
        Carry out *plan* in order, stopping at the first failure.

        All code is imported before anything runs. Each migration is marked dirty before it starts, so a killed
        function leaves a mark rather than a guess. What finished stays finished.

        Raises:
            InvalidMigration: Code can't be imported; nothing was run.
            MigrationFailed: With what was applied, and which one broke.
            RunUnfinished: Time is almost up, or somebody asked the run to stop.
            LockLost: The lock is no longer ours.
        """
        functions = [_function(action) for action in plan]
        for number, (action, function) in enumerate(zip(plan, functions, strict=True), start=1):
            reason = self._stop_reason()
            if reason is not None:
                raise self._unfinished(f"The run stopped before {action.migration}: {reason}.")
            self._reporter.before_action(BeforeAction(run=self._run, action=action, number=number, total=len(plan)))
            started = self._clock.monotonic()
            error: BaseException | None = None
            try:
                self._act(action, function)
            except BaseException as raised:
                error = raised
                raise
            finally:
                seconds = self._clock.monotonic() - started
                self._reporter.after_action(AfterAction(run=self._run, action=action, seconds=seconds, error=error))
        return self.outcome()

    def _act(self, action: Action, function: MigrationFunction) -> None:
        record_id = self._record_id(action)
        try:
            self._begin(action, record_id)
            if not self._rehearse or getattr(function, "supports_dry_run", False):
                function(self._context(action, record_id))
        except StopRequested as stop:
            raise self._unfinished(str(stop)) from stop
        except LockLost:
            raise
        except _BeginFailed as failed:
            raise failed.error from None
        except BaseException as error:
            raise self._failed(action, record_id, error, function) from error
        self._finish(action, record_id)

    def _begin(self, action: Action, record_id: str) -> None:
        details = Details(
            description=action.migration.description or None,
            checksum=action.migration.checksum,
            run_id=self._run.id,
            actor=self._run.actor or None,
            app_version=self._run.app_version or None,
        )
        begin: Callable[[str, Details], None]
        if action.resume:
            begin = self._target.resume_migration
        elif action.direction is Direction.DO:
            begin = self._target.add
        else:
            begin = self._target.start_migration
        try:
            begin(record_id, details)
        except (StopRequested, LockLost):
            raise
        except Exception as error:
            # The function was not called, so this is not the migration's failure.
            raise _BeginFailed(error) from error

    def _finish(self, action: Action, record_id: str) -> None:
        migration = action.migration
        try:
            if action.direction is Direction.DO:
                self._target.finish_migration(record_id)
            else:
                self._target.remove(record_id)
        except LockLost as error:
            raise LockLost(
                f"{migration} did its work, but the lock was lost, so that was not recorded: it is dirty now.",
                next_step=error.next_step,
                migration_id=migration.id,
            ) from error
        except Exception as error:
            done = "applied" if action.direction is Direction.DO else "pending"
            raise MigrationFailed(
                f"{migration} did its work, but that could not be recorded ({type(error).__name__}: {error}): "
                "it is dirty now.",
                next_step="Invoke " + command("repair", migration=record_id, **{"as": done}, confirm=True) + ".",
                outcome=self.outcome(failed=record_id),
                migration_id=migration.id,
            ) from error
        if action.direction is Direction.DO:
            self._applied.append(record_id)
            self._finished.add(migration.key)
        else:
            self._undone.append(record_id)
            self._finished.discard(migration.key)

    def _failed(
        self, action: Action, record_id: str, error: BaseException, function: MigrationFunction
    ) -> BaseException:
        failure = Failure(type=type(error).__name__, message=str(error), where=_where(error, function))
        try:
            self._target.fail(record_id, failure)
        except Exception:
            # The migration's own error matters more than that it could not be kept.
            _logger.warning("failure.not_recorded", extra={"migration": record_id}, exc_info=True)
        if not isinstance(error, (Exception, SystemExit)):
            return error
        verb = "failed" if action.direction is Direction.DO else "could not be undone"
        return MigrationFailed(
            f"{action.migration} {verb}: {failure}.",
            next_step=(
                "Correct the code, check what it left behind, and have it run again with "
                + command("repair", migration=record_id, **{"as": "pending"}, confirm=True)
                + ' (or "as": "applied" to count it as done).'
            ),
            outcome=self.outcome(failed=record_id),
            migration_id=action.migration.id,
        )

    def _context(self, action: Action, record_id: str) -> Context:
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
            clock=self._clock,
            dry_run=self._rehearse,
        )

    def _record_id(self, action: Action) -> str:
        """The id as the target first wrote it, else as the source has it."""
        record = self._records.get(action.migration.key)
        return record.id if record is not None else action.migration.id

    def _stop_reason(self) -> str | None:
        if self._lock.lost:
            raise LockLost(
                "The run stopped: its lock is no longer its own.", next_step="See who holds it now, and run again."
            )
        if self._lock.stop_reason is not None:
            return self._lock.stop_reason
        left = self._environment.remaining()
        if left < self._reserve:
            return f"{max(left, 0):.0f} seconds were left of the time that this function has"
        return None

    def _unfinished(self, message: str) -> RunUnfinished:
        outcome = self.outcome()
        return RunUnfinished(
            f"{message} Applied in this run: {', '.join(outcome.applied) or 'none'}; "
            f"pending: {', '.join(outcome.pending) or 'none'}.",
            next_step="Deploy again, or invoke " + command("migrate") + ", and it goes on from there.",
            outcome=outcome,
        )


class _BeginFailed(Exception):
    """Carries the error of a state change past what handles the migration's own errors."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _function(action: Action) -> MigrationFunction:
    function = action.migration.do if action.direction is Direction.DO else action.migration.undo
    if function is None:
        raise MigrationsError(f"{action.migration} has no undo.", migration_id=action.migration.id)
    return function.resolve() if isinstance(function, Deferred) else function


def _where(error: BaseException, function: MigrationFunction) -> str:
    """File and line of the innermost frame in the migration's own file, else of the innermost frame of all."""
    # The outermost frame is this module's.
    frames = traceback.extract_tb(error.__traceback__)[1:]
    if not frames:
        return ""
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    frame = next((frame for frame in reversed(frames) if frame.filename == own), frames[-1])
    return f"{PurePath(frame.filename).name}:{frame.lineno}"
