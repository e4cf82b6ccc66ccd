"""What is kept of looks over the data, and of the application that is deployed while they are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..records import Application

if TYPE_CHECKING:
    from ..verification import Verification


class Verifications(Protocol):
    """What was found when data was looked at again, and how far such a look got that is under way."""

    def save_verification(self, migration_id: str, found: Verification) -> None:
        """
        Keep *found* in place of what was found before. Where it is not clean, `Record.clean_since` is taken away.

        Raises:
            MigrationNotFound: The id is unknown.
            LockLost: The lock is not ours any more.
        """
        ...

    def note_clean(self, migration_id: str, since: str) -> None:
        """
        Keep since when nothing of it is left to be done.

        Raises:
            MigrationNotFound: The id is unknown.
            LockLost: The lock is not ours any more.
        """
        ...

    def save_cost(self, migration_id: str, figures: Mapping[str, float]) -> None:
        """
        Keep what doing it costs, in place of what was kept before. What can't be kept as a number is left out.

        Raises:
            MigrationNotFound: The id is unknown.
            LockLost: The lock is not ours any more.
        """
        ...

    def save_cursors(self, migration_id: str, values: Mapping[int, Any]) -> None:
        """
        Keep how far parts of a look got, by number, as `Checkpoints.save_segments` does for a migration.

        Raises:
            LockLost: The lock is not ours any more; some of *values* may have been kept before.
        """
        ...

    def cursors(self, migration_id: str) -> dict[int, Any]:
        """All that `save_cursors` kept."""
        ...

    def clear_cursors(self, migration_id: str) -> None:
        """
        Forget what `save_cursors` kept.

        Raises:
            LockLost: The lock is not ours any more.
        """
        ...


class ApplicationStore(Protocol):
    """Which application is deployed: what it requires of the data is asked about while it is."""

    def note_application(self, application: Application) -> None:
        """
        Keep *application* as the one that is deployed.

        Raises:
            LockLost: The lock is not ours any more.
        """
        ...

    def application(self) -> Application | None:
        """The one that was noted last; None: none was."""
        ...
