"""Carries out a plan."""

from __future__ import annotations

import inspect
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from .clock import Clock
from .context import Context, Environment
from .contract.names import IdKey
from .errors import (
    InvalidMigration,
    LockLost,
    MigrationFailed,
    MigrationNotUndoable,
    MigrationsError,
    RunUnfinished,
    StopRequested,
    command,
    repair_advice,
)
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
        began: When the run held the lock, on *clock*'s monotonic clock.
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
        began: float,
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
        self._began = began
        self._finished = {record.key for record in records if not record.dirty}
        self._applied: list[str] = []
        self._undone: list[str] = []
        self._broke: str | None = None

    def outcome(self) -> Outcome:
        """What was done so far."""
        return Outcome(
            applied=tuple(self._applied),
            undone=tuple(self._undone),
            failed=self._broke,
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
            InvalidMigration: Code can't be imported, or is no plain function; nothing was run.
            MigrationNotUndoable: One that is to be undone has no undo; nothing was run.
            MigrationFailed: With what was applied, and which one broke.
            RunUnfinished: Time is almost up, or somebody asked the run to stop.
            LockLost: The lock is no longer ours.
        """
        functions = [_function(action) for action in plan]
        for number, (action, function) in enumerate(zip(plan, functions, strict=True), start=1):
            reason = self._stop_reason()
            if reason is not None:
                raise self._unfinished(f"The run stopped before {action.migration}: {reason}.")
            started = self._clock.monotonic()
            error: BaseException | None = None
            try:
                self._reporter.before_action(BeforeAction(run=self._run, action=action, number=number, total=len(plan)))
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
        context = self._context(action, record_id)
        try:
            self._begin(action, record_id)
            if not self._rehearse or getattr(function, "supports_dry_run", False):
                function(context)
        except StopRequested as stop:
            raise self._unfinished(str(stop)) from stop
        except LockLost:
            raise
        except _BeginError as failed:
            raise failed.error from failed.error.__cause__
        except BaseException as error:
            failure = _failure(error, function)
            self._fail(record_id, failure)
            if not isinstance(error, Exception | SystemExit):
                raise
            raise self._failed(action, record_id, failure, resumable=context.checkpoint.load() is not None) from error
        self._finish(action, record_id, resumable=context.checkpoint.load() is not None)

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
            if action.resume or not self._has_begun(action, error):
                raise _BeginError(error) from error
        self._finished.discard(action.migration.key)

    def _finish(self, action: Action, record_id: str, *, resumable: bool) -> None:
        migration = action.migration
        try:
            if action.direction is Direction.DO:
                self._target.finish_migration(record_id)
            else:
                self._target.remove(record_id)
        except LockLost as error:
            self._broke = record_id
            raise LockLost(
                f"{migration} did its work, but the lock was lost, so that was not recorded: it is dirty now.",
                next_step=error.next_step,
                migration_id=migration.id,
            ) from error
        except Exception as error:
            if not self._has_finished(action, error):
                self._broke = record_id
                raise self._unrecorded(action, record_id, error, resumable=resumable) from error
        if action.direction is Direction.DO:
            self._applied.append(record_id)
            self._finished.add(migration.key)
        else:
            self._undone.append(record_id)

    def _has_begun(self, action: Action, error: Exception) -> bool:
        """Whether it is marked as begun by this run, although that seemed to fail with *error*."""
        return any(
            record.dirty and record.action is action.direction and record.details.run_id == self._run.id
            for record in self._found(action, error) or ()
        )

    def _has_finished(self, action: Action, error: Exception) -> bool:
        """Whether it is recorded as finished, although that seemed to fail with *error*."""
        found = self._found(action, error)
        if found is None:
            return False
        if action.direction is Direction.UNDO:
            return not found
        return bool(found) and not found[0].dirty

    def _found(self, action: Action, error: Exception) -> tuple[Record, ...] | None:
        """What is recorded of it, or None where that can't be told, or *error* was not about sending."""
        if isinstance(error, MigrationsError):
            return None
        try:
            return tuple(record for record in self._target.records() if record.key == action.migration.key)
        except Exception:
            # What went wrong first is what a person is told.
            _logger.warning("state.not_read", extra={"migration": action.migration.id}, exc_info=True)
            return None

    def _fail(self, record_id: str, failure: Failure) -> None:
        self._broke = record_id
        try:
            self._target.fail(record_id, failure)
        except Exception:
            # The migration's own error matters more than that it could not be kept.
            _logger.warning("failure.not_recorded", extra={"migration": record_id}, exc_info=True)

    def _unrecorded(self, action: Action, record_id: str, error: Exception, *, resumable: bool) -> MigrationFailed:
        done = "applied" if action.direction is Direction.DO else "pending"
        next_step = "Invoke " + command("repair", migration=record_id, **{"as": done}, confirm=True) + "."
        if resumable:
            next_step = "Run it again, and it goes on from its last checkpoint."
        return MigrationFailed(
            f"{action.migration} did its work, but that could not be recorded ({type(error).__name__}: {error}): "
            "it is dirty now.",
            next_step=next_step,
            outcome=self.outcome(),
            migration_id=action.migration.id,
        )

    def _failed(self, action: Action, record_id: str, failure: Failure, *, resumable: bool) -> MigrationFailed:
        undo = action.direction is Direction.UNDO
        if resumable:
            next_step = "Correct the code and run it again: it goes on from its checkpoint."
        else:
            next_step = "Correct the code, check what it left behind, and then " + repair_advice(record_id, undo=undo)
        return MigrationFailed(
            f"{action.migration} {'could not be undone' if undo else 'failed'}: {failure}.",
            next_step=next_step,
            outcome=self.outcome(),
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
            direction=action.direction,
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


class _BeginError(Exception):
    """Carries the error of a state change past what handles the migration's own errors."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _function(action: Action) -> MigrationFunction:
    """
    Raises:
        MigrationNotUndoable: There is no undo.
        InvalidMigration: It can't be imported, or calling it would not run it.
    """
    migration = action.migration
    function: MigrationFunction | Deferred | None = migration.do if action.direction is Direction.DO else migration.undo
    if function is None:
        raise MigrationNotUndoable(
            f"{migration} can't be undone: it has no undo.",
            next_step="Nothing was run. Add an undo(ctx) to it, or write a new migration that takes it back.",
            migration_id=migration.id,
        )
    if isinstance(function, Deferred):
        function = function.resolve()
    # Calling one of these only makes an object: the migration would be applied without a line of it having run.
    idle: tuple[Callable[[object], bool], ...] = (
        inspect.iscoroutinefunction,
        inspect.isgeneratorfunction,
        inspect.isasyncgenfunction,
    )
    if any(is_idle(function) for is_idle in idle):
        raise InvalidMigration(
            f"{migration}: {action.direction} is asynchronous or a generator, and a call would not run it.",
            next_step=f"Nothing was run. Make it a plain function: def {action.direction}(ctx): ...",
            migration_id=migration.id,
        )
    return function


def _failure(error: BaseException, function: MigrationFunction) -> Failure:
    return Failure(type=type(error).__name__, message=str(error), where=_where(error, function))


def _where(error: BaseException, function: MigrationFunction) -> str:
    """File and line of the innermost frame in the migration's own file, else of the innermost frame of all."""
    # The outermost frame is this module's.
    frames = traceback.extract_tb(error.__traceback__)[1:]
    if not frames:
        return ""
    own = getattr(getattr(inspect.unwrap(function), "__code__", None), "co_filename", None)
    frame = next((frame for frame in reversed(frames) if frame.filename == own), frames[-1])
    return f"{PurePath(frame.filename).name}:{frame.lineno}"
