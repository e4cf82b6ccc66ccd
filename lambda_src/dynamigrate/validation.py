"""What a plan does with what it did not expect to find."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .changes import Change, changes
from .contract.choices import Changed, Missing, OutOfOrder, Phase, check_choice
from .contract.names import id_key
from .errors import MigrationAlreadyExists, MigrationNotFound, RefusedByHistory, StaleMigration
from .log import log_event
from .migration import Migration
from .plan import Action, Direction, Plan
from .records import Record
from .requirements import MigrationRunning
from .squash import able_to_resume, replacements
from .targets.history import dirty_error, left_to_before_error

_logger = logging.getLogger(__name__)


class MissingMigration(MigrationNotFound, RefusedByHistory):
    """An applied migration is not among the migrations of this code."""


class AnotherMigration(MigrationAlreadyExists, RefusedByHistory):
    """Another migration is applied under this one's id, so this one would count as applied and never run."""


class ChangedMigration(RefusedByHistory):
    """The code of an applied migration is not what was applied, and the setting says that this matters."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """
    What a plan does with surprises in the history.

    Attributes:
        out_of_order: ``allow``: a pending migration may be older than the newest applied one.
        missing: ``ignore``: what is applied may be unknown to the source.
        changed: What it means that an applied migration's code has changed since.
        phase: Which migrations are the run's; None: all are.

    Raises:
        InvalidSetting: One of them has an unknown value.
    """

    out_of_order: OutOfOrder = "error"
    missing: Missing = "error"
    changed: Changed = "warn"
    phase: Phase | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("out_of_order", OutOfOrder), ("missing", Missing), ("changed", Changed)):
            check_choice(name, getattr(self, name), allowed)
        if self.phase is not None:
            check_choice("phase", self.phase, Phase)


def unfinished(records: Sequence[Record], migrations: Sequence[Migration], phase: Phase | None = None) -> Plan:
    """
    What earlier runs began and this one has to go on with, before anything else.

    What is of the phase after is left to a run of that phase, which alone may have what it needs. The other way round
    nothing runs: what comes after rests on what comes before.

    Raises:
        DirtyMigration: One can't go on: it has no checkpoint and does not say that it may be run again, its code is not
            in the source, or it is of the phase before, and this run is not; then the error says that the code, or the
            run, that has it will.
    """
    dirty = [record for record in records if record.left_dirty]
    known = able_to_resume(migrations, records)
    stuck = [record for record in dirty if not goes_on(record, known.get(record.key))]
    # Only a repair helps the others, so they come first.
    stuck += [record for record in dirty if record not in stuck and record.key not in known]
    if stuck:
        raise dirty_error(stuck + [record for record in dirty if record not in stuck], known.get(stuck[0].key))
    if phase == "after" and (earlier := [record for record in dirty if known[record.key].phase == "before"]):
        raise left_to_before_error(earlier[0], known[earlier[0].key])
    ours = [record for record in dirty if phase in (None, known[record.key].phase)]
    return Plan(tuple(Action(record.action, known[record.key], resume=True) for record in ours))


def goes_on(record: Record, migration: Migration | None) -> bool:
    """Whether a dirty one needs no repair: it has a checkpoint, or *migration*, its code, may be run again."""
    return record.resumable or (record.dirty and migration is not None and migration.recover == "retry")


def applied_after(records: Sequence[Record]) -> tuple[str, ...]:
    """Ids that are applied once what is unfinished has finished, and what runs detached."""
    return tuple(record.id for record in records if not record.dirty or record.action is Direction.DO)


def applied_before(records: Sequence[Record]) -> tuple[str, ...]:
    """Ids that were applied before what is unfinished began."""
    return tuple(record.id for record in records if not record.left_dirty or record.action is Direction.UNDO)


def check(
    plan: Plan, migrations: Sequence[Migration], records: Sequence[Record], policy: Policy, logger: Any = _logger
) -> None:
    """
    Refuse *plan* where what was found does not allow it. Undoing is free to go on.

    Raises:
        MigrationNotFound: An applied migration is unknown to the source.
        AnotherMigration: What is applied under an id is another migration than the source's.
        ChangedMigration: The code of an applied one changed.
        StaleMigration: One would run although a newer one is applied.
        MigrationRunning: It would undo one that is at work in a run of its own.
    """
    _check_running(plan, records)
    if plan and all(action.direction is Direction.UNDO for action in plan):
        return
    if policy.missing == "error":
        _check_missing(migrations, records)
    _check_changed(migrations, records, policy, logger)
    _check_order(plan, migrations, records, policy)


def _check_running(plan: Plan, records: Sequence[Record]) -> None:
    running = {record.key: record for record in records if record.running}
    for action in plan:
        if action.direction is Direction.UNDO and (record := running.get(action.migration.key)) is not None:
            raise MigrationRunning.to_be("undone", record)


def _check_missing(migrations: Sequence[Migration], records: Sequence[Record]) -> None:
    known = {migration.key for migration in migrations} | replacements(migrations).keys()
    missing = [record for record in records if record.key not in known]
    if missing:
        names = ", ".join(record.name() for record in missing)
        raise MissingMigration(
            f"{names}: applied, but not among the migrations of this code.",
            next_step=(
                "Deploy the code that has it, or bring the file back. To go on without it, set missing='ignore'."
            ),
            migration_id=missing[0].id,
        )


def _check_changed(migrations: Sequence[Migration], records: Sequence[Record], policy: Policy, logger: Any) -> None:
    found = tuple(changes(migrations, records, policy.changed))
    for change in sorted(found, key=lambda one: one.kind != "another"):
        refused = AnotherMigration if change.kind == "another" else ChangedMigration
        if change.kind == "another" or change.setting == "error":
            raise refused(
                change.message, next_step=f"{change.next_step} Nothing was run.", migration_id=change.migration.id
            )
        _warn(change, logger)


def _warn(change: Change, logger: Any) -> None:
    migration, record = change.migration, change.record
    log_event(
        logger,
        logging.WARNING,
        "migration.changed",
        change.message,
        migration=migration.id,
        description=migration.description,
        applied_at=record.finished_at,
    )


def _check_order(plan: Plan, migrations: Sequence[Migration], records: Sequence[Record], policy: Policy) -> None:
    """
    Walk through *plan*, so that what it undoes first no longer counts as newer. Each phase has an order of its own, and
    what may be held back has none.
    """
    phases = {record.key: record.phase for record in records} | {one.key: one.phase for one in migrations}
    applied = {id_key(one): one for one in applied_after(records)}
    for action in plan:
        migration = action.migration
        if action.resume:
            continue
        if action.direction is Direction.UNDO:
            applied.pop(migration.key, None)
            continue
        newest = max((one for one in applied if phases[one] == migration.phase), default=migration.key)
        held_back = migration.if_not_ready == "hold"
        if newest > migration.key and (migration.out_of_order or policy.out_of_order) == "error" and not held_back:
            raise StaleMigration(
                f"{migration} is pending, but {applied[newest]}, which is newer, is applied already.",
                next_step=(
                    "Give it an id above that by renaming its file; or, if it may run after the newer ones, "
                    'say out_of_order = "allow" in it. Nothing was run.'
                ),
                migration_id=migration.id,
            )
        applied[migration.key] = migration.id
