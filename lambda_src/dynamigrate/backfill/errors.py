"""What can go wrong in a backfill, beside what any migration meets."""

from __future__ import annotations

from typing import Self

from ..errors import LockLost, MigrationsError, StopRequested


class BackfillError(MigrationsError):
    """A backfill can't go on, or can't write an item; says which item of which table."""


class Unwritable(BackfillError):
    """What a transform returned can't be written."""


class ChangedInPlace(Unwritable):
    """A transform changed a value of its item, and did not return it."""


class ItemRefused(BackfillError):
    """One item can't be written; ``on_error`` says what becomes of the others."""

    @classmethod
    def because(cls, cause: BaseException | None, message: str) -> Self:
        """An error with the next step of *cause*, if that is an error of ours."""
        advice = cause.next_step if isinstance(cause, BackfillError) else ""
        return cls(message, next_step=advice or 'Correct it, or say on_error="skip" to leave such items alone.')


class NoSample(Exception):
    """What a backfill costs can't be told; says why."""


class Stopping(Exception):
    """Raised inside a worker that has to end where it is; what it did not finish is done by the next run."""


def of_the_run(error: BaseException) -> BaseException | None:
    """
    What of *error*, which a transform raised, is about the run and not about its item; None: nothing.

    A group may hold it. All else is the item's, a cancelled task of the transform's own too.
    """
    if isinstance(error, StopRequested | LockLost | KeyboardInterrupt | SystemExit):
        return error
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            if found := of_the_run(one):
                return found
    return None
