"""State in memory, for tests: the contract of a target without its tables."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ..clock import Clock, SystemClock, timestamp
from ..continuation import Continuation
from ..contract.names import IdKey, id_key
from ..errors import StopRequested
from ..figures import figures as kept_figures
from ..figures import number
from ..plan import Direction
from ..records import NO_DETAILS, NO_FIGURES, Application, Details, Failure, Record
from . import history
from .memory_lock import MemoryLock, MemoryLocks
from .memory_state import MemoryState
from .memory_verifications import MemoryVerifications
from .running import with_running

if TYPE_CHECKING:
    from . import StateTarget as Contract
else:
    # As the other target has it.
    Contract = object

_logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.05
# What a record has that is turned back, or is finished.
_NOT_BEGUN: Final[dict[str, Any]] = {
    "checkpoint": None,
    "progress": None,
    "figures": {},
    "waits_for": "",
    "detached": None,
}


class MemoryTarget(MemoryVerifications, Contract):
    """
    Keeps state in this object. It starts usable, as existing tables would be; after `destroy` it needs `create`.

    Threads may share it: its lock is held by one ``with`` block at a time, whichever thread it is in. Once the block
    that holds it has lost it (`break_lock`), changes made in that block are refused.
    """

    def __init__(self, *, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        super().__init__(MemoryState(), MemoryLocks(self._clock))
        # The migration whose run of its own sees this, and nothing else of the history; None: it is all there.
        self._only: IdKey | None = None

    @classmethod
    def holding(cls, records: Iterable[Record], application: Application | None = None) -> MemoryTarget:
        """A target whose history is *records*, and which has noted *application*."""
        target = cls()
        target._kept.application = application
        target._kept.records = {record.key: copy.deepcopy(record) for record in records}
        return target

    def create(self) -> None:
        with self._guard:
            if self._kept.records is None:
                self._kept.records = {}

    def destroy(self) -> None:
        with self._guard:
            self._kept.destroy()
            self._locks.free()

    def records(self) -> tuple[Record, ...]:
        with self._guard:
            found = [copy.deepcopy(record) for _, record in sorted(self._state().items())]
            if self._only is not None:
                return tuple(record for record in found if record.key == self._only)
            return with_running(lambda: tuple(found), lambda one: self.detached(one)._locks.status(), self._clock)

    def detached(self, migration_id: str) -> MemoryTarget:
        one = copy.copy(self)
        with self._guard:
            one._only = id_key(migration_id)
            one._locks = self._kept.locks.setdefault(one._only, MemoryLocks(self._clock))
        return one

    def launch(self, migration_id: str, details: Details, continuation: Continuation, *, until: float) -> str:
        locks = self.detached(migration_id)._locks

        def change(record: Record | None) -> Record:
            if record is None:
                record = Record(id=migration_id, dirty=True, details=details, started_at=self._now())
            return replace(_dirty(migration_id, record), detached=continuation.run.id, failure=None)

        with self._guard:
            now = self._clock.time()
            if (held := locks.status()) is not None and not held.is_abandoned(now):
                raise held.held_error()
            self._change(migration_id, change, begins=True)
            return locks.put_waiting(continuation, until)

    def take_launch_back(self, migration_id: str, token: str, *, forget: bool) -> bool:
        locks = self.detached(migration_id)._locks
        with self._guard:
            self._locks.require(migration_id)
            if not locks.is_held_by(token):
                return False
            locks.free()
            if forget:
                self._state().pop(id_key(migration_id), None)
            return True

    def done(self) -> tuple[str, ...]:
        return history.done(self.records())

    def current(self) -> str:
        return history.current(self.records())

    def add(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        def change(record: Record | None) -> Record:
            if record is not None:
                raise history.exists_error(record)
            self._kept.began[id_key(migration_id)] = self._clock.monotonic()
            return Record(id=migration_id, dirty=True, details=details, started_at=self._now())

        self._change(migration_id, change, begins=True)

    def start_migration(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        def change(record: Record | None) -> Record:
            known = _known(migration_id, record)
            if known.dirty:
                raise history.dirty_error([known])
            self._kept.began[known.key] = self._clock.monotonic()
            # What it was applied from stays; what the undo knows better replaces it.
            return Record(
                id=known.id,
                dirty=True,
                action=Direction.UNDO,
                details=replace(_merged(known.details, details), restore_point=details.restore_point),
                started_at=self._now(),
            )

        self._change(migration_id, change, begins=True)

    def resume_migration(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        def change(record: Record | None) -> Record:
            known = _dirty(migration_id, record)
            lock = self._locks.status()
            before = history.seconds_before(known, details, lock.continuation if lock else None, self._clock.time())
            self._kept.began[known.key] = self._clock.monotonic() - before
            # A run that goes on with it in line has taken it from the one of its own.
            detached = known.detached if self._only else None
            return replace(known, details=_merged(known.details, details), failure=None, detached=detached)

        self._change(migration_id, change, begins=True)

    def turn_back(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        def change(record: Record | None) -> Record:
            known = _dirty(migration_id, record)
            self._kept.began[known.key] = self._clock.monotonic()
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
            began = self._kept.began.pop(known.key, None)
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
            self._kept.segments.setdefault(id_key(migration_id), {}).update(saved)

    def segments(self, migration_id: str) -> dict[int, Any]:
        with self._guard:
            self._state()
            return copy.deepcopy(self._kept.segments.get(id_key(migration_id), {}))

    def clear_segments(self, migration_id: str) -> None:
        with self._guard:
            self._locks.require(migration_id)
            self._kept.segments.pop(id_key(migration_id), None)

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

    def _change(
        self, migration_id: str, change: Callable[[Record | None], Record | None], *, begins: bool = False
    ) -> None:
        key = id_key(migration_id)
        with self._guard:
            state = self._state()
            held = self._locks.require(migration_id)
            if (
                self._only is not None
                and (record := state.get(key)) is not None
                and record.detached != self._locks.run_id
            ):
                raise history.not_dirty_error(record)
            if held and begins and self._locks.stop is not None:
                raise StopRequested(f"{migration_id} was not begun: {self._locks.stop}.", migration_id=migration_id)
            changed = change(state.get(key))
            if changed is None:
                del state[key]
            else:
                state[key] = changed

    @property
    def _records(self) -> dict[IdKey, Record] | None:
        return self._kept.records

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
