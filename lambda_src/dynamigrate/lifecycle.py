"""What happens to runs and migrations, as whoever runs them may pass on: to metrics, or to others' ears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .migration import Migration
    from .records import RunRecord
    from .verification import Verification


@dataclass(frozen=True, kw_only=True)
class RunEnded:
    """
    A run has come to its end, in whichever process, and the history has it, or could not be given it.

    Attributes:
        error: What ended it; None: it succeeded.
    """

    record: RunRecord
    error: BaseException | None = None


@dataclass(frozen=True, kw_only=True)
class MigrationHeld:
    """
    A run passed it over, as it is not ready.

    Attributes:
        reason: What it waits for, as a sentence.
        ready_at: When it may be ready by time alone, in seconds since the epoch; None: it takes more than time.
    """

    run_id: str
    migration: Migration
    reason: str
    ready_at: float | None = None


@dataclass(frozen=True, kw_only=True)
class MigrationVerified:
    """Its work was looked over, and what was found is kept with it."""

    run_id: str
    migration: Migration
    found: Verification


@dataclass(frozen=True, kw_only=True)
class MigrationPaused:
    """
    Its work waits.

    Attributes:
        reason: For what, in words.
    """

    run_id: str
    migration: Migration
    reason: str


@dataclass(frozen=True, kw_only=True)
class MigrationResumed:
    """Its work waited, and goes on."""

    run_id: str
    migration: Migration


LifecycleEvent = RunEnded | MigrationHeld | MigrationVerified | MigrationPaused | MigrationResumed
Tell = Callable[[LifecycleEvent], None]


def tell_nobody(_event: LifecycleEvent) -> None:
    """For whoever passes nothing on."""


class Pauses:
    """Tells when a migration's work begins to wait, and when it goes on."""

    def __init__(self, tell: Tell, *, run_id: str, migration: Migration) -> None:
        self._tell = tell
        self._run_id = run_id
        self._migration = migration
        self._waits = False

    def note(self, reason: str) -> None:
        """
        Call this often.

        Args:
            reason: What the work waits for, in words; empty: for nothing.
        """
        if bool(reason) == self._waits:
            return
        self._waits = bool(reason)
        if reason:
            self._tell(MigrationPaused(run_id=self._run_id, migration=self._migration, reason=reason))
        else:
            self._tell(MigrationResumed(run_id=self._run_id, migration=self._migration))
