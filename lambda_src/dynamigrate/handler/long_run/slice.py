"""One slice of a run that goes on in the state machine, which calls for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ...commands.running import TO
from ...continuation import EXECUTION, Continuation
from ...contract import SliceStatus
from ...errors import HandedOver, MigrationsError, NothingToTakeUp
from ...log import counted, duration_text, listed, log_event
from ...next_step import Command, NextStep
from ...planners import MigratePlanner, Planner, ToPlanner
from ...recorder import recorded_run
from ...records import Run, RunRecord, RunResult
from ...targets.lock_status import LockStatus
from ..cloudformation.answering import send_answer
from ..cloudformation.deployment import newest
from ..cloudformation.events import ResourceLife, failed_answer
from ..cloudformation.request import ResourceRequest
from ..cloudformation.response import Answer, result_data
from ..errors import CodeMismatch
from ..invocation import Invocation
from ..setup import Setup
from .long_run import CODE, LongRun
from .slice_event import SliceEvent
from .slices import end_untaken, slice_answer, workers_to_call

# Seconds. The machine may call before the function that started it has handed the run over.
_LONGEST_HANDOVER: Final = 15.0
# Seconds. Reads of Parameter Store are eventually consistent.
_LONGEST_LATENCY: Final = 10.0
# Seconds. Whoever ended the run frees the lock first, and answers then.
_LONGEST_ANSWER: Final = 20.0
_POLL_SECONDS: Final = 0.5


def respond(event: Mapping[str, Any], context: Any, setup: Setup) -> dict[str, Any]:
    """
    Go on with the run that *event* names, and say what the machine is to do next.

    Raises:
        Exception: Whether there is anything to go on with could not be read; the machine calls again.
    """
    called = SliceEvent.read(event)
    invocation = replace(Invocation.begin(context), run_id=called.run_id)
    setup.logs.begin(run_id=called.run_id, request_id=invocation.request_id)
    found = Slice(invocation, setup, after_fleet=called.after_fleet)
    status = found.carry_out()
    return slice_answer(status, found.workers)


class Slice:
    """
    One call of the state machine's.

    Attributes:
        workers: How many the fleet has that is to go on.
    """

    def __init__(self, invocation: Invocation, setup: Setup, *, after_fleet: bool = False) -> None:
        self.workers = 0
        self._after_fleet = after_fleet
        self._run_id = invocation.run_id
        self._invocation = invocation
        self._setup = setup
        self._log = setup.logs.events
        self._target = setup.target(invocation)

    def carry_out(self) -> SliceStatus:
        """
        Take the run up and go on with it, as far as there is time; where that is its end, answer whoever waits for it.

        Raises:
            Exception: As `respond`.
        """
        try:
            lock = self._handed_over()
            if lock is None or lock.continuation is None:
                return self._over()
            self.workers = workers_to_call(lock.continuation, waiting=lock.waiting, after_fleet=self._after_fleet)
            return SliceStatus.FLEET if self.workers else self._go_on(lock.continuation)
        except HandedOver:
            return SliceStatus.MORE
        except NothingToTakeUp as nothing:
            sentence = f"Nothing was done in this slice: {nothing.message}"
            log_event(self._log, logging.INFO, "slice.idle", sentence, busy=nothing.busy, why=nothing.message)
            return SliceStatus.WAIT if nothing.busy else self._over()

    def _go_on(self, continuation: Continuation) -> SliceStatus:
        """
        Raises:
            HandedOver, NothingToTakeUp: This is not the run's end.
            Exception: As `respond`.
        """
        self._invocation = invocation = self._invocation.until(continuation.ends)
        number = continuation.slice + 1
        log_event(
            self._log,
            logging.INFO,
            "slice.started",
            f"Slice {number} of the run begins, {duration_text(invocation.remaining())} at most.",
            slice=number,
            execution=continuation.notes.get(EXECUTION),
            command=continuation.run.command,
        )
        request = self._request(continuation)
        return self._command(continuation) if request is None else self._deploy(request, continuation)

    def _handed_over(self) -> LockStatus | None:
        """
        The lock of the run, which tells how far it got; None: it is over, or whoever began it died before it could hand it
        over.

        Raises:
            NothingToTakeUp: Whoever began it is still at work.
        """
        waited = since = 0.0
        beat = -1
        while True:
            status = self._target.lock_status()
            if status is None or status.run_id != self._run_id:
                return None
            if status.continuation is not None:
                return status
            if status.beat != beat:
                beat, since = status.beat, waited
            elif waited - since >= status.lease_ms / 1000:
                return None
            if since and waited >= _LONGEST_HANDOVER:
                raise NothingToTakeUp(f"{status.holder} has not handed the run over yet.", busy=True)
            self._setup.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS

    def _request(self, continuation: Continuation) -> ResourceRequest | None:
        """The event that the run's end answers; None: it is a manual command's."""
        if not continuation.of_request:
            return None
        # Parameter Store may not show what was kept a second ago.
        waited = 0.0
        while (request := self._setup.kept_events.read(self._run_id)) is None and waited < _LONGEST_LATENCY:
            self._setup.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        if request is None:
            # Somebody answered in our name, so what this run would still do is not wanted any more.
            self._target.request_stop("CloudFormation has been answered already")
        return request

    def _deploy(self, request: ResourceRequest, continuation: Continuation) -> SliceStatus:
        life = ResourceLife(request, self._invocation, self._setup)
        try:
            answer = life.go_on(self._target, continuation)
        except (HandedOver, NothingToTakeUp):
            raise
        except BaseException as error:  # noqa: BLE001 - a SystemExit would leave the stack without an answer too
            end_untaken(self._target, continuation, error, tell=self._setup.reports.tell)
            answer = failed_answer(error, request, self._invocation, self._setup, life)
        return self._answer(answer, request)

    def _command(self, continuation: Continuation) -> SliceStatus:
        upto = continuation.notes.get(TO)
        phase = self._setup.settings.phase
        planner: Planner = ToPlanner(upto, phase) if upto else MigratePlanner(phase)
        try:
            self._check_code(continuation)
            outcome = self._setup.migrate(
                self._target,
                self._invocation,
                planner=planner,
                wait=0,
                run=continuation.run,
                continue_elsewhere=LongRun(self._setup, self._invocation).continue_elsewhere,
                continuation=continuation,
            )
        except (HandedOver, NothingToTakeUp):
            raise
        except BaseException as error:  # noqa: BLE001 - the log is all there is to tell
            end_untaken(self._target, continuation, error, tell=self._setup.reports.tell)
            self._setup.logs.failed(error, command=continuation.run.command, seconds=self._invocation.elapsed)
            return SliceStatus.FAILED
        log_event(
            self._log,
            logging.INFO,
            "run.finished",
            f"The command {continuation.run.command} succeeded.",
            command=continuation.run.command,
            result="succeeded",
            applied=outcome.applied,
            undone=outcome.undone,
            seconds=outcome.seconds,
        )
        return SliceStatus.DONE

    def _check_code(self, continuation: Continuation) -> None:
        """
        Raises:
            CodeMismatch: The function has other code than the one that the command was given to: a deploy came between.
        """
        if continuation.notes.get(CODE) != self._setup.source.manifest().digest:
            raise CodeMismatch(
                "The function's code is not the one with which this run began: it was deployed, or swapped, since.",
                next_step=NextStep("What is pending is the deploy's now. Or invoke ", Command("migrate"), " again."),
            )

    def _answer(self, answer: Answer, request: ResourceRequest) -> SliceStatus:
        """
        Send it, and forget the event.

        Raises:
            Exception: It does not get there, or the event could not be deleted; the machine calls again.
        """
        if not send_answer(answer, request, self._invocation, self._setup):
            raise MigrationsError("CloudFormation could not be answered.", next_step="See the function's log.")
        self._setup.kept_events.forget(self._run_id)
        return SliceStatus.DONE if answer.status == "SUCCESS" else SliceStatus.FAILED

    def _over(self) -> SliceStatus:
        """The run has ended. Where whoever ended it died before it could answer, answer in its name."""
        waited = 0.0
        while (request := self._setup.kept_events.read(self._run_id)) is not None and waited < _LONGEST_ANSWER:
            self._setup.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        if request is None:
            why = "it is over, and nobody waits for an answer"
            log_event(
                self._log, logging.INFO, "slice.idle", f"There is no run to go on with: {why}.", busy=False, why=why
            )
            # The call that ended it may have lost its answer to the machine.
            record = self._record()
            return SliceStatus.FAILED if record and record.result != RunResult.SUCCEEDED else SliceStatus.DONE
        record = self._record()
        status = self._answer(self._verdict(record, request), request)
        if record is None:
            # Once the answer is there: where it is not, the machine calls again.
            run = Run(id=self._run_id, actor=request.actor)
            self._setup.reports.failed(self._ended_unrecorded(), run, seconds=self._invocation.elapsed)
        return status

    def _record(self) -> RunRecord | None:
        return recorded_run(self._target, self._run_id)

    def _verdict(self, record: RunRecord | None, request: ResourceRequest) -> Answer:
        """What CloudFormation is told of a run that ended without saying so."""
        run_id = self._run_id
        if record is not None and record.result == RunResult.SUCCEEDED:
            applied = f"{counted(len(record.applied), 'migration')} applied{': ' if record.applied else ''}"
            return Answer(
                status="SUCCESS",
                reason=f"{applied}{listed(record.applied)}.",
                data=result_data(run_id, applied=record.applied, current=newest(self._setup.source.load())),
            )
        if record is not None:
            return Answer(status="FAILED", reason=f"The run {run_id} has ended: {record.note}")
        return Answer(status="FAILED", reason=str(self._ended_unrecorded()))

    def _ended_unrecorded(self) -> MigrationsError:
        what = "it left no record of its end. Its process died, or somebody freed its lock."
        return MigrationsError(
            f"The run {self._run_id} has ended, and {what}",
            next_step="Deploy again, and it goes on from its checkpoint.",
        )
