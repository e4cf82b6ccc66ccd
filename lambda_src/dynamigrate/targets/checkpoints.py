"""How far a migration got that is under way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ..records import NO_FIGURES


class Checkpoints(Protocol):
    """How far a migration got that is under way."""

    def save_checkpoint(self, migration_id: str, value: Any) -> None:
        """
        Keep how far a dirty one got; *value* is anything that JSON can say.

        Raises:
            MigrationNotFound: The id is unknown, or not dirty.
            LockLost: The lock is not ours any more.
        """
        ...

    def save_progress(
        self,
        migration_id: str,
        done: float,
        total: float,
        figures: Mapping[str, float] = NO_FIGURES,
        waits_for: str = "",
    ) -> None:
        """
        Keep what a person may watch: *done* of *total*, in any unit. *figures* go with it, under any names. What can't be
        kept as a number is left out.

        Args:
            waits_for: What the migration waits for, in words; empty: for nothing. It is given where there is something.

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
