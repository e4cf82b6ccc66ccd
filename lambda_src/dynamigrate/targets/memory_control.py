"""What of a `MemoryTarget` is about runs and whoever has the lock."""

from __future__ import annotations

import threading

from ..contract.choices import Phase
from ..contract.names import IdKey
from ..rate_order import RateOrder
from ..records import Deploy, Record, RunRecord
from .lock_status import LockStatus
from .memory_lock import MemoryLocks
from .memory_state import MemoryState


class MemoryControl:
    """The history of runs and deploys, and what anybody may ask of a run that is under way."""

    def __init__(self, kept: MemoryState, locks: MemoryLocks) -> None:
        self._guard = threading.RLock()
        self._kept = kept
        self._locks = locks

    def record_run(self, run: RunRecord) -> None:
        with self._guard:
            self._state()
            runs = self._kept.runs
            for place, found in enumerate(runs):
                if run.is_of(found):
                    if run.replaces(found):
                        runs[place] = run
                    return
            runs.insert(0, run)

    def runs(self, limit: int = 50) -> tuple[RunRecord, ...]:
        with self._guard:
            self._state()
            return tuple(self._kept.runs[:limit])

    def record_deploy(self, deploy: Deploy, *, phase: Phase = "before") -> None:
        with self._guard:
            self._state()
            known = self._kept.deploys.get(phase)
            if known is None or known.request_id != deploy.request_id:
                self._kept.deploys[phase] = deploy

    def newest_deploy(self, *, phase: Phase = "before") -> Deploy | None:
        with self._guard:
            self._state()
            return self._kept.deploys.get(phase)

    def free_waiting(self) -> None:
        self._locks.free_waiting()

    def break_lock(self) -> None:
        """Take the lock from whoever holds it."""
        self._locks.free()

    def lock_status(self) -> LockStatus | None:
        self._state()
        return self._locks.status()

    def unlock(self, *, force: bool = False) -> LockStatus | None:
        self._state()
        return self._locks.unlock(force=force)

    def request_stop(self, reason: str, *, holder: str = "") -> None:
        """Ask the holder of the lock, if there is one whose words have *holder*, to stop at its next step."""
        self._locks.request_stop(reason, holder=holder)

    def request_pause(self) -> bool:
        """Ask the holder of the lock to wait; returns whether there is one."""
        return self._locks.request_pause(paused=True)

    def request_resume(self) -> bool:
        """Have it go on; returns whether there is one."""
        return self._locks.request_pause(paused=False)

    def request_rate(self, order: RateOrder | None) -> bool:
        """Have the backfill of the holder of the lock go at another rate; returns whether there is one."""
        return self._locks.request_rate(order)

    def join(self, _run_id: str, _number: int) -> None:
        """A fleet is for processes that share a table."""
        return

    def request_width(self, _workers: int) -> bool:
        """Nobody is asked: there is no fleet."""
        return False

    def _state(self) -> dict[IdKey, Record]:
        return self._kept.known
