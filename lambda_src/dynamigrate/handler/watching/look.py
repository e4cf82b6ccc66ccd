"""What is wrong with a history at a moment, and for how long it has been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from ...contract.metrics import WatchMetric
from ...records import RunRecord
from ...status import DirtyStatus, Finding, RunningStatus, State, StatusReport
from ...targets.lock_status import LockStatus
from .standing import Standing

NONE: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Dirty:
    """
    A migration that is dirty, and no run is at it.

    Attributes:
        since: When its run ended, or the time was up of one of its own that nobody goes on with; where neither is known, when
            it began. In seconds since the epoch.
    """

    status: DirtyStatus
    since: float


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """
    A lock that is held although its deadline has passed.

    Attributes:
        migration: The detached migration whose run has it; empty: it is the history's own.
        since: Its deadline, in seconds since the epoch.
    """

    lock: LockStatus
    migration: str
    since: float


@dataclass(frozen=True, kw_only=True)
class Stalled:
    """
    A detached migration that stands still.

    Attributes:
        since: When it was first seen where it is, in seconds since the epoch.
    """

    status: RunningStatus
    since: float


@dataclass(frozen=True, kw_only=True)
class Look:
    """
    What was found, each of them from the one that has been so for longest.

    Attributes:
        now: When, in seconds since the epoch.
        held: How many migrations wait for something.
    """

    now: float
    dirty: tuple[Dirty, ...]
    overdue: tuple[Overdue, ...]
    stalled: tuple[Stalled, ...]
    held: int

    @classmethod
    def at(
        cls,
        report: StatusReport,
        runs: Sequence[RunRecord],
        standing: Standing,
        now: float,
        *,
        given_up: Mapping[str, float] = NONE,
    ) -> Look:
        """
        What *report* comes to.

        Args:
            runs: The newest of the history, by which it is known when a migration was left dirty.
            standing: What was seen of detached migrations, this look included.
            given_up: When the time was up of runs of their own that nobody goes on with, by their ids.
        """
        ended = {
            **given_up,
            **{run.run.id: began + run.seconds for run in runs if (began := seconds_of(run.started_at))},
        }
        dirty = [
            Dirty(status=one, since=_left_at(one, ended, now))
            for one in report.dirty
            if one.finding is not Finding.RUNNING
        ]
        locks = [("", report.lock), *((one.record.id, one.lock) for one in report.running)]
        overdue = [
            Overdue(lock=lock, migration=migration, since=lock.deadline_ms / 1000)
            for migration, lock in locks
            if lock is not None and not lock.foreign and 0 < lock.deadline_ms / 1000 < now
        ]
        stalled = [
            Stalled(status=one, since=now - seconds)
            for one in report.running
            if (seconds := standing.seconds(one.record.id, now))
        ]
        return cls(
            now=now,
            dirty=tuple(sorted(dirty, key=lambda one: one.since)),
            overdue=tuple(sorted(overdue, key=lambda one: one.since)),
            stalled=tuple(sorted(stalled, key=lambda one: one.since)),
            held=report.counts.get(State.HELD, 0),
        )

    @property
    def metrics(self) -> Mapping[WatchMetric, float]:
        """What there is to say: of what is not so, nothing, as a metric costs as soon as it is written."""
        since: dict[WatchMetric, list[float]] = {
            WatchMetric.DIRTY_SECONDS: [one.since for one in self.dirty],
            WatchMetric.LOCK_OVERDUE_SECONDS: [one.since for one in self.overdue],
            WatchMetric.STALLED_SECONDS: [one.since for one in self.stalled],
        }
        found = {metric: round(self.now - min(those), 1) for metric, those in since.items() if those}
        return found | ({WatchMetric.HELD: self.held} if self.held else {})


def _left_at(one: DirtyStatus, ended: Mapping[str, float], now: float) -> float:
    record = one.record
    # An item of the Go driver says nothing, and another's may make no sense: it is not known to be dirty for longer than it
    # is seen.
    since = ended.get(record.details.run_id or "") or seconds_of(record.started_at or "") or now
    return min(since, now)


def seconds_of(moment: str) -> float:
    """That ISO 8601 moment, in UTC unless it says otherwise, in seconds since the epoch; 0: it is none after that."""
    try:
        found = datetime.fromisoformat(moment)
        return max(0.0, (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except ValueError:
        return 0.0
