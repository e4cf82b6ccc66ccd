"""Where migrations come from."""

from __future__ import annotations

from typing import Protocol

from ..migration import Migration


class Source(Protocol):
    """Anything that knows migrations."""

    def load(self) -> tuple[Migration, ...]:
        """
        All migrations, sorted.

        Raises:
            NoMigrationsAvailable: There is none.
        """
        ...
