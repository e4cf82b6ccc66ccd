"""What a run has done so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .clock import Clock
from .continuation import Continuation
from .contract.names import IdKey, id_key
from .lifecycle import MigrationHeld, Tell, tell_nobody
from .log import listed
from .migration import Migration
from .outcome import Outcome
from .plan import Action, Direction
from .records import Record, Run

if TYPE_CHECKING:
    from .held import Held
    from .restore_point import RestorePoint
    from .verification import Verification


class RunState:
    """
    Keeps count of what a run does.

    Attributes:
        restore_point: The moment before its first write; None: none was looked for.
        goes_on: Whether it began in another process.

    Args:
        migrations: All that there is to plan with.
        records: The history that the run was planned from.
        began: When the run held the lock, on *clock*'s monotonic clock.
        warnings: What the run goes on in spite of.
        continuation: What it did in other processes before this one.
        tell: Is told of what is held.
    """

    def __init__(
        self,
        migrations: Sequence[Migration],
        records: Sequence[Record],
        *,
        run: Run,
        clock: Clock,
        began: float,
        warnings: tuple[str, ...] = (),
        continuation: Continuation | None = None,
        tell: Tell = tell_nobody,
    ) -> None:
        self.migrations = migrations
        self.restore_point: RestorePoint | None = None
        self.goes_on = continuation is not None
        self._run = run
        self._tell = tell
        self._clock = clock
        self._began = began
        self._warnings = warnings
        self._finished = {record.key for record in records if not record.dirty}
        self._running = {record.key: record.id for record in records if record.running}
        self._started: dict[str, str] = {}
        self._begun: set[IdKey] = set()
        self._dirty: set[IdKey] = set()
        # Of each: its id as it is recorded, and its code, if that is still there.
        self._done: list[tuple[Direction, str, Migration | None]] = []
        self._failed: str | None = None
        self._held: list[Held] = []
        self._looks = False
        self._found: dict[IdKey, tuple[Migration, Verification]] = {}
        if continuation is not None:
            known = {migration.key: migration for migration in migrations}
            for direction, ids in (Direction.DO, continuation.applied), (Direction.UNDO, continuation.undone):
                self._done += [(direction, one, known.get(id_key(one))) for one in ids]

    @property
    def worked(self) -> bool:
        """Whether any migration was begun, or gone on with, or its work looked over."""
        return bool(self._begun) or self._looks

    def began(self, action: Action) -> None:
        """Note that its migration is dirty now."""
        self._finished.discard(action.migration.key)
        self._begun.add(action.migration.key)
        self._dirty.add(action.migration.key)

    def took_back(self, action: Action) -> None:
        """Note that it had done nothing, and that its mark is gone again."""
        self._begun.discard(action.migration.key)
        self._dirty.discard(action.migration.key)

    def left_dirty(self, migration: Migration) -> bool:
        """Whether this run has begun it, and neither finished it nor taken that back."""
        return migration.key in self._dirty

    def has_begun(self, migration: Migration) -> bool:
        """Whether this run has marked it as begun."""
        return migration.key in self._begun

    def broke(self, record_id: str) -> None:
        """Note that this migration failed; a run names the first one that did."""
        self._failed = self._failed or record_id

    def finished(self, action: Action, record_id: str) -> None:
        """Note that it is done and recorded."""
        self._done.append((action.direction, record_id, action.migration))
        self._dirty.discard(action.migration.key)
        if action.direction is Direction.DO:
            self._finished.add(action.migration.key)

    def started_detached(self, action: Action, record_id: str, run_id: str) -> None:
        """Note that it goes on in a run of its own, *run_id*."""
        self._started[record_id] = run_id
        self._begun.add(action.migration.key)
        self._running[action.migration.key] = record_id

    def looked_over(self, _migration: Migration) -> None:
        """Note that its work is looked over."""
        self._looks = True

    def found(self, migration: Migration, found: Verification) -> None:
        """Note what a look over its work found."""
        self._found[migration.key] = (migration, found)

    def held(self, held: Held, *, again: bool = False) -> None:
        """
        Note that it was passed over, as it is not ready.

        Args:
            again: Another process of this run has said so.
        """
        self._held.append(held)
        if not again:
            self._tell(
                MigrationHeld(
                    run_id=self._run.id, migration=held.migration, reason=held.sentence, ready_at=held.ready_at
                )
            )

    @property
    def note(self) -> str:
        """What the history is to say of a run that succeeded; empty: nothing beside what it applied."""
        started = ", ".join(f"{one} ({run_id})" for one, run_id in self._started.items())
        told = [f"Started, each in a run of its own: {started}." if started else ""]
        told += [self._verified_note(), *(one.sentence for one in self._held)]
        return " ".join(filter(None, told))

    def _verified_note(self) -> str:
        told = [f"{one.id} ({'clean' if found.clean else found.findings})" for one, found in self._found.values()]
        return f"Verified: {listed(told)}." if told else ""

    def is_running(self, key: IdKey) -> bool:
        """Whether it is at work in a run of its own, by now."""
        return key in self._running

    def is_applied(self, key: IdKey) -> bool:
        """Whether it is, by now."""
        return key in self._finished

    def applied_here(self) -> list[Migration]:
        """What this run has applied, in order, as far as its code is there."""
        return [one for direction, _, one in self._done if direction is Direction.DO and one is not None]

    def outcome(self) -> Outcome:
        """What the run has done so far."""

        def ids(wanted: Direction) -> tuple[str, ...]:
            return tuple(record_id for direction, record_id, _ in self._done if direction is wanted)

        return Outcome(
            applied=ids(Direction.DO),
            undone=ids(Direction.UNDO),
            failed=self._failed,
            pending=tuple(
                one.id for one in self.migrations if one.key not in self._finished and one.key not in self._running
            ),
            running=tuple(one for _, one in sorted(self._running.items())),
            held=tuple(one.migration.id for one in self._held),
            run_id=self._run.id,
            seconds=self._clock.monotonic() - self._began,
            warnings=(*self._warnings, *(one.sentence for one in self._held)),
        )
