"""Ways to set the record straight without running a migration."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, cast

from .clock import Clock, SystemClock
from .contract.choices import is_choice
from .contract.names import id_key
from .errors import InvalidSetting, MigrationNotFound, StateMissing
from .log import log_event
from .next_step import Command, NextStep, RepairAs
from .opening import locked
from .recorder import RunRecorder
from .records import Record, Run, RunResult
from .requirements import MigrationRunning
from .run_ids import new_run_id
from .safe_logger import safe_logger

if TYPE_CHECKING:
    from .targets import StateTarget, Target

_logger: Final = safe_logger(logging.getLogger(__name__))


def _nothing_there() -> None:
    raise StateMissing(
        "There is no history under the names that a target has by default, so nothing can be repaired there.",
        next_step=NextStep(
            "Name the tables: DynamoDBTarget(client, table_name=..., lock_table_name=..., lock_id=...), as the function's "
            "answer to ",
            Command("status"),
            " tells them.",
        ),
    )


class NotDirty(MigrationNotFound):
    """The migration is not dirty, so there is nothing to repair."""


def repair(
    target: Target,
    migration_id: str,
    repair_as: RepairAs,
    *,
    wait: float = 0,
    run: Run | None = None,
    clock: Clock | None = None,
    logger: Any = None,
) -> Record:
    """
    Settle a dirty migration as a person found it: ``applied``, it did all of its work; ``pending``, none of it
    stands. Nothing but the record is touched, and the history notes who did it.

    Args:
        wait: Seconds to wait for the lock, where somebody has it.
        logger: What the line about it goes to.

    Returns:
        The record as it was before.

    Raises:
        MigrationNotFound: The id is not in the history.
        NotDirty: It is not dirty.
        MigrationRunning: It is at work in a run of its own.
        InvalidSetting: *repair_as* is neither of the two.
        LockHeld: Somebody else has the lock.
    """
    if not is_choice(repair_as, RepairAs):
        raise InvalidSetting(
            f"A migration can't be repaired as {repair_as!r}.", next_step='Say "applied" or "pending".'
        )
    key = id_key(migration_id)
    clock = clock or SystemClock()
    run = run or Run(id=new_run_id(), command="repair")
    # What is to be repaired is there already, so where there is no table the target is the wrong one.
    with locked(target, wait, _nothing_there if getattr(target, "has_default_names", False) else None):
        recorder = RunRecorder(target, run, clock)
        found = [record for record in target.records() if record.key == key]
        if not found:
            raise MigrationNotFound(
                f"{migration_id} is not in the history.",
                next_step=NextStep("Invoke ", Command("status"), " to see the ids."),
                migration_id=migration_id,
            )
        record = found[0]
        if record.running:
            raise MigrationRunning.to_be("repaired", record)
        if not record.dirty:
            raise NotDirty(
                f"{record.name()} is applied and not dirty, so there is nothing to repair.",
                next_step=NextStep("Invoke ", Command("status"), " to see which one is."),
                migration_id=record.id,
            )
        if repair_as == "applied":
            target.finish_migration(record.id)
        else:
            target.remove(record.id)
        if record.checkpoint is not None:
            target.clear_segments(record.id)
        if record.detached is not None:
            # What a run of its own left, should a process still come that would go on with it.
            cast("StateTarget", target).detached(record.id).unlock(force=True)
        recorder.record(
            RunResult.SUCCEEDED,
            note=f"{record.name()} repaired as {repair_as}; it was: {record.failure or 'begun and never finished'}.",
        )
    log_event(
        logger or _logger,
        logging.WARNING,
        "migration.repaired",
        f"{record.name()} was settled as {repair_as}.",
        repaired=record.id,
        repair_as=repair_as,
        was=str(record.failure or ""),
    )
    return record
