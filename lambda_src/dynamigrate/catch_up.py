"""
Work that is looked over again once the application is deployed.

Until then old code may have written the old shape. So the run after the deploy looks over every backfill that is
verified and was not found clean since: one that settles what it finds (``verify="full"``) does so. And before a
migration runs that requires such work, all of that work is looked over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from .clock import Clock, timestamp
from .contract.durations import seconds_of
from .contract.names import IdKey, id_key
from .errors import LockLost, MigrationsError, RunError, StopRequested
from .gate import Lack, Unmet
from .log import counted, log_event
from .migration import Migration
from .records import Record
from .run_state import RunState
from .squash import applied_as, replacements
from .verifiable import SAMPLE, Sight, VerifyOrder, sight_of, verifiable
from .verification import Verification

if TYPE_CHECKING:
    from .targets import StateTarget

Look = Callable[[Migration, Record, VerifyOrder], Verification]
_WARNING: Final = 'Say verify="full" in it to have it settled by the next deploy, or find out who writes the old shape.'


class NotVerified(RunError):
    """What a migration did could not be looked over, or not be settled; what the run did before it stands."""


def due(migrations: Sequence[Migration], records: Sequence[Record]) -> list[tuple[Migration | None, Record]]:
    """
    What of *records* a run after the application's deploy has to look over, or to count as clean from now on, as it was not
    found clean since: what is required by migrations that have not begun; and what is verified, unless one that requires it
    has begun. Beside each its code, if that is still there.
    """
    known, begun = {one.key for one in migrations}, {record.key for record in records}
    applied = {record.key for record in records if not record.dirty}.__contains__
    required = required_by([one for one in migrations if one.key not in begun], migrations, applied)
    # What came after may have taken away what it brought, so that it would bring it again.
    over = required_by([one for one in migrations if one.key in begun], migrations, applied)
    code = {one.key: one for one in migrations}
    return [
        (code.get(record.key), record)
        for record in records
        if not record.dirty
        and record.clean_since is None
        and (record.key in required or (record.verified is not None and record.key in known - over))
    ]


def required_by(
    some: Iterable[Migration], migrations: Sequence[Migration], is_applied: Callable[[IdKey], bool]
) -> set[IdKey]:
    """Under which ids what *some* of *migrations* require is applied."""
    known, standing = {one.key: one for one in migrations}, replacements(migrations)
    return {
        key
        for migration in some
        for one in migration.requires
        for key in applied_as(id_key(one), known, standing, is_applied)
    }


class CatchUp:
    """
    One run's looks over the work of applied migrations.

    Args:
        look: Looks over a migration's work, under the run's lock, and keeps what it finds.
        migrations: All that the source has.
        after: Whether the run is that after the deploy of an application that was noted: it looks over what was not found
            clean since.
    """

    def __init__(
        self,
        target: StateTarget,
        look: Look,
        run_state: RunState,
        *,
        migrations: Sequence[Migration],
        after: bool,
        run_id: str,
        clock: Clock,
        logger: Any,
    ) -> None:
        self._target = target
        self._look = look
        self._run_state = run_state
        self._migrations = migrations
        self._after = after
        self._run_id = run_id
        self._clock = clock
        self._logger = logger
        # What this run has looked at as it is due, and what it found clean by a look over all of it.
        self._seen: set[IdKey] = set()
        self._clean: set[IdKey] = set()

    def carry_out(self, records: Sequence[Record]) -> None:
        """
        Look over what is due, once in a run.

        Raises:
            NotVerified: It can't be looked over, or not be settled.
            StopRequested, LockLost: As `Verifiable.look_over` has it.
        """
        for migration, record in due(self._migrations, records) if self._after else ():
            if record.key in self._seen:
                continue
            self._seen.add(record.key)
            if (found := self._found_before(record)) is not None:
                if found.clean:
                    self._target.note_clean(record.id, timestamp(self._clock.time()))
                continue
            function = None if migration is None else verifiable(migration)
            if migration is None or function is None:
                if sight_of(migration, record.verified) is Sight.NONE:
                    # There is nothing to look at: it did what it did before the application was deployed.
                    self._target.note_clean(record.id, timestamp(self._clock.time()))
                continue
            full = function.verify == "full"
            self._looked_over(migration, record, VerifyOrder(sample=None if full else SAMPLE, settle=full))

    def require_clean(self, required: Iterable[tuple[Migration, Record]], *, soak: str | None = None) -> list[Unmet]:
        """
        Look over all of each of *required*, unless this run has done so; returns what is not clean.

        Args:
            soak: For how long each had to be clean. What has to be settled was not, so that the time begins anew.

        Raises:
            As `carry_out`.
        """
        missing = []
        for migration, record in required:
            if migration.key in self._clean:
                continue
            found = self._found_before(record)
            if found is None or not (found.clean and found.whole):
                function = verifiable(migration)
                settle = function is not None and function.verify == "full"
                found = self._looked_over(migration, record, VerifyOrder(settle=settle))
            if not found.clean:
                missing.append(
                    Unmet(
                        lack=Lack.CLEAN,
                        requirement=str(migration),
                        state=f"is not clean: {found.findings}",
                        when="once it is found clean",
                    )
                )
            elif found.settled and soak and (record.clean_since or "") < found.at:
                missing.append(self._soaks_again(migration, record, found.settled, soak))
        return missing

    def _soaks_again(self, migration: Migration, record: Record, settled: int, soak: str) -> Unmet:
        """*settled* items were in the old shape until now, so that somebody still writes it."""
        now = self._clock.time()
        until = now + (seconds_of(soak) or 0)
        self._target.note_clean(record.id, timestamp(now))
        return Unmet(
            lack=Lack.TIME,
            requirement=str(migration),
            state=f"is clean only now: {counted(settled, 'item')} had to be settled, so somebody still wrote the old shape, and it "
            f'has to be clean until {timestamp(until)} (soak = "{soak}")',
            when=f"after {timestamp(until)}",
            ready_at=until,
        )

    def _found_before(self, record: Record) -> Verification | None:
        """What this run found in a process before this one. Looked at anew in each, it might never end."""
        found = record.verified if self._run_state.goes_on else None
        return found if found is not None and found.run_id == self._run_id else None

    def _looked_over(self, migration: Migration, record: Record, order: VerifyOrder) -> Verification:
        self._run_state.looked_over(migration)
        try:
            found = self._look(migration, record, order)
        except (StopRequested, LockLost):
            raise
        except MigrationsError as error:
            raise NotVerified(
                f"What {migration} did could not be verified: {error.message}",
                next_step=error.next_step or "Correct that, and run again.",
                outcome=self._run_state.outcome(),
                migration_id=migration.id,
            ) from error
        self._run_state.found(migration, found)
        if found.clean:
            if order.sample is None or found.whole:
                self._clean.add(migration.key)
            if self._after and record.clean_since is None:
                self._target.note_clean(record.id, timestamp(self._clock.time()))
        elif not order.settle:
            log_event(
                self._logger,
                logging.WARNING,
                "verify.not_clean",
                f"{migration} is not clean: {found.findings}. {_WARNING}",
                migration=migration.id,
                would_change=found.would_change,
                checked=found.checked,
            )
        return found
