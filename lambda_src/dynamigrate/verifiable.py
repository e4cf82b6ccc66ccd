"""A migration's function whose work can be looked over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .contract.choices import Verify
from .verification import Verification

if TYPE_CHECKING:
    from .context import Context


@dataclass(frozen=True, kw_only=True)
class VerifyOrder:
    """
    How to look over the data.

    Attributes:
        sample: How many items to look at; None: all.
        settle: Write what would still change, pass after pass, until a pass finds nothing.
    """

    sample: int | None = None
    settle: bool = False


@runtime_checkable
class Verifiable(Protocol):
    """A migration's function whose work can be looked over, such as a `Backfill`."""

    @property
    def verify(self) -> Verify | None:
        """How much is looked at after it has run; None: nothing."""
        ...

    def look_over(self, ctx: Context, order: VerifyOrder) -> Verification:
        """
        See what it would still change.

        Raises:
            StopRequested: The run has to stop. How far it got is kept: called again, it goes on from there.
            LockLost: The run's lock is no longer its own.
            MigrationsError: It can't be told, or can't be settled; says why.
        """
        ...
