"""How a run ended, as metrics."""

from __future__ import annotations

import time
from typing import Final

from ..contract.metrics import RunMetric
from ..records import RunRecord, RunResult
from ..reporters import AfterAction, AfterPlan, BeforeAction, BeforePlan
from .history_metrics import write_metrics

# Seconds. Any run takes some time to get its lock; a wait for somebody else's is longer.
_LEAST_WAIT: Final = 1.0


class LockWait:
    """A reporter that knows how long a run waited for its lock; make it when the run asks for that."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._held: float | None = None

    @property
    def seconds(self) -> float:
        """As of now, where the lock is not held yet."""
        until = time.monotonic() if self._held is None else self._held
        return round(until - self._began, 3)

    @property
    def is_long(self) -> bool:
        """Whether somebody else had the lock."""
        return self.seconds >= _LEAST_WAIT

    def before_plan(self, event: BeforePlan) -> None:
        self._held = time.monotonic()

    def after_plan(self, event: AfterPlan) -> None: ...

    def before_action(self, event: BeforeAction) -> None: ...

    def after_action(self, event: AfterAction) -> None: ...


def write_run(history: str, record: RunRecord, lock_wait: float) -> None:
    """
    Write the metrics of a run that ended.

    Args:
        lock_wait: Seconds.
    """
    values: dict[RunMetric, float] = {
        RunMetric.RUNS: 1,
        RunMetric.FAILED_RUNS: int(record.result != RunResult.SUCCEEDED),
        RunMetric.APPLIED: len(record.applied),
        RunMetric.UNDONE: len(record.undone),
        RunMetric.FAILED: int(record.failed is not None),
        RunMetric.RUN_SECONDS: record.seconds,
        RunMetric.LOCK_WAIT_SECONDS: lock_wait,
    }
    write_metrics(history, values, f"Figures of the run {record.run.id}, as metrics.")


def write_wait(history: str, lock_wait: float) -> None:
    """Write how many seconds a run waited for its lock that found nothing to do."""
    write_metrics(history, {RunMetric.LOCK_WAIT_SECONDS: lock_wait}, "A wait for the lock, as a metric.")
