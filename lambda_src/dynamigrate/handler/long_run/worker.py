"""One call of a worker of a fleet, by the state machine."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ...continuation import EXECUTION
from ...contract import LEAST_SLICE_SECONDS, SliceStatus
from ...detached import OwnSource
from ...fleet import WorkerEnd
from ...log import duration_text, log_event
from ..invocation import Invocation
from ..setup import Setup
from .long_run import CODE
from .slice_event import WorkerEvent

if TYPE_CHECKING:
    from ...continuation import Continuation
    from ...targets.fleets import Member

_STATUS: Final = {
    WorkerEnd.OUT_OF_TIME: SliceStatus.MORE,
    WorkerEnd.PARKED: SliceStatus.WAIT,
    WorkerEnd.SUPERSEDED: SliceStatus.WAIT,
    WorkerEnd.OVER: SliceStatus.DONE,
}


def respond(event: Mapping[str, Any], context: Any, setup: Setup) -> dict[str, str]:
    """
    Do that worker's share of what its fleet does, and say what the machine is to do next.

    Raises:
        Exception: The fleet's state could not be read or written; the machine calls again.
    """
    called = WorkerEvent.read(event)
    invocation = replace(Invocation.begin(context), run_id=called.run_id)
    setup.logs.begin(run_id=called.run_id, request_id=invocation.request_id)
    return {"status": _carry_out(called, invocation, setup).value}


def _carry_out(called: WorkerEvent, invocation: Invocation, setup: Setup) -> SliceStatus:
    log, target = setup.logs.events, setup.target(invocation)
    if called.migration:
        target = target.detached(called.migration)
    status = target.lock_status()
    continuation = None if status is None else status.continuation
    member = target.join(called.run_id, called.number)
    if member is None or continuation is None:
        why = "its fleet is over"
        log_event(
            log, logging.INFO, "worker.idle", f"A worker had nothing to do: {why}.", worker=called.number, why=why
        )
        return SliceStatus.DONE
    about = {
        "worker": called.number,
        "execution": continuation.notes.get(EXECUTION),
        "migration": member.fleet.migration,
    }
    log_event(
        log,
        logging.INFO,
        "worker.started",
        f"Worker {called.number} of {member.fleet.workers} begins, "
        f"{duration_text(invocation.until(continuation.ends).remaining())} at most.",
        **about,
    )
    end = _work(member, continuation, invocation, setup, called)
    if continuation.ends - time.time() < LEAST_SLICE_SECONDS:
        # The time of the run as a whole: another call would find none either.
        end = WorkerEnd.OVER
    log_event(
        log,
        logging.INFO,
        "worker.ended",
        f"Worker {called.number} ended after {duration_text(invocation.elapsed)}: {end.value}.",
        end=end.value,
        seconds=invocation.elapsed,
        **about,
    )
    return _STATUS[end]


def _work(
    member: Member, continuation: Continuation, invocation: Invocation, setup: Setup, called: WorkerEvent
) -> WorkerEnd:
    if _has_its_code(continuation, setup, called):
        return setup.work(member, continuation, invocation)
    # The slice after the fleet says so to whoever waits.
    why = "the function has other code than the one with which the run began"
    sentence = f"A worker did nothing: {why}. It was deployed, or swapped, since."
    log_event(setup.logs.events, logging.WARNING, "worker.idle", sentence, worker=member.number, why=why)
    return WorkerEnd.OVER


def _has_its_code(continuation: Continuation, setup: Setup, called: WorkerEvent) -> bool:
    """Whether the function has the code with which the run began; of a detached one, that of its migration."""
    if not called.migration:
        return continuation.notes.get(CODE) == setup.source.manifest().digest
    return OwnSource(setup.source, called.migration).has_code_of(continuation)
