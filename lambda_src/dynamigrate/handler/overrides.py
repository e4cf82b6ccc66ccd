"""The commands that set the record straight without running a migration: ``repair``, ``baseline``, ``unlock``."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import monotonic, time

from ..clock import timestamp
from ..contract.names import id_key
from ..engine import held, record_run
from ..errors import MigrationNotFound, command
from ..log import listed, log_event
from ..migration import Migration
from ..records import Details, Record, RunRecord
from ..repairs import repair as settle
from .answers import AnswerObject, failure_view, lock_view, succeeded
from .call import Call
from .errors import BaselineRefused

# What an item says that `baseline` wrote: no code ran for it, so `baseline` may finish it.
_BASELINE = "baseline, "


def repair(call: Call) -> AnswerObject:
    """Settle a dirty migration as it was found."""
    arguments = call.arguments
    record = settle(call.target, arguments.migration, arguments.repair_as, wait=call.wait, run=call.run)
    log_event(
        call.setup.logs.events,
        logging.WARNING,
        "migration.repaired",
        f"{record.name()} was settled as {arguments.repair_as}.",
        repaired=record.id,
        repair_as=arguments.repair_as,
        was=str(record.failure or ""),
    )
    return succeeded(
        repaired=record.id,
        now=arguments.repair_as,
        was=failure_view(record.failure) if record.failure else "begun and never finished",
        run_id=call.run.id,
        **({"next": {"action": "migrate"}} if arguments.repair_as == "pending" else {}),
    )


def unlock(call: Call) -> AnswerObject:
    """Free the lock of a holder that is dead; with force, of any."""
    started, began = time(), monotonic()
    freed = call.target.unlock(force=call.arguments.force)
    if freed is None:
        return succeeded(lock=lock_view(None), note="Nobody held the lock.")
    record_run(
        call.target,
        RunRecord(
            run=call.run,
            started_at=timestamp(started),
            seconds=round(monotonic() - began, 3),
            result="succeeded",
            note=f"The lock of {freed.holder or 'another driver'} was freed{' by force' if call.arguments.force else ''}.",
        ),
    )
    return succeeded(lock=lock_view(None), was=lock_view(freed), run_id=call.run.id)


def baseline(call: Call) -> AnswerObject:
    """
    Count all migrations up to one as applied, without running them, in an empty history.

    What an earlier baseline left half done is carried on.

    Raises:
        MigrationNotFound: Neither the code nor the history has the id.
        BaselineRefused: There is a history already.
    """
    migrations, key = call.migrations(), id_key(call.arguments.migration)
    upto = [migration for migration in migrations if migration.key <= key]
    started, began = time(), monotonic()
    with held(call.target, call.wait):
        records = call.target.records()
        if key not in {migration.key for migration in migrations} | {record.key for record in records}:
            raise MigrationNotFound(
                f"There is no migration {call.arguments.migration}, neither in the source nor in the history.",
                next_step=f"Invoke {command('status')} to see the ids. Nothing was done.",
                migration_id=call.arguments.migration,
            )
        missing = _missing(upto, records)
        marked: list[str] = []
        result, note = "failed", "interrupted"
        try:
            for migration, known in missing:
                _mark(call, migration, known)
                marked.append(migration.id)
            result, note = "succeeded", "without running them"
        finally:
            if missing:
                record_run(
                    call.target,
                    RunRecord(
                        run=call.run,
                        started_at=timestamp(started),
                        seconds=round(monotonic() - began, 3),
                        result=result,
                        applied=tuple(marked),
                        note=f"baseline {call.arguments.migration}: {len(marked)} counted as applied, {note}.",
                    ),
                )
    return succeeded(baseline=call.arguments.migration, applied=marked, run_id=call.run.id)


def _missing(upto: Sequence[Migration], records: Sequence[Record]) -> list[tuple[Migration, Record | None]]:
    """
    What is to be marked, with what there is of it already.

    Raises:
        BaselineRefused: There is a history that no baseline made, and it does not have all of *upto*.
    """
    known = {record.key: record for record in records}
    missing = [
        (migration, known.get(migration.key))
        for migration in upto
        if migration.key not in known or known[migration.key].dirty
    ]
    real = [record for record in records if not (record.details.actor or "").startswith(_BASELINE)]
    if missing and real:
        raise BaselineRefused(
            f"The history is not empty: it has {listed([record.name() for record in real])}.",
            next_step=(
                "A baseline is for tables that were migrated before there was a history. Nothing was done; "
                f"invoke {command('status')} to see what there is."
            ),
        )
    return missing


def _mark(call: Call, migration: Migration, known: Record | None) -> None:
    if known is None:
        call.target.add(
            migration.id,
            Details(
                description=migration.description or None,
                checksum=migration.checksum,
                run_id=call.run.id,
                actor=f"{_BASELINE}{call.run.actor}",
                app_version=call.run.app_version or None,
            ),
        )
    call.target.finish_migration(migration.id)
