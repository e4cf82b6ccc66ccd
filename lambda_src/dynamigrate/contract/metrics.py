"""The metrics of a history, by which alarms and dashboards find what the functions wrote."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

NAMESPACE: Final = "dynamigrate"
# The one dimension of these metrics; its value is `Env.HISTORY`.
HISTORY: Final = "history"


class RunMetric(StrEnum):
    """What the function that migrates says at the end of each run that did something or failed."""

    RUNS = "Runs"
    FAILED_RUNS = "FailedRuns"
    # Migrations.
    APPLIED = "Applied"
    UNDONE = "Undone"
    FAILED = "Failed"
    # Seconds.
    RUN_SECONDS = "RunSeconds"
    LOCK_WAIT_SECONDS = "LockWaitSeconds"


class WatchMetric(StrEnum):
    """What the function says that watches over a history, every few minutes; all but counts are seconds."""

    # Of the migration that has been dirty for longest.
    DIRTY_SECONDS = "DirtySeconds"
    # Since the lock's deadline, while it is held.
    LOCK_OVERDUE_SECONDS = "LockOverdueSeconds"
    # Of the detached migration that has stood still for longest.
    STALLED_SECONDS = "StalledSeconds"
    # Migrations that wait for something.
    HELD = "Held"
