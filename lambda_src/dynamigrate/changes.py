"""Applied migrations whose code is not what ran."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .contract.choices import Changed
from .contract.names import id_key, same_words
from .migration import Migration
from .plan import Direction
from .records import Record


@dataclass(frozen=True, kw_only=True)
class Change:
    """
    Something about an applied migration that a person should know.

    Attributes:
        kind: ``another``: what is applied under the id has another description, so it is another migration, or was
            renamed. ``changed``: it has the same description, and other code.
        setting: What changed code means: ``warn``, ``error`` or ``ignore``.
    """

    migration: Migration
    record: Record
    kind: Literal["another", "changed"]
    setting: Changed

    @property
    def message(self) -> str:
        """What differs, as a sentence."""
        if self.kind == "another":
            state = "began and did not finish" if self.record.dirty else "is applied already"
            return f"{self.migration} has the id of {self.record.name()}, which {state}: it would never run."
        return f"{self.migration} was changed after it was applied."

    @property
    def next_step(self) -> str:
        """What to do about it."""
        if self.kind == "another":
            return (
                "If it is another migration, give its file an id of its own; if it is the same under a better name, "
                'say changed = "ignore" in the file.'
            )
        return (
            "Put the code back and write a new migration for what is to be different, "
            'or say changed = "ignore" in its file.'
        )

    @property
    def warning(self) -> str:
        """The sentence for a run that goes on in spite of it."""
        if self.kind == "another":
            return f"{self.message} {self.next_step}"
        return f"{self.message} What ran is not what its file says now. {self.next_step}"


def changes(migrations: Sequence[Migration], records: Sequence[Record], changed: Changed = "warn") -> Iterator[Change]:
    """
    How *migrations* differ from what *records* say was applied, in the order of the records.

    A record without a description or a checksum, such as another driver's, is compared with nothing. A change does not
    count where the migration's file says so, or says that it replaces what was applied under its own id.

    Args:
        changed: What changed code means where the migration does not say so itself.
    """
    known = {migration.key: migration for migration in migrations}
    for record in records:
        key = record.key
        migration = known.get(key)
        if migration is None or (migration.replaces and key in {id_key(one) for one in migration.replaces}):
            continue
        setting = migration.changed or changed
        if migration.changed != "ignore" and _is_another(migration, record):
            yield Change(migration=migration, record=record, kind="another", setting=setting)
        elif setting != "ignore" and _is_changed(migration, record):
            yield Change(migration=migration, record=record, kind="changed", setting=setting)


def warnings(found: Sequence[Change]) -> tuple[str, ...]:
    """The sentences about the changes that refuse nothing, but that a person should see."""
    return tuple(one.warning for one in found if one.kind == "changed" and one.setting == "warn")


def _is_another(migration: Migration, record: Record) -> bool:
    words = record.details.description
    if not words or not migration.description.strip() or (record.dirty and record.action is Direction.UNDO):
        return False
    return not same_words(words, migration.description)


def _is_changed(migration: Migration, record: Record) -> bool:
    was = record.details.checksum
    return not record.dirty and was is not None and migration.checksum not in (None, was)
