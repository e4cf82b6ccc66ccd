"""One action, carried out: marked as begun, run, and recorded as finished."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .context import Context
from .error_text import describe_error
from .errors import LockLost, MigrationFailed, MigrationsError, StopRequested
from .log import log_event
from .lookahead import look_ahead
from .migration import MigrationFunction
from .migration_function import call, failure_of
from .next_step import NextStep, Repair, repair_advice
from .plan import Action, Direction
from .records import Details, Failure, Record, Run
from .run_state import RunState
from .runtime import Runtime

if TYPE_CHECKING:
    from .targets import Target

_logger = logging.getLogger(__name__)

# What is said of a dry run that failed: there is nothing to settle after it.
NOTHING_RECORDED: Final = "It was a dry run: nothing was recorded."
_INTERRUPTED: Final = "_dynamigrate_failed"


def interruption(error: BaseException) -> MigrationFailed | None:
    """The failure of the migration that *error* interrupted; None: it interrupted none."""
    failed = getattr(error, _INTERRUPTED, None)
    return failed if isinstance(failed, MigrationFailed) else None


class Step:
    """
    Carries out one action for a run.

    Args:
        record_id: The migration's id as the target has it.
        dry_run: It is a dry run: most functions are not called, and what fails leaves nothing behind.
        after_failure: The action undoes a ``do`` that has just failed, and left its migration dirty.
        runtime: What the process gives: who sees the function's requests, and what puts back what it leaves behind.
    """

    def __init__(
        self,
        action: Action,
        record_id: str,
        *,
        target: Target,
        run_state: RunState,
        run: Run,
        dry_run: bool = False,
        after_failure: bool = False,
        runtime: Runtime,
    ) -> None:
        self._action = action
        self._id = record_id
        self._target = target
        self._run_state = run_state
        self._run = run
        self._dry_run = dry_run
        self._after_failure = after_failure
        self._runtime = runtime
        self._witness = runtime.witness

    def carry_out(self, function: MigrationFunction, context: Context) -> None:
        """
        Run *function*, between the mark and its removal.

        Raises:
            MigrationFailed: The function raised, or returned something that would still have to be run, and the
                migration is dirty; or what it did could not be recorded; or it would ask for what is not there, and
                nothing has begun; or it was denied all that it asked for, and is not dirty any more.
            KeyboardInterrupt, GeneratorExit: The function was interrupted, and the migration is dirty, as a note says
                and `interruption` has it.
            StopRequested: The run has to stop; the function has not run, or stopped at its checkpoint.
            LockLost: The lock is no longer ours.
            Exception: Whatever the target raised, where the mark could not be made and nothing was run.
        """
        is_called = not self._dry_run or getattr(function, "supports_dry_run", False)
        if is_called and not self._action.resume and not self._after_failure:
            self.look_ahead(function, context)
        self._begin()
        if self._witness is not None:
            self._witness.begin()
        try:
            if is_called:
                call(self._action, function, context, self._runtime.around)
        except (StopRequested, LockLost):
            raise
        except BaseException as error:
            failure = failure_of(error, function)
            if isinstance(error, Exception) and self._take_start_back(error, context):
                self._run_state.broke(self._id)
                raise self._not_begun(error, failure) from error
            self._keep(failure)
            failed = self._failed(error, failure, resumable=context.checkpoint.is_kept)
            if isinstance(error, KeyboardInterrupt | GeneratorExit):
                # Whoever interrupted gets the very interruption back; a note on it says what is left behind.
                error.add_note(str(failed))
                setattr(error, _INTERRUPTED, failed)
                raise
            raise failed from error
        self._finish(resumable=context.checkpoint.is_kept)

    def look_ahead(self, function: MigrationFunction, context: Context) -> None:
        """Raise `MigrationFailed` where *function* can't begin, as far as that can be told; nothing has begun then."""
        try:
            look_ahead(function, context)
        except (StopRequested, LockLost):
            raise
        except Exception as error:
            self._run_state.broke(self._id)
            raise self._not_begun(error, failure_of(error, function)) from error

    def _not_begun(self, error: Exception, failure: Failure) -> MigrationFailed:
        migration, undo = self._action.migration, self._action.direction is Direction.UNDO
        what, mend = f"{failure.described()}.", "Correct the cause."
        if isinstance(error, MigrationsError):
            what, mend = error.message, error.next_step
        return MigrationFailed(
            f"{migration} {'could not be undone' if undo else 'failed'}: {what}",
            next_step=NextStep(
                *((mend, " ") if mend else ()), "Then run it again: it had not begun, and is not dirty."
            ),
            outcome=self._run_state.outcome(),
            migration_id=migration.id,
        )

    def _take_start_back(self, error: Exception, context: Context) -> bool:
        """
        Where *error* says that a ``do`` was denied all it asked for, or got no table to ask about, remove its mark: it
        is pending, as if it had not begun. Returns whether that was done.

        Whoever dies in between leaves it dirty, as without this. Once a checkpoint of the author's own was saved,
        something may have been done that no witness sees.
        """
        checkpoint = context.checkpoint
        if (
            self._witness is None
            or self._action.direction is not Direction.DO
            or self._action.resume
            or not (checkpoint.load() is None or checkpoint.of_backfill)
            or not self._witness.nothing_done(error)
        ):
            return False
        try:
            if checkpoint.of_backfill:
                self._target.clear_segments(self._id)
            self._target.remove(self._id)
        except Exception:  # noqa: BLE001 - it stays dirty, and the error says so
            log_event(
                _logger,
                logging.WARNING,
                "start.not_taken_back",
                f"{self._action.migration} did nothing, but stays marked as begun: that could not be changed.",
                exc_info=True,
                migration=self._id,
            )
            return False
        self._run_state.took_back(self._action)
        return True

    def _begin(self) -> None:
        # What goes on, or is undone as it failed, has the one from before it began.
        begun = self._action.resume or self._after_failure
        point = None if begun else self._run_state.restore_point
        details = Details.of(self._action.migration, self._run, point)
        begin: Callable[[str, Details], None]
        if self._after_failure:
            # The undo does not go on from what the do kept.
            self._target.clear_segments(self._id)
            begin = self._target.turn_back
        elif self._action.resume:
            begin = self._target.resume_migration
        elif self._action.direction is Direction.DO:
            begin = self._target.add
        else:
            begin = self._target.start_migration
        try:
            begin(self._id, details)
        except (StopRequested, LockLost):
            raise
        except Exception as error:
            if self._action.resume or not self._has_begun(error):
                raise
        self._run_state.began(self._action)

    def _finish(self, *, resumable: bool) -> None:
        try:
            if self._action.direction is Direction.DO:
                self._target.finish_migration(self._id)
            else:
                self._target.remove(self._id)
        except LockLost as error:
            self._run_state.broke(self._id)
            raise LockLost.through(
                error.loss,
                f"{self._action.migration} did its work, but the lock was lost, so that was not recorded: "
                "it is dirty now.",
                migration_id=self._action.migration.id,
            ) from error
        except Exception as error:
            if not self._has_finished(error):
                self._run_state.broke(self._id)
                raise self._unrecorded(error, resumable=resumable) from error
        self._run_state.finished(self._action, self._id)

    def _keep(self, failure: Failure) -> None:
        self._run_state.broke(self._id)
        try:
            self._target.fail(self._id, failure)
        except Exception:  # noqa: BLE001 - reported in the log
            # The migration's own error matters more than that it could not be kept.
            sentence = f"The failure of {self._action.migration} could not be recorded."
            log_event(_logger, logging.WARNING, "failure.not_recorded", sentence, exc_info=True, migration=self._id)

    def _has_begun(self, error: Exception) -> bool:
        """Whether it is marked as begun by this run, although that seemed to fail with *error*."""
        return any(
            record.dirty and record.action is self._action.direction and record.details.run_id == self._run.id
            for record in self._found(error) or ()
        )

    def _has_finished(self, error: Exception) -> bool:
        """Whether it is recorded as finished, although that seemed to fail with *error*."""
        found = self._found(error)
        if found is None:
            return False
        if self._action.direction is Direction.UNDO:
            return not found
        return bool(found) and not found[0].dirty

    def _found(self, error: Exception) -> tuple[Record, ...] | None:
        """What is recorded of it, or None where that can't be told, or *error* was not about sending."""
        if isinstance(error, MigrationsError):
            return None
        try:
            return tuple(record for record in self._target.records() if record.key == self._action.migration.key)
        except Exception:  # noqa: BLE001 - reported in the log
            # A person needs to know what went wrong first.
            migration = self._action.migration
            sentence = f"What is recorded of {migration} could not be read."
            log_event(_logger, logging.WARNING, "state.not_read", sentence, exc_info=True, migration=migration.id)
            return None

    def _failed(self, error: BaseException, failure: Failure, *, resumable: bool) -> MigrationFailed:
        undo = self._action.direction is Direction.UNDO
        what, mend, repair = failure.described(), "", None
        if isinstance(error, MigrationsError) and error.message:
            # An error of the engine's says itself what happened, and what to do about it.
            what = f"{error.message.rstrip('.')}{f' ({failure.where})' if failure.where else ''}"
            mend, repair = error.next_step, error.repair
        next_step: str
        if self._dry_run:
            if repair is not None and not self._action.resume:
                # It would settle what this began, which is not there.
                mend, repair = "", None
            next_step = NextStep(mend or "Correct the code.", " ", NOTHING_RECORDED)
        elif repair is not None:
            next_step = mend
        elif resumable:
            again = NextStep(mend, " Then run it again") if mend else "Correct the code and run it again"
            next_step = NextStep(again, ": it goes on from its checkpoint.")
        elif self._action.migration.recover == "retry":
            again = NextStep(mend, " Then run it again") if mend else "Correct the cause and run it again"
            next_step = NextStep(again, ": its file says that it may be.")
        else:
            repair = Repair.anew(self._id, undo=undo)
            check = NextStep(mend, " Check") if mend else "Correct the code, check"
            next_step = NextStep(check, " what it left behind, and then ", repair_advice(self._id, undo=undo))
        return MigrationFailed(
            f"{self._action.migration} {'could not be undone' if undo else 'failed'}: {what}.",
            next_step=next_step,
            repair=repair,
            outcome=self._run_state.outcome(),
            migration_id=self._action.migration.id,
        )

    def _unrecorded(self, error: Exception, *, resumable: bool) -> MigrationFailed:
        settles = Repair(self._id, "applied" if self._action.direction is Direction.DO else "pending")
        retried = self._action.migration.recover == "retry"
        repair = None if resumable or retried else settles
        next_step = f"Run it again{', and it goes on from its last checkpoint' if resumable else ''}."
        if repair:
            next_step = NextStep("Invoke ", repair, ".")
        return MigrationFailed(
            f"{self._action.migration} did its work, but that could not be recorded "
            f"({describe_error(error)}): it is dirty now.",
            next_step=next_step,
            repair=repair,
            outcome=self._run_state.outcome(),
            migration_id=self._action.migration.id,
        )
