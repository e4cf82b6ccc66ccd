"""Which of a history's dirty migrations are at work in a run of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..clock import Clock
from ..contract.names import id_key
from ..records import Record
from .lock_status import LockStatus


def with_running(
    read: Callable[[], tuple[Record, ...]], lock_of: Callable[[str], LockStatus | None], clock: Clock
) -> tuple[Record, ...]:
    """
    The records that *read* finds, with `Record.running` as their locks tell it.

    A run that has ended records that first, and frees its lock then. So where the lock says that it is over, what was
    read before may be old, and is read once more.

    Args:
        lock_of: Tells who holds the lock of a migration's run of its own.
    """
    running: dict[str, bool] = {}
    locks: dict[str, LockStatus | None] = {}
    while True:
        records = read()
        unknown = {
            record.detached: record.id
            for record in records
            if record.dirty and record.detached is not None and record.detached not in running
        }
        locks |= {run_id: lock_of(one) for run_id, one in unknown.items()}
        running |= {run_id: _is_running(run_id, locks[run_id], clock) for run_id in unknown}
        if all(running[one] for one in unknown):
            return tuple(
                replace(with_fleet_progress(record, locks[record.detached or ""], clock.time()), running=True)
                if record.dirty and running.get(record.detached or "")
                else record
                for record in records
            )


def with_fleet_progress(record: Record, lock: LockStatus | None, now: float) -> Record:
    """
    *record* with how far it is as the workers of a fleet tell it, with its run's *lock*, where one has it. Whoever takes
    the run up after them tells more, in time.

    Args:
        now: In seconds since the epoch.
    """
    fleet = None if lock is None or lock.continuation is None else lock.continuation.fleet
    if fleet is None or lock is None or lock.fleet is None or id_key(fleet.migration) != record.key:
        return record
    progress, figures = lock.fleet.progress(fleet, now)
    if not lock.waiting and record.progress is not None and progress[0] <= record.progress[0]:
        return record
    return replace(record, progress=progress, figures=figures, waits_for=lock.fleet.waits_for(fleet, now))


def _is_running(run_id: str, lock: LockStatus | None, clock: Clock) -> bool:
    return lock is not None and lock.run_id == run_id and not lock.is_abandoned(clock.time())
