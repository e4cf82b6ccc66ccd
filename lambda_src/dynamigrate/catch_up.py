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
from .contract.names import IdKey, id_key
from .errors import LockLost, MigrationsError, RunError, StopRequested
from .gate import Lack, Unmet
from .log import log_event
from .migration import Migration
from .records import Record
from .run_state import RunState
from .verifiable import SAMPLE, VerifyOrder, verifiable
from .verification import Verification

if TYPE_CHECKING:
    from .targets import StateTarget

Look = Callable[[Migration, Record, VerifyOrder], Verification]
_WARNING: Final = 'Say verify="full" in it to have it settled by the next deploy, or find out who writes the old shape.'


class NotVerified(RunError):
    """What a migration did could not be looked over, or not be settled; what the run did before it stands."""


def due(migrations: Sequence[Migration], records: Sequence[Record]) -> list[tuple[Migration, Record]]:
    """
    What of *records* a run after the application's deploy has to look over, or to count as clean from now on: what is
    verified, or required by migrations that have not begun, and was not found clean since.
    """
    known, begun = {one.key: one for one in migrations}, {record.key for record in records}
    required = {id_key(one) for migration in migrations if migration.key not in begun for one in migration.requires}
    return [
        (known[record.key], record)
        for record in records
        if not record.dirty
        and record.clean_since is None
        and record.key in known
        and (record.verified is not None or record.key in required)
    ]


class CatchUp:
    """
    One run's looks over the work of applied migrations.

    Args:
        look: Looks over a migration's work, under the run's lock, and keeps what it finds.
        after: Whether the run is that after the deploy of an application that was noted: it looks over what was not found
            clean since.
    """

    def __init__(
        self,
        target: StateTarget,
        look: Look,
        run_state: RunState,
        *,
        after: bool,
        clock: Clock,
        logger: Any,
    ) -> None:
        self._target = target
        self._look = look
        self._run_state = run_state
        self._after = after
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
        for migration, record in due(self._run_state.migrations, records) if self._after else ():
            if migration.key in self._seen:
                continue
            self._seen.add(migration.key)
            function = verifiable(migration)
            if function is None and record.verified is None:
                # There is nothing to look at: it did what it did before the application was deployed.
                self._target.note_clean(record.id, timestamp(self._clock.time()))
                continue
            if function is None:
                # It is not to be verified any more.
                continue
            full = function.verify == "full"
            self._looked_over(migration, record, VerifyOrder(sample=None if full else SAMPLE, settle=full))

    def require_clean(self, required: Iterable[tuple[Migration, Record]]) -> list[Unmet]:
        """
        Look over all of each of *required*, unless this run has done so; returns what is not clean.

        Raises:
            As `carry_out`.
        """
        missing = []
        for migration, record in required:
            if migration.key in self._clean:
                continue
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
        return missing

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
