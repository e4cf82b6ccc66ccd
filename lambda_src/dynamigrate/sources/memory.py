"""Migrations that a program adds one by one."""

from __future__ import annotations

from ..contract.names import IdKey
from ..contract.requirements import check_requirements
from ..errors import MigrationAlreadyExists, NoMigrationsAvailable
from ..migration import Migration


class MemorySource:
    """Holds what `add` was given."""

    def __init__(self) -> None:
        self._migrations: dict[IdKey, Migration] = {}

    def add(self, migration: Migration) -> None:
        """
        Raises:
            MigrationAlreadyExists: A migration with this id is there; ids are compared by value.
        """
        known = self._migrations.setdefault(migration.key, migration)
        if known is not migration:
            raise MigrationAlreadyExists(
                f"{migration} can't be added: {known} has the same id.",
                next_step="Give one of them another id.",
                migration_id=migration.id,
            )

    def load(self) -> tuple[Migration, ...]:
        """
        All migrations, sorted.

        Raises:
            NoMigrationsAvailable: Nothing was added.
            InvalidMigration: One requires what it can't: an id that was not added, for example.
        """
        if not self._migrations:
            raise NoMigrationsAvailable("The source has no migrations.", next_step="Add one with MemorySource.add.")
        migrations = tuple(sorted(self._migrations.values()))
        check_requirements(migrations, str)
        return migrations
