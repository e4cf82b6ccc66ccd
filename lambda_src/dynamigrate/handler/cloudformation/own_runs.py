"""What becomes of this function's runs when its stack rolls back or goes away."""

from __future__ import annotations

import logging

from ...error_text import describe_error, error_message, type_name
from ...errors import StateMissing
from ...log import log_event
from ..invocation import Invocation
from ..setup import Setup


class OwnRuns:
    """
    The runs of this function. That of the other phase works under the same lock, and its runs have nothing to do with
    this stack.

    Best effort, all of it: the answer to CloudFormation does not depend on it.
    """

    def __init__(self, invocation: Invocation, setup: Setup) -> None:
        self._invocation = invocation
        self._setup = setup
        self._log = setup.logs.events

    def ask_to_stop(self, why: str) -> None:
        """Have the one that is still at work stop soon."""
        try:
            self._setup.brief_target(self._invocation).request_stop(why, holder=self._invocation.own_words)
        except Exception as error:  # noqa: BLE001 - best effort, as promised
            kind = type_name(error)
            sentence = f"A run that may be under way could not be asked to stop: {describe_error(error)}"
            log_event(
                self._log, logging.WARNING, "stop.not_requested", sentence, error_type=kind, error=error_message(error)
            )

    def end(self, why: str) -> None:
        """Leave nothing behind that is at work, or waits: the state machines are about to be deleted, too."""
        self.ask_to_stop(why)
        try:
            self._end_long_run()
        except Exception as error:  # noqa: BLE001 - best effort, as promised
            self._left(f"What a long run left could not be deleted: {describe_error(error)}", error)
        try:
            self._end_detached(why)
        except Exception as error:  # noqa: BLE001 - best effort, as promised
            self._left(f"Detached migrations could not be asked to stop: {describe_error(error)}", error)

    def _end_long_run(self) -> None:
        """
        Free the lock of one that waits for its next slice. Nobody waits for its answer any more; a slice that is at work
        frees the lock itself.
        """
        if not self._setup.settings.machine_arn:
            return
        target = self._setup.brief_target(self._invocation)
        try:
            lock = target.lock_status()
        except StateMissing:
            return
        if lock is None or lock.continuation is None or lock.run_id is None:
            return
        if self._invocation.own_words not in lock.holder:
            return
        target.free_waiting()
        if lock.continuation.of_request:
            self._setup.kept_events.forget(lock.run_id)

    def _end_detached(self, why: str) -> None:
        """Ask all that go on in a run of their own to stop. Nobody waits for them, and they keep their checkpoints."""
        if not self._setup.settings.detached_machine_arn:
            return
        target = self._setup.brief_target(self._invocation)
        try:
            running = [record for record in target.records() if record.running]
        except StateMissing:
            return
        for record in running:
            own = target.detached(record.id)
            lock = own.lock_status()
            if lock is not None and self._invocation.own_words in lock.holder:
                own.request_stop(why, holder=self._invocation.own_words)
                own.free_waiting()

    def _left(self, sentence: str, error: Exception) -> None:
        log_event(self._log, logging.WARNING, "run.left_behind", sentence, error=error_message(error))
