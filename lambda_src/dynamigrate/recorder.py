"""The one way to add a run to the history."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from .clock import Clock, timestamp
from .error_text import describe_error
from .errors import HandedOver, RunError, RunUnfinished
from .lifecycle import RunEnded, Tell, tell_nobody
from .log import log_event
from .outcome import Outcome
from .records import Run, RunRecord, RunResult
from .run_state import RunState
from .safe_logger import safe_logger

if TYPE_CHECKING:
    from .restore_point import RestorePoint
    from .targets import Target

_logger = safe_logger(logging.getLogger(__name__))


# How many runs are looked through for one that ended just now.
_NEWEST: Final = 20


def recorded_run(target: Target, run_id: str) -> RunRecord | None:
    """What the history has of a run that ended just now; None: it has none of it."""
    return next((record for record in target.runs(_NEWEST) if record.run.id == run_id), None)


class RunRecorder:
    """
    Records one run.

    Args:
        began: When it began, in seconds since the epoch; None: now.
        tell: Is told of its end.

    A failure to write to the history is logged, and changes nothing about what the run did.
    """

    def __init__(
        self, target: Target, run: Run, clock: Clock, *, began: float | None = None, tell: Tell = tell_nobody
    ) -> None:
        self._target = target
        self._tell = tell
        self._run = run
        self._clock = clock
        now = clock.time()
        self._started_at = timestamp(now if began is None else began)
        self._began = clock.monotonic() - (0 if began is None else now - began)

    @contextmanager
    def recorded(self, run_state: RunState) -> Iterator[None]:
        """
        Record the run as what the block makes of it, whatever that is. One that goes on in another process is not over,
        and is recorded there.
        """
        try:
            yield
        except HandedOver:
            raise
        except RunError as error:
            result = RunResult.UNFINISHED if isinstance(error, RunUnfinished) else RunResult.FAILED
            self.record(
                result, outcome=error.outcome, note=str(error), restore_point=run_state.restore_point, error=error
            )
            raise
        except BaseException as error:
            self.record(
                RunResult.FAILED,
                outcome=run_state.outcome(),
                note=describe_error(error),
                restore_point=run_state.restore_point,
                error=error,
            )
            raise
        self.record(
            RunResult.SUCCEEDED,
            outcome=run_state.outcome(),
            note=run_state.note,
            restore_point=run_state.restore_point,
        )

    def record(
        self,
        result: RunResult,
        *,
        outcome: Outcome | None = None,
        applied: tuple[str, ...] = (),
        undone: tuple[str, ...] = (),
        note: str = "",
        restore_point: RestorePoint | None = None,
        error: BaseException | None = None,
    ) -> None:
        """
        Add the run to the history.

        Args:
            outcome: What it did, and how long that took; without one, the time since this recorder was made counts.
            applied: Ids that it applied, or counted as applied, where there is no *outcome*.
            undone: Ids that it undid, likewise.
            note: What a person should know: the error, or what was repaired.
            restore_point: The moment before its first write.
            error: What ended it, for whoever is told.
        """
        outcome = outcome or Outcome(applied=applied, undone=undone, seconds=self._clock.monotonic() - self._began)
        record = RunRecord(
            run=self._run,
            started_at=self._started_at,
            seconds=round(outcome.seconds, 3),
            result=result,
            applied=outcome.applied,
            undone=outcome.undone,
            failed=outcome.failed,
            note=note,
            restore_point=restore_point,
        )
        try:
            self._target.record_run(record)
        except Exception:  # noqa: BLE001 - reported in the log, as promised above
            sentence = "The run could not be recorded in the history; what it did stands."
            log_event(_logger, logging.WARNING, "history.not_recorded", sentence, exc_info=True, run_id=self._run.id)
        self._tell(RunEnded(record=record, error=error))
