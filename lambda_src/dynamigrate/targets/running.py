"""Which of a history's dirty migrations are at work in a run of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..clock import Clock
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
    while True:
        records = read()
        unknown = {
            record.detached: record.id
            for record in records
            if record.dirty and record.detached is not None and record.detached not in running
        }
        running |= {run_id: _is_running(run_id, lock_of(one), clock) for run_id, one in unknown.items()}
        if all(running[one] for one in unknown):
            return tuple(
                replace(record, running=True) if record.dirty and running.get(record.detached or "") else record
                for record in records
            )


def _is_running(run_id: str, lock: LockStatus | None, clock: Clock) -> bool:
    return lock is not None and lock.run_id == run_id and not lock.is_abandoned(clock.time())
