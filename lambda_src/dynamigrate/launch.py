"""Starts a detached migration: it goes on in a run of its own, and whoever started it goes on without it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from .clock import Clock
from .continuation import Continuation
from .error_text import describe_error
from .errors import LockLost, MigrationFailed, MigrationsError
from .launcher import Launcher
from .log import log_event
from .next_step import NextStep
from .plan import Action
from .records import Details, Run
from .run_ids import new_run_id
from .run_state import RunState

if TYPE_CHECKING:
    from .migration import Migration
    from .targets import StateTarget, Target

# The command under which the history has such a run.
COMMAND: Final = "detached"
# A note of the run's: what its migration's code was when it was started.
CHECKSUM: Final = "checksum"
# Seconds in which the process that was started takes the run up. After that nobody does, and it may be started again.
_LONGEST_START: Final = 120.0
# Seconds. It goes on for days, and has to end at some time.
_LIMIT: Final = 365 * 86_400.0


class Launch:
    """
    One migration's.

    Args:
        record_id: The migration's id as the target has it.
        run: The run that starts it.
    """

    def __init__(self, action: Action, record_id: str, *, target: Target, launcher: Launcher, run: Run) -> None:
        self._action = action
        self._id = record_id
        self._target = cast("StateTarget", target)
        self._launcher = launcher
        self._run = run

    def carry_out(self, run_state: RunState, clock: Clock, logger: Any) -> None:
        """
        Have it begin, or go on from its checkpoint, in a run of its own.

        What dies in between leaves it as it was, or as one that is started again by the next run: its mark and its lock
        are written at once, before anything is started, and whoever takes that lock up first has the run.

        Raises:
            MigrationFailed: It could not be started; it is as it was.
            StopRequested, LockLost: As `DetachedRuns.launch` has it; nothing was started.
            Exception: Whatever the target raised.
        """
        migration, now = self._action.migration, clock.time()
        own = replace(self._run, id=new_run_id(), command=COMMAND)
        continuation = Continuation(
            run=own,
            began=now,
            ends=now + _LIMIT,
            # Counted up by whoever takes it up.
            slice=0,
            notes={CHECKSUM: migration.checksum or "", **self._launcher.notes(own.id)},
        )
        token = self._target.launch(self._id, self._details(run_state), continuation, until=now + _LONGEST_START)
        try:
            where = self._launcher.start(self._id, own.id)
        except Exception as error:
            if self._took_back(token):
                run_state.broke(self._id)
                raise self._failed(error, run_state) from error
            where = "a process of its own"
        run_state.started_detached(self._action, self._id, own.id)
        how = "goes on from its checkpoint" if self._action.resume else "begins"
        log_event(
            logger,
            logging.INFO,
            "migration.detached",
            f"{migration} {how} in a run of its own, {own.id}, in {where}. This run goes on without it.",
            run_id=self._run.id,
            migration=migration.id,
            description=migration.description,
            detached_run_id=own.id,
            resumed=self._action.resume,
        )

    def _details(self, run_state: RunState) -> Details:
        """By its run's id one tells that it was started and has not begun yet."""
        point = None if self._action.resume else run_state.restore_point
        return Details.of(self._action.migration, self._run, point)

    def _took_back(self, token: str) -> bool:
        """
        Take it back; returns False where a process has taken the run up, so that it was started all the same.

        Where it can't be taken back, it is started again by a later run.
        """
        try:
            return self._target.take_launch_back(self._id, token, forget=not self._action.resume)
        except LockLost:
            raise
        except Exception:  # noqa: BLE001 - what kept it from being started matters more
            log_event(
                logging.getLogger(__name__),
                logging.WARNING,
                "launch.not_taken_back",
                f"{self._action.migration} was not started, but stays marked as begun for two minutes.",
                exc_info=True,
                migration=self._id,
            )
            return True

    def _failed(self, error: Exception, run_state: RunState) -> MigrationFailed:
        mend = error.next_step if isinstance(error, MigrationsError) else "Correct the cause."
        after = "it goes on from its checkpoint" if self._action.resume else "it had not begun, and is not dirty"
        return MigrationFailed(
            f"{self._action.migration} could not be started, detached: {describe_error(error)}.",
            next_step=NextStep(mend, f" Then run it again: {after}."),
            outcome=run_state.outcome(),
            migration_id=self._action.migration.id,
        )


def tell_in_line(migration: Migration, run: Run, logger: Any) -> None:
    """Log that a detached migration runs as any other, in *run*."""
    log_event(
        logger,
        logging.INFO,
        "migration.in_line",
        f"{migration} is detached, and there is nothing in which it could go on by itself: it runs as any other.",
        run_id=run.id,
        migration=migration.id,
    )
