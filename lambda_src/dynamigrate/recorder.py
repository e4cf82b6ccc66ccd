"""The one way to add a run to the history."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .clock import Clock, timestamp
from .log import log_event
from .outcome import Outcome
from .records import Run, RunRecord, RunResult
from .safe_logger import safe_logger

if TYPE_CHECKING:
    from .targets import Target

_logger = safe_logger(logging.getLogger(__name__))


class RunRecorder:
    """
    Records one run; it began when this was made.

    A failure to write to the history is logged, and changes nothing about what the run did.
    """

    def __init__(self, target: Target, run: Run, clock: Clock) -> None:
        self._target = target
        self._run = run
        self._clock = clock
        self._started_at = timestamp(clock.time())
        self._began = clock.monotonic()

    def record(
        self,
        result: RunResult,
        *,
        outcome: Outcome | None = None,
        applied: tuple[str, ...] = (),
        note: str = "",
    ) -> None:
        """
        Add the run to the history.

        Args:
            outcome: What it did, and how long that took; without one, the time since this recorder was made counts.
            applied: Ids that it counted as applied, where there is no *outcome*.
            note: What a person should know: the error, or what was repaired.
        """
        outcome = outcome or Outcome(applied=applied, seconds=self._clock.monotonic() - self._began)
        record = RunRecord(
            run=self._run,
            started_at=self._started_at,
            seconds=round(outcome.seconds, 3),
            result=result,
            applied=outcome.applied,
            undone=outcome.undone,
            failed=outcome.failed,
            note=note,
        )
        try:
            self._target.record_run(record)
        except Exception:  # noqa: BLE001 - reported in the log, as promised above
            sentence = "The run could not be recorded in the history; what it did stands."
            log_event(_logger, logging.WARNING, "history.not_recorded", sentence, exc_info=True, run_id=self._run.id)
