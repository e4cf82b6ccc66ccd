"""
Whether a migration is ready: what it requires is there, nothing is left of that to be done, and that for long enough.

Where the run after the application's deploy notes the application, what a backfill that is verified has done counts from
the moment at which nothing was found that it would still change, with that application deployed: before, old code may
have written the old shape again. Where nothing notes it, it counts from the moment at which it was applied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .clock import timestamp
from .contract.durations import seconds_of
from .contract.names import IdKey, id_key
from .migration import Migration
from .records import Application, Record
from .requirements import how_far
from .squash import applied_as, replacements
from .verifiable import Sight, sight_of, verifiable


class Lack(StrEnum):
    """What is lacking of a migration that another one requires."""

    APPLIED = "applied"
    CLEAN = "clean"
    TIME = "time"


@dataclass(frozen=True, kw_only=True)
class Unmet:
    """
    A condition that a migration waits for, of one that it requires.

    Attributes:
        lack: What is lacking.
        requirement: The migration that it requires, by its name.
        state: What that lacks, for a sentence: ``is not applied``.
        when: When it lacks it no more, for a sentence: ``once it is applied``.
        ready_at: When time alone will have brought it, in seconds since the epoch; None: it takes more than time.
    """

    lack: Lack
    requirement: str
    state: str
    when: str
    ready_at: float | None = None

    def __str__(self) -> str:
        return f"{self.requirement} {self.state}"


def ready_at(missing: Sequence[Unmet]) -> float | None:
    """When time alone will have brought all of *missing*; None: it takes more than time."""
    moments = [one.ready_at for one in missing]
    known = [moment for moment in moments if moment is not None]
    return max(known) if known and len(known) == len(moments) else None


def gate_of(
    migrations: Sequence[Migration],
    records: Sequence[Record],
    is_applied: Callable[[IdKey], bool] | None = None,
    *,
    application: Application | None,
    awaited: bool,
    now: float,
    looks: bool = False,
) -> Gate:
    """The gate as *records* have it; *is_applied* may know better."""
    return Gate(
        migrations,
        records,
        is_applied=is_applied or {record.key for record in records if not record.dirty}.__contains__,
        is_running={record.key for record in records if record.running}.__contains__,
        application=application,
        awaited=awaited,
        now=now,
        looks=looks,
    )


class Gate:
    """
    Tells what migrations wait for, as the history has it at one moment.

    Args:
        is_applied: Whether a migration is, by now.
        is_running: Whether it is at work in a run of its own.
        application: The one that is deployed, as it was noted; None: none was.
        awaited: Whether somebody will note it, where none was noted yet.
        now: Seconds since the epoch.
        looks: Whether it is found out, by importing it, if a required migration is a backfill that is verified; else the
            history alone tells it.
    """

    def __init__(
        self,
        migrations: Sequence[Migration],
        records: Sequence[Record],
        *,
        is_applied: Callable[[IdKey], bool],
        is_running: Callable[[IdKey], bool],
        application: Application | None,
        awaited: bool,
        now: float,
        looks: bool = False,
    ) -> None:
        self._known = {one.key: one for one in migrations}
        self._standing = replacements(migrations)
        self._records: Mapping[IdKey, Record] = {record.key: record for record in records}
        self._is_applied = is_applied
        self._is_running = is_running
        self._noted = application is not None or awaited
        self._now = now
        self._looks = looks

    def missing(self, migration: Migration) -> list[Unmet]:
        """What *migration* waits for; empty: it is ready, as far as the history tells."""
        found = (self._missing(id_key(one), one, migration) for one in migration.requires)
        return [one for one in found if one is not None]

    def not_applied(self, migration: Migration) -> list[str]:
        """The ids that it requires and that are not applied, nor is what replaces them."""
        return [one for one in migration.requires if not self._applied(id_key(one))]

    def verified(self, migration: Migration) -> list[tuple[Migration, Record]]:
        """
        Those that *migration* requires whose work is to be looked over once more before it runs; none where nobody notes
        the application.
        """
        if not self._noted:
            return []
        keys = [key for one in migration.requires for key in self._applied(id_key(one))]
        there = [(self._known[key], self._records[key]) for key in keys if key in self._known and key in self._records]
        return [(one, record) for one, record in there if verifiable(one) is not None]

    def _applied(self, key: IdKey) -> tuple[IdKey, ...]:
        """Under which ids it is applied, as `applied_as` has it."""
        return applied_as(key, self._known, self._standing, self._is_applied)

    def _missing(self, key: IdKey, written: str, migration: Migration) -> Unmet | None:
        applied = self._applied(key)
        name = str(self._known[key]) if key in self._known else written
        if not applied:
            state, when = "is not applied", "once it is applied"
            if self._is_running(key):
                state, when = f"is running, detached{how_far(self._records.get(key))}", "once it is done"
            return Unmet(lack=Lack.APPLIED, requirement=name, state=state, when=when)
        found = [one for one in (self._not_ready(key, name, migration) for key in applied) if one is not None]
        # That which takes longest.
        return max(found, key=lambda one: (one.ready_at is None, one.ready_at or 0), default=None)

    def _not_ready(self, key: IdKey, name: str, migration: Migration) -> Unmet | None:
        """What *migration* waits for of *key*, which is applied."""
        record, soak = self._records.get(key), seconds_of(migration.soak) or 0
        sight = self._sight(key, record)
        if sight is Sight.NONE and not soak:
            return None
        if record is None:
            return _only_planned(name, migration, noted=self._noted) if self._noted or soak else None
        since = record.clean_since if self._noted else record.finished_at
        if since is None and self._noted:
            return _not_clean(name, record, sight)
        if since is None and soak:
            return _since_when(name, migration)
        return _too_soon(name, since, migration, soak, self._now, noted=self._noted) if since and soak else None

    def _sight(self, key: IdKey, record: Record | None) -> Sight:
        """Whether what *key* did is looked over, as far as that is found out."""
        found = None if record is None else record.verified
        if not self._looks:
            return Sight.NONE if found is None else Sight.AGAIN
        return sight_of(self._known.get(key), found)


def _only_planned(name: str, migration: Migration, *, noted: bool) -> Unmet:
    """The run that is planned applies it, which is too late for *migration* to be in the same plan."""
    told = f' (soak = "{migration.soak}")' if migration.soak else ""
    if noted:
        return Unmet(
            lack=Lack.CLEAN,
            requirement=name,
            state=f"is applied by the same run, and has to be found clean once the application is deployed{told}",
            when="once it is found clean",
        )
    return Unmet(
        lack=Lack.TIME,
        requirement=name,
        state=f"is applied by the same run, and has to be for some time{told}",
        when="once it has been applied for so long",
    )


def _not_clean(name: str, record: Record, sight: Sight) -> Unmet:
    found = record.verified
    what = f": {found.findings}" if found is not None and not found.clean else ""
    match sight:
        case Sight.NONE:
            state, when = "is applied, and the application was not deployed since", "once the application is deployed"
        case Sight.PAST:
            state = f"was not clean when it was looked over last{what}; it is no Backfill itself, so it can't be again"
            when = "once a migration that is one, do = Backfill(...), does what is left and is required in its place"
        case _:
            state, when = f"was not found clean since the application was deployed{what}", "once it is found clean"
    return Unmet(lack=Lack.CLEAN, requirement=name, state=state, when=when)


def _since_when(name: str, migration: Migration) -> Unmet:
    """Where nobody notes the application, and when *name* was applied is not known."""
    return Unmet(
        lack=Lack.TIME,
        requirement=name,
        state=f'is applied, and since when was not noted (soak = "{migration.soak}")',
        when="without soak, if it is certain that it was long enough",
    )


def _too_soon(name: str, since: str, migration: Migration, soak: float, now: float, *, noted: bool) -> Unmet | None:
    try:
        until = datetime.fromisoformat(since).timestamp() + soak
    except ValueError:
        # Somebody else wrote it: the time begins now, which can't be too early.
        until = now + soak
    if now >= until:
        return None
    what = "has been clean" if noted else "is applied"
    return Unmet(
        lack=Lack.TIME,
        requirement=name,
        state=f'{what} since {since}, and has to be until {timestamp(until)} (soak = "{migration.soak}")',
        when=f"after {timestamp(until)}",
        ready_at=until,
    )
