"""A migration's function that can tell what it would write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .rehearsal import RehearsalOrder, Rehearsed

if TYPE_CHECKING:
    from .context import Context


class Rehearsable(Protocol):
    """A migration's function that can tell what it would write without doing it, such as a `Backfill`."""

    def rehearse(self, ctx: Context, order: RehearsalOrder) -> Rehearsed:
        """
        What it would do; nothing is written.

        Raises:
            MigrationsError: It can't be told.
        """
        ...
