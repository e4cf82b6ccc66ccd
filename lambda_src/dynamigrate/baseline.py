"""Counting migrations as applied that were done by hand before there was a history."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from .clock import Clock, SystemClock
from .contract.names import id_key
from .errors import BaselineRefused, MigrationNotFound
from .log import listed, log_event
from .migration import Migration
from .next_step import Command, NextStep, Repair
from .opening import locked
from .plan import Direction
from .recorder import RunRecorder
from .records import Details, Record, Run, RunResult
from .requirements import MigrationRunning
from .run_ids import new_run_id
from .safe_logger import safe_logger

if TYPE_CHECKING:
    from .targets import Target

_logger: Final = safe_logger(logging.getLogger(__name__))
# What an item says that a baseline wrote: no code ran for it, so a baseline may finish it.
_BASELINE: Final = "baseline, "


def baseline(
    target: Target,
    migrations: Sequence[Migration],
    migration_id: str,
    *,
    wait: float = 0,
    run: Run | None = None,
    clock: Clock | None = None,
    logger: Any = None,
) -> tuple[str, ...]:
    """
    Count all of *migrations* up to one as applied, without running them, in an empty history.

    A baseline that an earlier call left half done is carried on. Where all of them are applied already, there is
    nothing to do.

    Args:
        logger: What the line about it goes to.

    Returns:
        The ids that were not applied before.

    Raises:
        MigrationNotFound: Neither the code nor the history has the id.
        BaselineRefused: The history has something that no baseline wrote, and lacks some of them.
        MigrationRunning: One of them is at work in a run of its own.
        LockHeld: Somebody else has the lock.
    """
    key = id_key(migration_id)
    upto = [migration for migration in migrations if migration.key <= key]
    run = run or Run(id=new_run_id(), command="baseline")
    with locked(target, wait):
        recorder = RunRecorder(target, run, clock or SystemClock())
        records = target.records()
        if key not in {migration.key for migration in migrations} | {record.key for record in records}:
            raise MigrationNotFound(
                f"There is no migration {migration_id}, neither in the source nor in the history.",
                next_step=f"The source has {listed([str(one) for one in migrations])}. Nothing was done.",
                migration_id=migration_id,
            )
        if running := [record for record in records if record.running and record.key <= key]:
            raise MigrationRunning.to_be("counted as applied", running[0])
        missing = _missing(upto, records)
        marked: list[str] = []
        result, note = RunResult.FAILED, "interrupted"
        try:
            for migration, known in missing:
                _mark(target, run, migration, known)
                marked.append(migration.id)
            result, note = RunResult.SUCCEEDED, "without running them"
        finally:
            if missing:
                told = f"baseline {migration_id}: {len(marked)} counted as applied, {note}."
                recorder.record(result, applied=tuple(marked), note=told)
    if marked:
        sentence = f"Counted as applied, without running them: {listed(marked)}."
        log_event(logger or _logger, logging.WARNING, "history.baselined", sentence, upto=migration_id, counted=marked)
    return tuple(marked)


def _missing(upto: Sequence[Migration], records: Sequence[Record]) -> list[tuple[Migration, Record | None]]:
    """
    The migrations that are to be marked, each with its record where there is one.

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
    if not missing or not real:
        return missing
    told = f"The history is not empty: it has {listed([record.name() for record in real])}."
    if all(record.left_dirty for record in real):
        # A first deploy without the baseline has tried it.
        repair = Repair.anew(real[0].id, undo=real[0].action is Direction.UNDO)
        raise BaselineRefused(
            f"{told} It began and did not finish, so it has to be settled first.",
            next_step=NextStep("Nothing was done. Invoke ", repair, ", and then this again."),
            migration_id=real[0].id,
            repair=repair,
        )
    raise BaselineRefused(
        told,
        next_step=NextStep(
            "A baseline is for tables that were migrated before there was a history. Nothing was done; invoke ",
            Command("status"),
            " to see what there is, and leave the baseline out.",
        ),
    )


def _mark(target: Target, run: Run, migration: Migration, known: Record | None) -> None:
    if known is None:
        target.add(
            migration.id,
            replace(Details.of(migration, run), actor=f"{_BASELINE}{run.actor}"),
        )
    target.finish_migration(migration.id)


def with_command(run: Run) -> Run:
    """A run of its own in the history, before that of the migrations."""
    return replace(run, id=f"{run.id}-baseline", command="baseline")
