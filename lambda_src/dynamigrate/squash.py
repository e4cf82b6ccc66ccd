"""
Migrations that stand for older ones.

A file may say ``replaces = ["20261102090000", "20261109143000"]`` and do at once what those did one by one. Where all
of them are applied, there is nothing left for it to do: it counts as applied and the history stays as it is, since it
never ran. Where none is, it runs and is recorded like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from .contract.names import IdKey, id_key
from .errors import InvalidMigration, RefusedByHistory
from .migration import Migration
from .records import Record


class PartlyReplaced(RefusedByHistory):
    """Some of what a migration stands for is applied, and some is not, so neither running nor passing over is right."""


def replacements(migrations: Iterable[Migration]) -> dict[IdKey, Migration]:
    """The migration that stands for each id that is replaced."""
    return {id_key(one): migration for migration in migrations for one in migration.replaces}


def applied_as(
    key: IdKey,
    known: Mapping[IdKey, Migration],
    standing: Mapping[IdKey, Migration],
    is_applied: Callable[[IdKey], bool],
) -> tuple[IdKey, ...]:
    """
    Under which ids what *key* does is applied: its own; that of the one that replaces it, which is in *standing*; or those
    that it replaces itself. Empty: it is not.
    """
    if is_applied(key):
        return (key,)
    if (by := standing.get(key)) is not None and is_applied(by.key):
        return (by.key,)
    parts = tuple(map(id_key, known[key].replaces)) if key in known else ()
    return parts if all(map(is_applied, parts)) else ()


def to_plan(migrations: Sequence[Migration], records: Sequence[Record]) -> tuple[Migration, ...]:
    """
    Those of *migrations* that there is to plan with: all but those whose work older ones have done.

    Raises:
        InvalidMigration: One is there beside the one that replaces it: its work would be done twice.
    """
    standing = replacements(migrations)
    for migration in migrations:
        if (by := standing.get(migration.key)) is not None and by is not migration:
            raise InvalidMigration(
                f"{migration} is still there, and {by} replaces it.",
                next_step="Delete the older file, or take its id out of replaces. Nothing was run.",
                migration_id=migration.id,
            )
    return tuple(one for one in migrations if not done_by_others(one, records))


def pending(migrations: Sequence[Migration], records: Sequence[Record]) -> tuple[Migration, ...]:
    """Those that have not begun, and whose work was not done by what they replace."""
    known = {record.key for record in records}
    return tuple(one for one in migrations if one.key not in known and not done_by_others(one, records))


def able_to_resume(migrations: Iterable[Migration], records: Sequence[Record]) -> dict[IdKey, Migration]:
    """What of *migrations* may go on from what is recorded under its id: all but those that replace just that."""
    return {one.key: one for one in migrations if not _replaces_its_record(one, records)}


def done_by_others(migration: Migration, records: Iterable[Record]) -> bool:
    """
    Whether all that *migration* replaces is applied, and it is not in the history itself.

    Raises:
        PartlyReplaced: Some of it is applied, and some is not.
    """
    if not migration.replaces:
        return False
    found = {record.key for record in records}
    if migration.key in found and not _replaces_its_record(migration, records):
        return False
    parts = {id_key(one): one for one in migration.replaces}
    missing = [one for key, one in parts.items() if key not in found]
    if missing and len(missing) < len(parts):
        raise PartlyReplaced(
            f"{migration} replaces {', '.join(parts.values())}, of which {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not applied and the others are.",
            next_step="Deploy the code that still has the older ones first, and then this. Nothing was run.",
            migration_id=migration.id,
        )
    return bool(parts) and not missing


def _replaces_its_record(migration: Migration, records: Iterable[Record]) -> bool:
    """
    Whether what is recorded under *migration*'s id is an older one that it replaces. It ran itself only where no other
    one that it replaces is recorded, since it never runs where one is.
    """
    parts = {id_key(one) for one in migration.replaces}
    return migration.key in parts and any(record.key in parts - {migration.key} for record in records)
