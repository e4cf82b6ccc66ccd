"""What a migration requires, and what is said of one that is still at work in a run of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Self

from .contract.names import IdKey, id_key
from .errors import MigrationsError, RefusedByHistory, RunError
from .migration import Migration
from .next_step import Command, NextStep
from .outcome import Outcome
from .records import Record
from .squash import replacements

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
    """The run ended before a migration, as one that it requires is not applied yet. What came before it stands."""


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


def unmet(migration: Migration, migrations: Sequence[Migration], is_applied: Callable[[IdKey], bool]) -> list[str]:
    """What *migration* requires of *migrations* that is not applied, nor what replaces it."""
    if not migration.requires:
        return []
    standing = replacements(migrations)

    def is_met(key: IdKey) -> bool:
        return is_applied(key) or ((by := standing.get(key)) is not None and is_applied(by.key))

    return [one for one in migration.requires if not is_met(id_key(one))]


def check_requirements_met(
    migration: Migration,
    migrations: Sequence[Migration],
    is_applied: Callable[[IdKey], bool],
    records: Mapping[IdKey, Record],
    outcome_of: Callable[[], Outcome],
) -> None:
    """
    Raises:
        RequirementNotMet: One that *migration* requires is not applied, nor is what replaces it.

    Args:
        is_applied: Whether it is by now.
        records: The history that the run was planned from, which knows how far each was.
        outcome_of: Tells what the run has done so far.
    """
    known = {one.key: one for one in migrations}
    for required in unmet(migration, migrations, is_applied):
        key = id_key(required)
        record, outcome = records.get(key), outcome_of()
        name = str(known[key]) if key in known else required
        running = any(id_key(one) == key for one in outcome.running)
        state = f"is running, detached{how_far(record)}" if running else "is not applied"
        when = "once it is done" if running else "once it is applied"
        raise RequirementNotMet(
            f"{migration} requires {name}, which {state}. "
            f"Applied in this run: {', '.join(outcome.applied) or 'none'}; "
            f"pending: {', '.join(outcome.pending) or 'none'}.",
            next_step=NextStep(
                f"Deploy {migration} {when}; a deploy without it goes through. ",
                Command("status"),
                " shows how far it is.",
            ),
            outcome=outcome,
            migration_id=migration.id,
        )
