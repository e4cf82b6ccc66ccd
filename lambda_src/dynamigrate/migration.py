"""A migration: an id, a description, what it does, and maybe how to take that back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import total_ordering
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from .contract.choices import Changed, IfNotReady, OutOfOrder, Phase, Recover, RestorePointSetting, check_choice
from .contract.gate import IDLE_SOAK, fault_of_soak
from .contract.names import IdKey, id_key, parse_file_name
from .contract.requirements import fault_of
from .error_text import safe_repr
from .errors import InvalidMigration, InvalidSetting

if TYPE_CHECKING:
    from .context import Context

MigrationFunction = Callable[["Context"], object]

_CHOICES: Final[Mapping[str, object]] = {
    "out_of_order": OutOfOrder,
    "changed": Changed,
    "phase": Phase,
    "if_not_ready": IfNotReady,
    "recover": Recover,
    "restore_point": RestorePointSetting,
}
_NEVER_NONE: Final = frozenset({"phase", "if_not_ready", "recover"})


@runtime_checkable
class Deferred(Protocol):
    """A migration function whose code is not imported yet."""

    def resolve(self) -> MigrationFunction:
        """
        Import the function.

        Raises:
            InvalidMigration: It can't be imported, or is no function.
        """
        ...


@total_ordering
@dataclass(frozen=True, eq=False)
class Migration:
    """
    One step in the history of the data's shape.

    Two migrations are equal when their ids are, and ids are compared by value: ``9`` comes before ``10``, and ``01``
    is the same as ``1``. The id is kept as written.

    Attributes:
        id: ASCII digits, usually the time it was written.
        do: Called with a `Context`; returns nothing. What would still have to be run (a coroutine, a generator, a
            `Backfill`) fails the migration.
        undo: Takes back what ``do`` did, or None.
        checksum: Of the code, to notice that it changed after it was applied; None: not watched.
        out_of_order: ``allow`` lets this one run although a newer one is applied; None: as the run's setting says.
        changed: What a changed checksum means for this one; None: as the run's setting says.
        replaces: Ids of older ones that this one stands for; `dynamigrate.squash` says what that means.
        detached: A deploy starts this one and goes on, where its run can go on in other processes; it keeps checkpoints.
        requires: Ids of older ones that must be applied, all of their work done, before this one runs. Where one is a
            backfill that is verified, nothing may be left that it would change, as found since the application was
            deployed.
        check: Called with a `Context` before anything of the run is written; reads only, returns nothing, and raises where
            the migration must not run.
        phase: ``after``: it runs once the application is deployed, in the order of its own kind.
        soak: For how long what it requires must have been met: ``7d``, ``1h30m``; None: for no time.
        if_not_ready: What a run does while that is not met: ``fail``; or ``hold``: pass this one over.
        recover: ``retry``: begun and not finished, it is run again by the next run; ``repair``: a person looks first.
        restore_point: Whether its tables must be restorable to the moment before its first write; None: as the run's
            setting says.

    Raises:
        InvalidMigrationName: The id is not ASCII digits.
        InvalidMigration: ``do``, ``undo`` or ``check`` can't be called.
        InvalidSetting: A setting has an unknown value, ``replaces`` a newer id, or ``requires`` one that can't be.
    """

    id: str
    description: str
    do: MigrationFunction
    undo: MigrationFunction | None = None
    checksum: str | None = field(default=None, kw_only=True)
    out_of_order: OutOfOrder | None = field(default=None, kw_only=True)
    changed: Changed | None = field(default=None, kw_only=True)
    replaces: tuple[str, ...] = field(default=(), kw_only=True)
    detached: bool = field(default=False, kw_only=True)
    requires: tuple[str, ...] = field(default=(), kw_only=True)
    check: MigrationFunction | None = field(default=None, kw_only=True)
    phase: Phase = field(default="before", kw_only=True)
    soak: str | None = field(default=None, kw_only=True)
    if_not_ready: IfNotReady = field(default="fail", kw_only=True)
    recover: Recover = field(default="repair", kw_only=True)
    restore_point: RestorePointSetting | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        id_key(self.id)
        for name, function in (("do", self.do), ("undo", self.undo), ("check", self.check)):
            if not callable(function) and not (name != "do" and function is None):
                raise InvalidMigration(
                    f"{self}: {name} is {safe_repr(function)}, which can't be called.",
                    next_step=f"Give a function of one argument: def {name}(ctx): ...",
                    migration_id=self.id,
                )
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if value is not None or name in _NEVER_NONE:
                check_choice(name, value, allowed, of=str(self))
        if self.soak is not None and (unfit := fault_of_soak(self.soak)):
            raise InvalidSetting(
                f"{self}: soak must be a duration above 0: {unfit}.",
                next_step='Write it as soak="7d"; there are d, h, m and s, as in "1h30m".',
            )
        if newer := [one for one in self.replaces if id_key(one) > self.key]:
            raise InvalidSetting(
                f"{self}: it can't replace {', '.join(newer)}, which is newer.",
                next_step="Give it an id above all that it replaces, or that of the newest of them.",
            )
        if isinstance(self.requires, str):
            raise InvalidSetting(
                f"{self}: requires={safe_repr(self.requires)} is a text, and should be a tuple of ids.",
                next_step='Write it as requires=("20261102090000",).',
            )
        if fault := fault_of(self.id, self.requires):
            raise InvalidSetting(f"{self} {fault[0]}.", next_step=fault[1])
        if self.soak is not None and not self.requires:
            raise InvalidSetting(f"{self}: {IDLE_SOAK[0]}.", next_step=f"{IDLE_SOAK[1]}.")

    @classmethod
    def of_entry(cls, **attributes: object) -> Migration:
        """
        A migration of *attributes*, all of them, that were checked when its file was read, as those in a manifest were.

        A cold start makes one for each migration there ever was, and checking them again would take most of that time.
        """
        migration = object.__new__(cls)
        migration.__dict__.update(attributes)
        return migration

    @property
    def key(self) -> IdKey:
        """What migrations are ordered by."""
        return id_key(self.id)

    @property
    def can_undo(self) -> bool:
        """Whether it has an ``undo``: what it does can be taken back."""
        return self.undo is not None

    def __str__(self) -> str:
        return "_".join([self.id, *self.description.split()])

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, Migration) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self.key < other.key if isinstance(other, Migration) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.key)


def function_migration(do: MigrationFunction, undo: MigrationFunction | None = None) -> Migration:
    """
    A migration that takes its id and description from the name of the file that calls this.

    Called in ``20261123090000_create_users.py`` it has the id ``20261123090000`` and the description
    ``create users``.

    Raises:
        InvalidMigrationName: The file's name does not fit; says what would.
    """
    caller = sys._getframe(1).f_code.co_filename
    # The path may come from another system (a .pyc made elsewhere), so both separators count.
    migration_id, description = parse_file_name(PurePath(caller.replace("\\", "/")).name)
    return Migration(migration_id, description, do, undo)
