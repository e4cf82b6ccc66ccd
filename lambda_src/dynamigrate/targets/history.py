"""What every target knows from its records alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from ..continuation import Continuation
from ..errors import DirtyMigration, MigrationAlreadyExists, MigrationNotFound, NoCurrentMigration
from ..migration import Migration
from ..next_step import Command, NextStep, Repair, repair_advice
from ..plan import Direction
from ..records import Details, Record

RETRY_ADVICE: Final = (
    ' If it may always be run again, whatever half of it was done, say recover = "retry" in its file: the next deploy then '
    "does so by itself."
)


def dirty_error(dirty: Sequence[Record], migration: Migration | None = None) -> DirtyMigration:
    """
    The error about *dirty*, which has at least one; the first is the one it is about.

    One that stopped at a checkpoint is no crash, and whoever asks does not have the code that would go on from there.
    So no repair is offered, which would throw the checkpoint away.
    """
    first, *others = dirty
    undo = first.action is Direction.UNDO
    what = f"{first.name(migration)} {'its undo began' if undo else 'began'}"
    if first.started_at:
        what += f" at {first.started_at}"
    failure = str(first.failure) if first.failure else ""
    why = f" ({failure})" if failure else ""
    more = f" So did {', '.join(record.id for record in others)}." if others else ""
    if first.resumable:
        return DirtyMigration(
            f"{what} and is not finished{why}: it stopped at a checkpoint.{more}",
            next_step=(
                "Its work is kept, and the code that has it goes on from there: deploy that code again. Nothing was run."
            ),
            migration_id=first.id,
        )
    if not failure:
        more += " It left no error behind: its process was killed, or could not record one."
    retry = RETRY_ADVICE if migration is not None and not undo else ""
    return DirtyMigration(
        f"{what} and did not finish{why}.{more}",
        next_step=NextStep("Check what it left in the table, then ", repair_advice(first.id, undo=undo), retry),
        migration_id=first.id,
        repair=Repair.anew(first.id, undo=undo),
    )


def left_to_before_error(record: Record, migration: Migration) -> DirtyMigration:
    """The error about one of the phase before that is not finished, for a run of the phase after."""
    return DirtyMigration(
        f"{record.name(migration)} began and is not finished, and it is of the phase before: nothing of the phase after "
        "runs until it is.",
        next_step="Deploy again, or invoke the function of Migrations, which goes on with it. Nothing was run.",
        migration_id=record.id,
    )


def exists_error(record: Record) -> MigrationAlreadyExists:
    """The error about an id that is taken."""
    return MigrationAlreadyExists(
        f"{record.name()} is in the history already.",
        next_step="Give the new migration an id of its own.",
        migration_id=record.id,
    )


def unknown_error(migration_id: str) -> MigrationNotFound:
    """The error about an id that is not in the history."""
    return MigrationNotFound(
        f"{migration_id} is not in the history.",
        next_step=NextStep("Invoke ", Command("status"), " to see the ids."),
        migration_id=migration_id,
    )


def not_dirty_error(record: Record) -> MigrationNotFound:
    """The error about one that is applied, where only one under way will do."""
    return MigrationNotFound(
        f"{record.name()} is not under way.",
        next_step=NextStep("Invoke ", Command("status"), " to see which one is."),
        migration_id=record.id,
    )


def done(records: Iterable[Record]) -> tuple[str, ...]:
    """
    Ids of *records*, oldest first.

    Raises:
        DirtyMigration: One is dirty, and not at work in a run of its own.
    """
    ordered = sorted(records, key=lambda record: record.key)
    dirty = [record for record in ordered if record.left_dirty]
    if dirty:
        raise dirty_error(dirty)
    return tuple(record.id for record in ordered if not record.dirty)


def current(records: Iterable[Record]) -> str:
    """
    The newest id of *records*.

    Raises:
        DirtyMigration: One is dirty.
        NoCurrentMigration: There are none.
    """
    ids = done(records)
    if not ids:
        raise NoCurrentMigration(
            "No migration is applied.", next_step=NextStep("Invoke ", Command("migrate"), " to apply them.")
        )
    return ids[-1]


def seconds_before(record: Record | None, details: Details, continuation: Continuation | None, now: float) -> float:
    """
    Seconds for which the run of *details*, which goes on with *record* in this process, was at work on it in others.

    Args:
        continuation: What the run did in other processes; None: it began here.
        now: In seconds since the epoch.
    """
    if record is None or continuation is None or record.details.run_id != details.run_id or not record.started_at:
        return 0.0
    began = continuation.began
    with suppress(ValueError):
        # It may have been begun by an earlier run, and lain there since.
        began = max(began, datetime.fromisoformat(record.started_at).timestamp())
    return max(0.0, now - began)
