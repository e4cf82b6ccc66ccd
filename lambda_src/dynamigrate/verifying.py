"""A look over the data of a migration that has run: what it would still change."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from .context import Context, Environment
from .contract.names import id_key
from .errors import MigrationNotFound, MigrationsError
from .migration import Migration
from .next_step import Command, NextStep
from .records import Record, Run
from .targets.memory import MemoryTarget
from .verifiable import Verifiable, VerifyOrder, can_be_looked_over
from .verification import Verification

if TYPE_CHECKING:
    from .targets import HeldLock, StateTarget


class CantVerify(MigrationsError):
    """The data of a migration can't be looked over as things are; nothing was read."""


class NotABackfill(CantVerify):
    """Only a migration that is a `Backfill` itself can tell what it would still change."""


def verify(
    migration: Migration,
    record: Record,
    target: StateTarget,
    environment: Environment,
    *,
    run: Run,
    order: VerifyOrder,
    lock: HeldLock | None = None,
    look_of: str = "",
) -> Verification:
    """
    Look over the data of *migration*, as *order* says, and keep with the migration what is found.

    Args:
        record: What the target has of it: applied.
        lock: The run's; None: it is no run's, and guarded by nothing. Then it may only read.
        look_of: What the look is a part of, in words: it goes on from where another one of the same was stopped. Empty: of
            *run*; or, without a lock, of all that are made so.

    Raises:
        NotABackfill: It is none.
        StopRequested: There is no more time, or the run has to stop. How far it got is kept: called again, it goes on from
            there.
        LockLost: The run's lock is no longer its own.
        BackfillError: It can't be told, or settled; says why.
    """
    function = function_to_verify(migration)
    if lock is None and order.settle:
        raise ValueError("what is settled is written, and nothing is written without the lock")
    runtime = environment.runtime
    with ExitStack() as stack:
        held = lock or stack.enter_context(MemoryTarget().lock())
        context = Context(
            environment,
            target=target,
            lock=held,
            migration=migration,
            record_id=record.id,
            run_id=run.id,
            checkpoint=None,
            stop=lambda: runtime.stop_reason(held),
            dry_run=not order.settle,
            app_version=run.app_version,
            look_of=_look_of(record, "" if lock is None else look_of or run.id),
        )
        stack.enter_context(runtime.around())
        look, found = context.runtime.look, function.look_over(context, order)
        if lock is None and _clean_since(record, target) != record.clean_since:
            # A run has looked meanwhile, and settled what was seen here.
            return look.signed(found)
        return look.save(found)


def _look_of(record: Record, of: str) -> str:
    """What a look at *record* is of, in words; *of* nothing: of all that are made beside the runs."""
    # Undone and done again, there is other data to look at; and what runs found clean, they may have settled before.
    return f"{of or f'beside all runs, clean since {record.clean_since}'}, begun {record.started_at}"


def _clean_since(record: Record, target: StateTarget) -> str | None:
    """That of *record* by now."""
    return next((one.clean_since for one in target.records() if one.key == record.key), record.clean_since)


def function_to_verify(migration: Migration) -> Verifiable:
    """
    The function of *migration*, imported.

    Raises:
        NotABackfill: Its work can't be looked over.
        InvalidMigration: It can't be imported.
    """
    function = can_be_looked_over(migration)
    if function is None:
        raise NotABackfill(
            f"{migration} is no Backfill: what its do would still change, nobody but its author can tell.",
            next_step="Only a migration that is a backfill itself can be verified, do = Backfill(...); a function that calls "
            "one can't, as it may do other things too. Nothing was read.",
            migration_id=migration.id,
        )
    return function


def applied(migration_id: str, migrations: Sequence[Migration], records: Sequence[Record]) -> tuple[Migration, Record]:
    """
    The migration of that id, and what is recorded of it.

    Raises:
        MigrationNotFound: Neither the code nor the history has the id, or the code has it no more.
        CantVerify: It is not applied, or under way.
    """
    key = id_key(migration_id)
    migration = next((one for one in migrations if one.key == key), None)
    record = next((one for one in records if one.key == key), None)
    if migration is None:
        what = (
            "is neither in the code nor in the history" if record is None else "is in the history, but not in this code"
        )
        advice = NextStep("Invoke ", Command("status"), " to see the ids. Nothing was read.")
        if record is not None:
            advice = NextStep(
                "What it would still change, only its code can tell: deploy the code that has it. Nothing was read."
            )
        raise MigrationNotFound(f"{migration_id} {what}.", next_step=advice, migration_id=migration_id)
    if record is None:
        raise CantVerify(
            f"{migration} has not run: it is pending"
            f"{', or the older ones that it replaces have done its work' if migration.replaces else ''}.",
            next_step=NextStep("Deploy, or invoke ", Command("migrate"), ", and verify it then. Nothing was read."),
            migration_id=migration.id,
        )
    if record.running:
        raise CantVerify(
            f"{migration} is at work at this moment.",
            next_step=NextStep("Verify it once ", Command("status"), " shows it as applied. Nothing was read."),
            migration_id=migration.id,
        )
    if record.dirty:
        raise CantVerify(
            f"{migration} began and is not finished, so that it would still change things is no news.",
            next_step=NextStep(
                "See what ", Command("status"), " says to do about it, and verify it then. Nothing was read."
            ),
            migration_id=migration.id,
        )
    return migration, record
