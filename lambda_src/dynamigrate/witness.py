"""Who sees what a migration asks of AWS."""

from __future__ import annotations

from typing import Protocol


class Witness(Protocol):
    """Sees the requests that a migration makes through the clients that it is given, and through no others."""

    def begin(self) -> None:
        """A migration begins."""
        ...

    def nothing_done(self, error: BaseException) -> bool:
        """
        Whether every request since then was refused for want of a permission, and *error* came of that; or there was
        none, and *error* says that a table was waited for in vain.
        """
        ...
