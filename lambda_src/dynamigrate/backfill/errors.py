"""What can go wrong in a backfill, beside what any migration meets."""

from __future__ import annotations

from typing import Self

from ..errors import MigrationsError


class BackfillError(MigrationsError):
    """A backfill can't go on, or can't write an item; says which item of which table."""


class Unwritable(BackfillError):
    """What a transform returned can't be written."""


class ItemRefused(BackfillError):
    """One item can't be written; ``on_error`` says what becomes of the others."""

    @classmethod
    def because(cls, cause: BaseException | None, message: str) -> Self:
        """With what *cause* says to do, where it is an error of ours."""
        advice = cause.next_step if isinstance(cause, BackfillError) else ""
        return cls(message, next_step=advice or 'Correct it, or say on_error="skip" to leave such items alone.')


class Stopping(Exception):
    """Raised inside a worker that has to end where it is; what it did not finish is done by the next run."""
