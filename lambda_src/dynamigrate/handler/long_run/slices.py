"""What every slice does, whoever waits for its run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ...clock import SystemClock
from ...contract import SliceStatus
from ...error_text import describe_error
from ...lifecycle import Tell, tell_nobody
from ...outcome import Outcome
from ...recorder import RunRecorder, recorded_run
from ...records import RunResult

if TYPE_CHECKING:
    from ...continuation import Continuation
    from ...targets import StateTarget


def slice_answer(status: SliceStatus, workers: int) -> dict[str, Any]:
    """
    What the machine is told.

    Args:
        workers: How many the fleet has that is to go on.
    """
    return {"status": status.value, "workers": list(range(workers)) if status is SliceStatus.FLEET else []}


def workers_to_call(continuation: Continuation, *, waiting: bool, after_fleet: bool) -> int:
    """
    How many workers the fleet has to which the run was handed over, where they have not been called yet; 0: a slice goes
    on.

    Args:
        waiting: Nobody has taken the run up since.
        after_fleet: The workers have ended.
    """
    fleet = continuation.fleet
    return 0 if fleet is None or not waiting or after_fleet else fleet.workers


def end_untaken(
    target: StateTarget, continuation: Continuation, error: BaseException, *, tell: Tell = tell_nobody
) -> None:
    """
    Have the run ended where *error* came before anybody took it up: nobody else frees its lock then.

    Raises:
        Exception: Whose the lock is could not be read; the machine calls again.
    """
    run = continuation.run
    status = target.lock_status()
    if status is None or status.run_id != run.id or not status.waiting:
        return
    if recorded_run(target, run.id) is None:
        done = Outcome(
            applied=continuation.applied, undone=continuation.undone, seconds=time.time() - continuation.began
        )
        recorder = RunRecorder(target, run, SystemClock(), began=continuation.began, tell=tell)
        recorder.record(RunResult.UNFINISHED, outcome=done, note=describe_error(error), error=error)
    target.free_waiting()
