"""What becomes of detached migrations when the resource is deleted."""

from __future__ import annotations

import logging

from ...error_text import describe_error, error_message
from ...errors import StateMissing
from ...log import log_event
from ..invocation import Invocation
from ..setup import Setup


def end_detached_runs(invocation: Invocation, setup: Setup) -> None:
    """
    Ask all that go on in a run of their own, and that this function began, to stop: the state machine in which they do is
    about to be deleted. Best effort: nobody waits for them, and they keep their checkpoints.
    """
    try:
        if not setup.settings.detached_machine_arn:
            return
        target = setup.brief_target(invocation)
        try:
            running = [record for record in target.records() if record.running]
        except StateMissing:
            return
        for record in running:
            own = target.detached(record.id)
            lock = own.lock_status()
            # Those of the other phase go on in a machine of the other function's.
            if lock is not None and invocation.own_words in lock.holder:
                own.request_stop("the resource is being deleted", holder=invocation.own_words)
                own.free_waiting()
    except Exception as error:  # noqa: BLE001 - best effort, as promised
        sentence = f"Detached migrations could not be asked to stop: {describe_error(error)}"
        log_event(setup.logs.events, logging.WARNING, "run.left_behind", sentence, error=error_message(error))
