"""A migration's function whose work can be looked over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from .contract.choices import Verify
from .migration import Migration
from .migration_function import function_of
from .plan import Action, Direction
from .verification import Verification

if TYPE_CHECKING:
    from .context import Context

# How many items a sample has.
SAMPLE: Final = 1_000


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


class Sight(StrEnum):
    """Whether what a migration did is looked over."""

    # It can be, and is to be.
    AGAIN = "again"
    # It was, and something was left; nobody can look again.
    PAST = "past"
    # It can't be, or is not to be, and nothing is known to be left.
    NONE = "none"


def sight_of(migration: Migration | None, found: Verification | None) -> Sight:
    """
    Whether what *migration* did is looked over; it is imported for that.

    Args:
        migration: Its code; None: that is gone.
        found: What was found in its data last; None: nobody looked.

    Raises:
        InvalidMigration: It can't be imported.
    """
    function = None if migration is None else function_of(Action(Direction.DO, migration))
    if isinstance(function, Verifiable):
        return Sight.NONE if function.verify is None else Sight.AGAIN
    # Its backfills were, when it called them.
    return Sight.NONE if found is None or found.clean else Sight.PAST


def verifiable(migration: Migration) -> Verifiable | None:
    """
    What *migration* does, imported, where its work can be looked over, and is to be; None: it can't be, or is not to be.

    Raises:
        InvalidMigration: It can't be imported.
    """
    function = can_be_looked_over(migration)
    return None if function is None or function.verify is None else function


def can_be_looked_over(migration: Migration) -> Verifiable | None:
    """
    What *migration* does, imported, where its work can be looked over, whether or not it is to be; None: it can't be.

    Raises:
        InvalidMigration: It can't be imported.
    """
    function = function_of(Action(Direction.DO, migration))
    return function if isinstance(function, Verifiable) else None
