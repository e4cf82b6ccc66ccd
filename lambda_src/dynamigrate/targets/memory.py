"""State in memory, for tests: the contract of a target without its tables."""

from __future__ import annotations

import copy
import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from ..clock import Clock, SystemClock, timestamp
from ..contract.names import IdKey, id_key
from ..errors import StateMissing, StopRequested
from ..figures import figures as kept_figures
from ..figures import number
from ..plan import Direction
from ..rate_order import RateOrder
from ..records import NO_DETAILS, NO_FIGURES, Deploy, Details, Failure, Record, RunRecord
from . import history
from .lock_status import LockStatus
from .memory_lock import MemoryLock, MemoryLocks

_logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.05
# What a record has that is turned back, or is finished.
_NOT_BEGUN: Final[dict[str, Any]] = {"checkpoint": None, "progress": None, "figures": {}, "waits_for": ""}


class MemoryTarget:
    """
    Keeps state in this object. It starts usable, as existing tables would be; after `destroy` it needs `create`.

    Threads may share it: its lock is held by one ``with`` block at a time, whichever thread it is in. Once the block
    that holds it has lost it (`break_lock`), changes made in that block are refused.
    """

    def __init__(self, *, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._guard = threading.RLock()
        self._records: dict[IdKey, Record] | None = {}
        self._runs: list[RunRecord] = []
        self._began: dict[IdKey, float] = {}
        self._locks = MemoryLocks(self._clock)
        self._deploy: Deploy | None = None
        self._segments: dict[IdKey, dict[int, Any]] = {}

    @classmethod
    def holding(cls, records: Iterable[Record]) -> MemoryTarget:
        """A target whose history is *records*."""
        target = cls()
        target._records = {record.key: copy.deepcopy(record) for record in records}
        return target

    def create(self) -> None:
        with self._guard:
            if self._records is None:
                self._records = {}

    def destroy(self) -> None:
        with self._guard:
            self._records, self._runs, self._began, self._segments = None, [], {}, {}
            self._deploy = None
            self._locks.free()

    def records(self) -> tuple[Record, ...]:
        with self._guard:
            return tuple(copy.deepcopy(record) for _, record in sorted(self._state().items()))

    def done(self) -> tuple[str, ...]:
        return history.done(self.records())

    def current(self) -> str:
        return history.current(self.records())

    def add(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        def change(record: Record | None) -> Record:
            if record is not None:
                raise history.exists_error(record)
            self._began[id_key(migration_id)] = self._clock.monotonic()
            return Record(id=migration_id, dirty=True, details=details, started_at=self._now())

        self._change(migration_id, change, begins=True)

    def start_migration(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        def change(record: Record | None) -> Record:
            known = _known(migration_id, record)
            if known.dirty:
                raise history.dirty_error([known])
            self._began[known.key] = self._clock.monotonic()
            # What it was applied from stays; what the undo knows better replaces it.
            return Record(
                id=known.id,
                dirty=True,
                action=Direction.UNDO,
                details=_merged(known.details, details),
                started_at=self._now(),
            )

        self._change(migration_id, change, begins=True)

    def resume_migration(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        def change(record: Record | None) -> Record:
            known = _dirty(migration_id, record)
            self._began[known.key] = self._clock.monotonic()
            return replace(known, details=_merged(known.details, details), failure=None)

        self._change(migration_id, change, begins=True)

    def turn_back(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        def change(record: Record | None) -> Record:
            known = _dirty(migration_id, record)
            self._began[known.key] = self._clock.monotonic()
            return replace(
                known,
                action=Direction.UNDO,
                details=_merged(known.details, details),
                **_NOT_BEGUN,
            )

        self._change(migration_id, change, begins=True)

    def finish_migration(self, migration_id: str) -> None:
        def change(record: Record | None) -> Record:
            known = _known(migration_id, record)
            began = self._began.pop(known.key, None)
            return replace(
                known,
                dirty=False,
                action=Direction.DO,
                finished_at=self._now(),
                duration_ms=None if began is None else round((self._clock.monotonic() - began) * 1000),
                failure=None,
                **_NOT_BEGUN,
            )

        self._change(migration_id, change)

    def remove(self, migration_id: str) -> None:
        def change(record: Record | None) -> None:
            _known(migration_id, record)

        self._change(migration_id, change)

    def fail(self, migration_id: str, failure: Failure) -> None:
        self._change(migration_id, lambda record: replace(_dirty(migration_id, record), failure=failure))

    def save_checkpoint(self, migration_id: str, value: Any) -> None:
        saved = json.loads(json.dumps(value))
        self._change(migration_id, lambda record: replace(_dirty(migration_id, record), checkpoint=saved))

    def save_progress(
        self,
        migration_id: str,
        done: float,
        total: float,
        figures: Mapping[str, float] = NO_FIGURES,
        waits_for: str = "",
    ) -> None:
        counted, kept = (number(done), number(total)), kept_figures(figures)
        if counted[0] is None or counted[1] is None:
            return
        progress = (counted[0], counted[1])
        told: dict[str, Any] = {"progress": progress, "figures": kept, "waits_for": waits_for}
        self._change(migration_id, lambda record: replace(_dirty(migration_id, record), **told))

    def save_segments(self, migration_id: str, values: Mapping[int, Any]) -> None:
        saved = {number: json.loads(json.dumps(value)) for number, value in values.items()}
        with self._guard:
            self._locks.require(migration_id)
            self._segments.setdefault(id_key(migration_id), {}).update(saved)

    def segments(self, migration_id: str) -> dict[int, Any]:
        with self._guard:
            self._state()
            return copy.deepcopy(self._segments.get(id_key(migration_id), {}))

    def clear_segments(self, migration_id: str) -> None:
        with self._guard:
            self._locks.require(migration_id)
            self._segments.pop(id_key(migration_id), None)

    def record_run(self, run: RunRecord) -> None:
        with self._guard:
            self._state()
            if run not in self._runs:
                self._runs.insert(0, run)

    def runs(self, limit: int = 50) -> tuple[RunRecord, ...]:
        with self._guard:
            self._state()
            return tuple(self._runs[:limit])

    def record_deploy(self, deploy: Deploy) -> None:
        with self._guard:
            self._state()
            if self._deploy is None or self._deploy.request_id != deploy.request_id:
                self._deploy = deploy

    def newest_deploy(self) -> Deploy | None:
        with self._guard:
            self._state()
            return self._deploy

    @contextmanager
    def lock(self, wait: float = 0) -> Iterator[MemoryLock]:
        self._state()
        with self._locks.hold(wait) as lock:
            yield lock

    @contextmanager
    def take_up(self, run_id: str) -> Iterator[MemoryLock]:
        self._state()
        with self._locks.take_up(run_id) as lock:
            yield lock

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

    def request_stop(self, reason: str) -> None:
        """Ask the holder of the lock, if there is one, to stop at its next step."""
        self._locks.request_stop(reason)

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

    def _change(
        self, migration_id: str, change: Callable[[Record | None], Record | None], *, begins: bool = False
    ) -> None:
        key = id_key(migration_id)
        with self._guard:
            state = self._state()
            held = self._locks.require(migration_id)
            if held and begins and self._locks.stop is not None:
                raise StopRequested(f"{migration_id} was not begun: {self._locks.stop}.", migration_id=migration_id)
            changed = change(state.get(key))
            if changed is None:
                del state[key]
            else:
                state[key] = changed

    def _state(self) -> dict[IdKey, Record]:
        if self._records is None:
            raise StateMissing("The state was destroyed.", next_step="Call create() first.")
        return self._records

    def _now(self) -> str:
        return timestamp(self._clock.time())


def _known(migration_id: str, record: Record | None) -> Record:
    if record is None:
        raise history.unknown_error(migration_id)
    return record


def _dirty(migration_id: str, record: Record | None) -> Record:
    known = _known(migration_id, record)
    if not known.dirty:
        raise history.not_dirty_error(known)
    return known


def _merged(details: Details, newer: Details) -> Details:
    """*details*, replaced where *newer* has something to say."""
    return replace(details, **{name: value for name, value in vars(newer).items() if value is not None})
