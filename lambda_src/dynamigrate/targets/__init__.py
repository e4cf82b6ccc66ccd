"""Where the state of migrations is kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from ..lock_loss import Lost
from ..records import NO_DETAILS, NO_FIGURES, Details, Failure, Record, RunRecord


class HeldLock(Protocol):
    """The lock, while it is held."""

    @property
    def lost(self) -> bool:
        """Whether it is known to be no longer ours."""
        ...

    @property
    def loss(self) -> Lost | None:
        """How it was lost, once that is known; None while it is ours."""
        ...

    @property
    def stop_reason(self) -> str | None:
        """Why somebody asked the holder to stop, or None."""
        ...

    @property
    def paused(self) -> bool:
        """Whether somebody asked the holder to wait."""
        ...

    def condition(self) -> dict[str, Any]:
        """
        An entry of ``TransactItems`` that lets a transaction through only while the lock is ours.

        Raises:
            MigrationsError: This target has no transactions to fence.
        """
        ...


class Target(Protocol):
    """
    Keeps what is applied and what is dirty, and the lock.

    Inside `lock` every change is fenced: a holder that lost its lock gets `LockLost` and records nothing. Outside it
    the same calls work unfenced. Ids are compared by value and kept as first written.
    """

    def create(self) -> None:
        """Make sure that the state can be kept. Idempotent; safe beside other creators; returns once it is usable."""
        ...

    def destroy(self) -> None:
        """Delete all state; returns once it is gone."""
        ...

    def records(self) -> tuple[Record, ...]:
        """
        The whole history, sorted by id, dirty ones included, as it is at this moment.

        Raises:
            StateMissing: Nothing was created.
        """
        ...

    def done(self) -> tuple[str, ...]:
        """
        Ids of what is applied, oldest first.

        Raises:
            DirtyMigration: One is dirty; names it.
        """
        ...

    def current(self) -> str:
        """
        The id of the newest applied one.

        Raises:
            NoCurrentMigration: Nothing is applied.
            DirtyMigration: One is dirty; names it.
        """
        ...

    def add(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        """
        Write a new item, dirty: its ``do`` begins.

        Raises:
            MigrationAlreadyExists: The id is known.
            LockLost: The lock is not ours any more.
            StopRequested: Somebody asked the holder of the lock to stop.
        """
        ...

    def start_migration(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        """
        Mark an applied one dirty: its ``undo`` begins.

        Raises:
            MigrationNotFound: The id is unknown.
            DirtyMigration: It is dirty already.
            LockLost: The lock is not ours any more.
            StopRequested: Somebody asked the holder of the lock to stop.
        """
        ...

    def resume_migration(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        """
        Note that a dirty one goes on, in the direction it was in.

        Raises:
            MigrationNotFound: The id is unknown, or not dirty.
            LockLost: The lock is not ours any more.
            StopRequested: Somebody asked the holder of the lock to stop.
        """
        ...

    def turn_back(self, migration_id: str, details: Details = NO_DETAILS) -> None:
        """
        Mark a dirty one, whose ``do`` failed, as being undone: its ``undo`` begins. Why it failed is kept.

        Raises:
            MigrationNotFound: The id is unknown, or not dirty.
            LockLost: The lock is not ours any more.
            StopRequested: Somebody asked the holder of the lock to stop.
        """
        ...

    def finish_migration(self, migration_id: str) -> None:
        """
        Clear the mark: it is applied.

        Raises:
            MigrationNotFound: The id is unknown.
            LockLost: The lock is not ours any more.
        """
        ...

    def remove(self, migration_id: str) -> None:
        """
        Delete the item: it is pending again.

        Raises:
            MigrationNotFound: The id is unknown.
            LockLost: The lock is not ours any more.
        """
        ...

    def fail(self, migration_id: str, failure: Failure) -> None:
        """
        Keep why a dirty one is dirty.

        Raises:
            MigrationNotFound: The id is unknown, or not dirty.
            LockLost: The lock is not ours any more.
        """
        ...

    def save_checkpoint(self, migration_id: str, value: Any) -> None:
        """
        Keep how far a dirty one got; *value* is anything that JSON can say.

        Raises:
            MigrationNotFound: The id is unknown, or not dirty.
            LockLost: The lock is not ours any more.
        """
        ...

    def save_progress(
        self, migration_id: str, done: float, total: float, figures: Mapping[str, float] = NO_FIGURES
    ) -> None:
        """
        Keep what a person may watch: *figures* go with it, under any names. What can't be kept as a number is left out.

        Raises:
            MigrationNotFound: The id is unknown, or not dirty.
            LockLost: The lock is not ours any more.
        """
        ...

    def save_segments(self, migration_id: str, values: Mapping[int, Any]) -> None:
        """
        Keep how far parts of a migration got, by number; other parts stay. A value is anything that JSON can say.

        Raises:
            LockLost: The lock is not ours any more; some of *values* may have been kept before.
        """
        ...

    def segments(self, migration_id: str) -> dict[int, Any]:
        """All that `save_segments` kept."""
        ...

    def clear_segments(self, migration_id: str) -> None:
        """
        Forget what `save_segments` kept; nothing is forgotten by itself.

        Raises:
            LockLost: The lock is not ours any more.
        """
        ...

    def request_stop(self, reason: str) -> None:
        """Ask whoever holds the lock to stop at its next step. Best effort."""
        ...

    def request_pause(self) -> bool:
        """Ask whoever holds the lock to wait, until it is released; returns whether anybody does."""
        ...

    def request_resume(self) -> bool:
        """Take `request_pause` back; returns whether anybody holds the lock."""
        ...

    def record_run(self, run: RunRecord) -> None:
        """Add to the history. The same again is one; another one under an id that is taken is kept as well."""
        ...

    def runs(self, limit: int = 50) -> tuple[RunRecord, ...]:
        """The newest *limit* runs of the history, newest first."""
        ...

    def lock(self, wait: float = 0) -> AbstractContextManager[HeldLock]:
        """
        Hold the lock; waits for it at most *wait* seconds.

        Leaving the block with a lost lock logs a warning and raises nothing.

        Raises:
            LockHeld: Somebody else has it; says who.
            StateMissing: Nothing was created.
        """
        ...
