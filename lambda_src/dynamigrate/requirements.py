"""What a migration requires, and what is said of one that is still at work in a run of its own."""

from __future__ import annotations

from typing import Final, Self

from .errors import MigrationsError, RefusedByHistory, RunError
from .next_step import Command, NextStep
from .records import Record

_UNITS: Final = (("day", 86_400), ("hour", 3600), ("minute", 60))


class MigrationRunning(RefusedByHistory):
    """A migration is at work in a run of its own, and no other may touch it; nothing was done."""

    @classmethod
    def to_be(cls, what: str, record: Record) -> Self:
        """The error about *record*, which can't be *what*: ``undone``, for example."""
        return cls(
            f"{record.name()} can't be {what} while it is running, detached{how_far(record)}.",
            next_step=NextStep(
                "Wait until it is done; or have it stop with ",
                Command("cancel", {"migration": record.id, "confirm": True}),
                ", and try again. Nothing was done.",
            ),
            migration_id=record.id,
        )


class CantGoOn(MigrationsError):
    """A run that was handed over can't go on, as its code is another or its migration was settled; what it did stands."""


class RequirementNotMet(RunError):
    """
    The run ended before a migration: one that it requires is not applied, not found clean since the application was
    deployed, or not for long enough. What came before it stands.
    """


def how_far(record: Record | None) -> str:
    """How far it is, how fast, and when it should be done, for the end of a sentence; empty: it has not said yet."""
    if record is None or record.progress is None:
        return ""
    done, total = record.progress
    told = f": {done:,.0f} of {total:,.0f}{f' ({min(done / total, 1):.0%})' if total else ''}"
    if speed := record.figures.get("per_second"):
        told += f", {speed:,.0f} a second"
    if (left := record.figures.get("seconds_left")) is not None:
        told += f", done in about {_duration(left)}"
    return told


def _duration(seconds: float) -> str:
    for name, size in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {name}s"
    return f"{max(seconds, 0):.0f} seconds"
