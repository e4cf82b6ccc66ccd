"""One slice of a detached migration's own run, which the state machine calls for."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ...continuation import EXECUTION, Continuation
from ...contract import SliceStatus
from ...detached import OwnRun, OwnSource
from ...error_text import describe_error
from ...errors import HandedOver, NothingToTakeUp
from ...log import duration_text, log_event
from ...planners import MigratePlanner
from ...targets import HeldLock
from ..invocation import Invocation
from ..long_run.slices import end_untaken, slice_answer, workers_to_call
from ..setup import Setup
from .event import DetachedEvent

# Seconds in which the next slice takes up what was handed over, however busy Lambda is. After that a deploy may start the
# migration anew.
_LONGEST_WAIT: Final = 3600.0


def respond(event: Mapping[str, Any], context: Any, setup: Setup) -> dict[str, Any]:
    """
    Go on with the run that *event* names, and say what the machine is to do next.

    Raises:
        Exception: Whether there is anything to go on with could not be read; the machine calls again.
    """
    given = DetachedEvent.read(event)
    invocation = replace(Invocation.begin(context), run_id=given.run_id)
    setup.logs.begin(run_id=invocation.run_id, request_id=invocation.request_id)
    found = DetachedSlice(given, invocation, setup)
    status = found.carry_out()
    return slice_answer(status, found.workers)


class DetachedSlice:
    """
    One call of the state machine's.

    Attributes:
        workers: How many the fleet has that is to go on.
    """

    def __init__(self, given: DetachedEvent, invocation: Invocation, setup: Setup) -> None:
        self.workers = 0
        self._given = given
        self._invocation = invocation
        self._setup = setup
        self._log = setup.logs.events
        self._target = setup.target(invocation).detached(given.migration)
        # The execution in which the run goes on after this slice, where that is another one.
        self._moved = ""

    def carry_out(self) -> SliceStatus:
        """
        Take the run up, and go on with it as far as there is time.

        Raises:
            Exception: As `respond`.
        """
        lock = self._target.lock_status()
        if lock is None or lock.run_id != self._given.run_id or lock.continuation is None:
            return self._idle("its run is over", busy=False)
        after_fleet = self._given.after_fleet
        self.workers = workers_to_call(lock.continuation, waiting=lock.waiting, after_fleet=after_fleet)
        if self.workers:
            return SliceStatus.FLEET
        try:
            return self._go_on(lock.continuation)
        except HandedOver:
            return SliceStatus.DONE if self._moved else SliceStatus.MORE
        except NothingToTakeUp as nothing:
            return self._idle(nothing.message, busy=nothing.busy)

    def _idle(self, why: str, *, busy: bool) -> SliceStatus:
        log_event(self._log, logging.INFO, "slice.idle", f"Nothing was done in this slice: {why}.", busy=busy, why=why)
        return SliceStatus.WAIT if busy else SliceStatus.DONE

    def _go_on(self, continuation: Continuation) -> SliceStatus:
        """
        Raises:
            HandedOver, NothingToTakeUp: This is not the run's end.
            Exception: As `respond`.
        """
        number, migration_id = continuation.slice + 1, self._given.migration
        log_event(
            self._log,
            logging.INFO,
            "slice.started",
            f"Slice {number} of the detached {migration_id} begins, {duration_text(self._invocation.remaining())} at most.",
            slice=number,
            execution=continuation.notes.get(EXECUTION),
            command=continuation.run.command,
            migration=migration_id,
        )
        source = OwnSource(self._setup.source, migration_id)
        try:
            outcome = self._setup.migrate(
                self._target,
                self._invocation,
                source=source,
                planner=MigratePlanner(self._setup.settings.phase),
                wait=0,
                run=continuation.run,
                # What it did for days is not thrown away because it failed in the end.
                on_failure="stop",
                before_planning=OwnRun(source, self._target, continuation).check,
                continue_elsewhere=self._hand_over,
                continuation=continuation,
            )
        except (HandedOver, NothingToTakeUp):
            raise
        except BaseException as error:  # noqa: BLE001 - the log and the history are all there is to tell
            end_untaken(self._target, continuation, error, tell=self._setup.reports.tell)
            seconds = max(self._invocation.elapsed, time.time() - continuation.began)
            self._setup.logs.failed(error, command=continuation.run.command, seconds=round(seconds, 3))
            return SliceStatus.FAILED
        log_event(
            self._log,
            logging.INFO,
            "run.finished",
            f"The detached {migration_id} is done, after {number} slices.",
            command=continuation.run.command,
            result="succeeded",
            applied=outcome.applied,
            undone=outcome.undone,
            seconds=outcome.seconds,
        )
        return SliceStatus.DONE

    def _hand_over(self, lock: HeldLock, continuation: Continuation) -> str:
        """
        Hand the run over to the next slice, as `Runtime.continue_elsewhere` has it; in a new execution where this one has
        had many.

        Raises:
            LockLost, StopRequested: As `HeldLock.hand_over` has it.
        """
        moved = self._begin_next(continuation)
        if moved:
            continuation = replace(continuation, notes={**continuation.notes, EXECUTION: moved})
        # Of a fleet the lock waits for as long as its workers are at work.
        until = time.time() + _LONGEST_WAIT if continuation.fleet is None else continuation.ends
        lock.hand_over(continuation, until=until)
        self._moved = moved
        execution = continuation.notes.get(EXECUTION, "")
        log_event(
            self._log,
            logging.INFO,
            "run.handed_over",
            f"The time of this invocation is up: the run goes on in the state machine, as slice {continuation.slice + 1}.",
            slice=continuation.slice,
            execution=execution,
            seconds=self._invocation.elapsed,
        )
        return f"the state machine, execution {execution}"

    def _begin_next(self, continuation: Continuation) -> str:
        """
        Begin the next execution, where it is time for that; returns its ARN. Empty: the run goes on in the one it is in.

        Begun before the lock is given away: it finds this slice at work then, and asks again.
        """
        executions, run_id = self._setup.executions(self._invocation), continuation.run.id
        name = executions.next_name(run_id, continuation.slice)
        if name is None:
            return ""
        try:
            return executions.begin(self._given.migration, run_id, name)
        except Exception as error:  # noqa: BLE001 - this one still has room for many slices
            sentence = f"The run goes on in its old execution, as no new one could be begun: {describe_error(error)}"
            log_event(self._log, logging.WARNING, "execution.not_begun", sentence, error=describe_error(error))
            return ""
