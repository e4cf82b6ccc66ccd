"""What is told of runs beside the log: metrics, events and traces, as far as they are asked for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..clock import timestamp
from ..contract import Env
from ..contract.metrics import NAMESPACE
from ..error_text import describe_error
from ..errors import MigrationsError
from ..lifecycle import LifecycleEvent, RunEnded
from ..log import log_event
from ..records import Run, RunRecord, RunResult
from ..reporters import Reporter
from .run_metrics import LockWait, write_run, write_wait

if TYPE_CHECKING:
    from ..outcome import Outcome
    from .lifecycle.events import RunEvents

_TRACE = "_X_AMZN_TRACE_ID"


class RunReports:
    """
    Of one process, which has one run at a time.

    Nothing here raises, and nothing of it is loaded that is not asked for.

    Args:
        environ: The environment's variables. It is read here and not by `Settings`, as what can't be read there is told too.
        bus: Makes the client of EventBridge, or returns it.
    """

    def __init__(self, environ: Mapping[str, str], *, bus: Callable[[], Any], log: logging.Logger) -> None:
        self._environ = environ
        self._bus = bus
        self._log = log
        self._history = environ.get(Env.HISTORY) or environ.get(Env.STACK_NAME) or NAMESPACE
        # Whose run waited.
        self._waiter = ""
        self._lock_wait = LockWait()
        self._events: RunEvents | None = None
        self._ended = ""

    def begin(self, run: Run, *, goes_on: bool = False) -> list[Reporter]:
        """
        The reporters of *run*, which is about to ask for its lock.

        Args:
            goes_on: It began in another process.
        """
        self._waiter, self._lock_wait = run.id, LockWait()
        reporters: list[Reporter] = [self._lock_wait]
        try:
            if (events := self._run_events()) is not None:
                reporters.append(events.starting(goes_on=goes_on))
            # Without tracing Lambda leaves this empty, or says that nothing is sampled.
            if "Sampled=1" in (trace := self._environ.get(_TRACE, "")):
                from .tracing import Tracing

                reporters.append(Tracing(trace, self._environ, history=self._history))
        except Exception as error:  # noqa: BLE001 - logged, as promised
            self._could_not("begin", error)
        return reporters

    def tell(self, event: LifecycleEvent) -> None:
        """As `Runtime.tell`."""
        try:
            if isinstance(event, RunEnded):
                self._ended = event.record.run.id
                waited = self._lock_wait.seconds if self._waiter == self._ended else 0.0
                write_run(self._history, event.record, waited)
            if (events := self._run_events()) is not None:
                events.tell(event)
        except Exception as error:  # noqa: BLE001 - logged, as promised
            self._could_not("tell", error)

    def finished(self, outcome: Outcome) -> None:
        """A run returned *outcome*; where it did nothing, nothing is told but a long wait for its lock."""
        if outcome.run_id == self._ended or not self._lock_wait.is_long:
            return
        try:
            write_wait(self._history, self._lock_wait.seconds)
        except Exception as error:  # noqa: BLE001 - logged, as promised
            self._could_not("tell", error)

    def over(self) -> None:
        """This process is done with its run, whatever came of that."""
        try:
            if self._events is not None:
                self._events.flush()
        except Exception as error:  # noqa: BLE001 - logged, as promised
            self._could_not("tell", error)

    def failed(self, error: BaseException, run: Run, *, seconds: float) -> None:
        """A deploy failed with *error*; told unless the run has been told of, as the history has it."""
        if run.id == self._ended:
            return
        note = str(error) if isinstance(error, MigrationsError) else describe_error(error)
        record = RunRecord(
            run=run,
            started_at=timestamp(time.time() - seconds),
            seconds=round(seconds, 3),
            result=RunResult.FAILED,
            note=note,
        )
        self.tell(RunEnded(record=record, error=error))

    def _run_events(self) -> RunEvents | None:
        if self._environ.get(Env.EVENTS) != "true":
            return None
        if self._events is None:
            from .lifecycle.events import RunEvents

            self._events = RunEvents(
                self._bus, history=self._history, stack=self._environ.get(Env.STACK_NAME, ""), log=self._log
            )
        return self._events

    def _could_not(self, what: str, error: Exception) -> None:
        log_event(
            self._log,
            logging.WARNING,
            "report.failed",
            f"What a run did could not be told, which changes nothing: {describe_error(error)}",
            exc_info=True,
            what=what,
            error=describe_error(error),
        )
