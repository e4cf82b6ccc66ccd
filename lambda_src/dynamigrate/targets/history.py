"""What every target knows from its records alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import DirtyMigration, MigrationAlreadyExists, MigrationNotFound, NoCurrentMigration
from ..migration import Migration
from ..next_step import Command, NextStep
from ..records import Record


def dirty_error(dirty: Sequence[Record], migration: Migration | None = None) -> DirtyMigration:
    """The error about *dirty*, which has at least one; the first is the one it is about."""
    first, *others = dirty
    return DirtyMigration.describe(
        first.id,
        name=first.name(migration),
        action=first.action,
        started=first.started_at,
        error=str(first.failure) if first.failure else None,
        others=[record.id for record in others],
        resumable=first.resumable,
    )


def exists_error(record: Record) -> MigrationAlreadyExists:
    """The error about an id that is taken."""
    return MigrationAlreadyExists(
        f"{record.name()} is in the history already.",
        next_step="Give the new migration an id of its own.",
        migration_id=record.id,
    )


def unknown_error(migration_id: str) -> MigrationNotFound:
    """The error about an id that is not in the history."""
    return MigrationNotFound(
        f"{migration_id} is not in the history.",
        next_step=NextStep("Invoke ", Command("status"), " to see the ids."),
        migration_id=migration_id,
    )


def not_dirty_error(record: Record) -> MigrationNotFound:
    """The error about one that is applied, where only one under way will do."""
    return MigrationNotFound(
        f"{record.name()} is not under way.",
        next_step=NextStep("Invoke ", Command("status"), " to see which one is."),
        migration_id=record.id,
    )


def done(records: Iterable[Record]) -> tuple[str, ...]:
    """
    Ids of *records*, oldest first.

    Raises:
        DirtyMigration: One is dirty.
    """
    ordered = sorted(records, key=lambda record: record.key)
    dirty = [record for record in ordered if record.dirty]
    if dirty:
        raise dirty_error(dirty)
    return tuple(record.id for record in ordered)


def current(records: Iterable[Record]) -> str:
    """
    The newest id of *records*.

    Raises:
        DirtyMigration: One is dirty.
        NoCurrentMigration: There are none.
    """
    ids = done(records)
    if not ids:
        raise NoCurrentMigration(
            "No migration is applied.", next_step=NextStep("Invoke ", Command("migrate"), " to apply them.")
        )
    return ids[-1]
