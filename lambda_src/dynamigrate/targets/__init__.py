"""
Where the state of migrations is kept.

`Target` is all of it. It is composed of small protocols, so that whoever needs a part can say which: the history of
migrations, that of runs, checkpoints, the lock, and what may be asked of whoever holds it.
"""

from __future__ import annotations

from typing import Protocol

from ..continuation import Continuation
from ..contract.choices import Phase
from ..records import NO_DETAILS, Deploy, Details, Failure, Record, RunRecord
from .checkpoints import Checkpoints
from .fleets import Fleets
from .locking import HeldLock, LockAdministration, Locking, RunControl
from .verifications import ApplicationStore, Verifications

__all__ = [
    "ApplicationStore",
    "Checkpoints",
    "DeployStore",
    "DetachedRuns",
    "HeldLock",
    "History",
    "LockAdministration",
    "Locking",
    "RunControl",
    "Runs",
    "StateTarget",
    "Storage",
    "Target",
    "Verifications",
]


class Storage(Protocol):
    """What the state is kept in."""

    def create(self) -> None:
        """Make sure that the state can be kept. Idempotent; safe beside other creators; returns once it is usable."""
        ...

    def destroy(self) -> None:
        """Delete all state; returns once it is gone."""
        ...


class History(Protocol):
    """
    What is applied and what is dirty.

    Ids are compared by value and kept as first written.
    """

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


class Runs(Protocol):
    """The history of runs."""

    def record_run(self, run: RunRecord) -> None:
        """
        Add to the history, which has one end of each run: the first, or that it succeeded. Another run, which began at
        another moment, is kept as well under an id that is taken.
        """
        ...

    def runs(self, limit: int = 50) -> tuple[RunRecord, ...]:
        """The newest *limit* runs of the history, newest first."""
        ...


class Target(Storage, History, Checkpoints, Runs, RunControl, Locking, Protocol):
    """
    Keeps what is applied and what is dirty, and the lock.

    Inside `lock` every change is fenced: a holder that lost its lock gets `LockLost` and records nothing. Outside it
    the same calls work unfenced.
    """


class DeployStore(Protocol):
    """Which deploy of each phase ran last: a rollback undoes the deploy that it names, and no other."""

    def record_deploy(self, deploy: Deploy, *, phase: Phase = "before") -> None:
        """Keep *deploy* as the newest; one that is delivered again leaves what its first delivery wrote."""
        ...

    def newest_deploy(self, *, phase: Phase = "before") -> Deploy | None:
        """The deploy that was recorded last, or None."""
        ...


class DetachedRuns(Protocol):
    """Migrations that go on in a run of their own, each under a lock of its own."""

    def detached(self, migration_id: str) -> StateTarget:
        """
        This state as the run of its own of that migration sees it: its lock is that run's, and of the history it has that
        one migration alone. Once somebody else has gone on with the migration, or settled it, every change is refused.
        """
        ...

    def launch(self, migration_id: str, details: Details, continuation: Continuation, *, until: float) -> str:
        """
        Mark it as begun, or as gone on with, by the run that *continuation* is about, and have that run's lock wait for
        whoever takes it up: both, or neither.

        Args:
            details: What is noted where it is not in the history yet.
            until: Seconds since the epoch: after that the run counts as one that nobody goes on with.

        Returns:
            The token by which it can be taken back.

        Raises:
            LockHeld: A run of its own is still at work.
            MigrationNotFound: It is applied.
            LockLost: The lock is not ours any more.
            StopRequested: Somebody asked the holder of the lock to stop.
        """
        ...

    def take_launch_back(self, migration_id: str, token: str, *, forget: bool) -> bool:
        """
        Take back what `launch` did, unless the run was taken up since; returns whether it was not.

        Args:
            forget: Nothing was in the history before.

        Raises:
            LockLost: The lock is not ours any more.
        """
        ...


class StateTarget(
    Target, LockAdministration, DeployStore, ApplicationStore, Verifications, DetachedRuns, Fleets, Protocol
):
    """All that a front door needs which others share the state with: a function, a command line."""
