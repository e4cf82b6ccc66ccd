"""How things stand: every migration and its state, what is dirty and why, and what to do next. Changes nothing."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from .changes import Change, changes
from .contract.choices import Changed, Phase
from .contract.names import IdKey, id_key
from .errors import StateMissing
from .gate import Gate, Unmet, gate_of
from .migration import Migration
from .next_step import Command, NextStep, Repair
from .opening import deployed_application
from .plan import Direction
from .records import Application, Record, RunRecord
from .squash import able_to_resume, replacements
from .targets.lock_status import LockStatus
from .targets.running import with_fleet_progress
from .validation import goes_on

if TYPE_CHECKING:
    from .targets import StateTarget


class State(StrEnum):
    """The state of a migration."""

    # Recorded as finished; or all that it replaces is.
    APPLIED = "applied"
    # The source has it, and the history knows nothing of it.
    PENDING = "pending"
    # Pending, and passed over by runs, as what it requires is not there yet.
    HELD = "held"
    # It is at work, or about to be, in a run of its own.
    RUNNING = "running"
    # It began and did not finish.
    DIRTY = "dirty"
    # Recorded as finished, and the source does not have it.
    MISSING = "missing"


class Finding(StrEnum):
    """What became of a dirty migration."""

    # Its run holds the lock at this moment.
    RUNNING = "running"
    # It left an error.
    FAILED = "failed"
    # It has a checkpoint that it goes on from.
    STOPPED = "stopped at its checkpoint"
    # It was started in a run of its own, which never began.
    NOT_BEGUN = "not begun"
    # It left nothing, and is run again by itself.
    RETRIED = "runs again"
    # Its run left nothing at all, so its process must have died.
    CRASHED = "crashed"
    # Its run went on to say what it did, but could not record this.
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class MigrationStatus:
    """
    How one migration stands.

    Attributes:
        description: As the source has it, else as the history has it.
        record: Its record in the history; None: there is none.
        replaced_by: The migration that stands for it in the source, where the source does not have it any more.
        replaces: Ids that it stands for, where it counts as applied because they are.
        change: How it differs from what was applied; None: it does not.
        phase: Whether it runs before the application is deployed, or after it.
        waits: What a pending one waits for beside its turn.
    """

    id: str
    description: str | None
    state: State
    record: Record | None = None
    replaced_by: Migration | None = None
    replaces: tuple[str, ...] = ()
    change: Change | None = None
    phase: Phase = "before"
    waits: tuple[Unmet, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DirtyStatus:
    """
    A migration that began and did not finish.

    Attributes:
        next_step: What to do about it; mostly a command alone.
    """

    record: Record
    finding: Finding
    next_step: NextStep


@dataclass(frozen=True, kw_only=True)
class RunningStatus:
    """
    A migration that goes on in a run of its own.

    Attributes:
        lock: That run's; None: it has ended just now.
    """

    record: Record
    lock: LockStatus | None


@dataclass(frozen=True, kw_only=True)
class StatusReport:
    """
    How everything stands.

    Attributes:
        migrations: Those of the source and of the history, sorted by id.
        dirty: Those of them that are dirty.
        running: Those of them that go on in a run of their own.
        lock: Who holds it; None: nobody.
        application: The one that is deployed, as the run after its deploy noted it; None: none did, or nothing waits.
        phase: Whose status it is; None: of both.
        has_state: Whether there are tables; without, all is pending.
    """

    migrations: tuple[MigrationStatus, ...]
    dirty: tuple[DirtyStatus, ...] = ()
    running: tuple[RunningStatus, ...] = ()
    lock: LockStatus | None = None
    application: Application | None = None
    phase: Phase | None = None
    has_state: bool = True
    counts: Mapping[State, int] = field(default_factory=dict)

    @property
    def current(self) -> str | None:
        """The newest that is applied, whether the source has it or not."""
        applied = [one.id for one in self.migrations if one.state in {State.APPLIED, State.MISSING}]
        return applied[-1] if applied else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each migration that differs from what was applied."""
        return tuple(one.change.warning for one in self.migrations if one.change is not None)

    @property
    def next_step(self) -> NextStep | None:
        """What to do next; None: nothing."""
        # What is for a run of the other phase to go on with holds up nothing here.
        mine = [one for one in self.dirty if self.phase in (None, one.record.phase) or one.next_step.command]
        if mine:
            return mine[0].next_step
        if any(one.state is State.PENDING and self.phase in (None, one.phase) for one in self.migrations):
            return NextStep(Command("migrate"))
        return self.dirty[0].next_step if self.dirty else None


def status(
    migrations: Sequence[Migration],
    target: StateTarget,
    *,
    changed: Changed = "warn",
    phase: Phase | None = None,
    awaits_application: bool | None = None,
) -> StatusReport:
    """
    How things stand. Takes no lock; where there are no tables yet, none are made.

    Args:
        changed: Whether changed code of an applied migration is reported: not where it is ``ignore``.
        phase: Whose status it is: what the next step is about. None: of both phases.
        awaits_application: As `Runtime` has it.
    """
    known = {migration.key: migration for migration in migrations}
    try:
        records = {record.key: record for record in target.records()}
        lock, has_state = target.lock_status(), True
    except StateMissing:
        records, lock, has_state = {}, None, False
    standing = replacements(migrations)
    found = {one.record.key: one for one in changes([*migrations], [*records.values()], changed)}
    all_of_them = tuple(
        _status_of(known.get(key), records.get(key), standing.get(key), records.keys(), found.get(key))
        for key in sorted(known.keys() | records.keys())
    )
    application = None
    if any(one.requires and one.key not in records for one in migrations):
        application = deployed_application(target, awaited=awaits_application)
        gate = gate_of(
            migrations, [*records.values()], application=application, awaited=bool(awaits_application), now=time.time()
        )
        all_of_them = tuple(_with_waits(one, known.get(id_key(one.id)), gate) for one in all_of_them)
    broken = [record for record in records.values() if record.left_dirty]
    running = [record for record in records.values() if record.running]
    runs = target.runs() if broken else ()
    able = able_to_resume(migrations, [*records.values()])
    states = [one.state for one in all_of_them]
    return StatusReport(
        migrations=all_of_them,
        dirty=tuple(_dirty(record, able, lock, runs, phase) for record in broken),
        running=tuple(RunningStatus(record=one, lock=target.detached(one.id).lock_status()) for one in running),
        lock=lock,
        application=application,
        phase=phase,
        has_state=has_state,
        counts={state: states.count(state) for state in State},
    )


def _status_of(
    migration: Migration | None,
    record: Record | None,
    replaced_by: Migration | None,
    recorded: Collection[IdKey],
    change: Change | None,
) -> MigrationStatus:
    if record is not None:
        state = State.APPLIED if migration or replaced_by else State.MISSING
        if record.dirty:
            state = State.RUNNING if record.running else State.DIRTY
        return MigrationStatus(
            id=record.id,
            description=migration.description if migration else record.details.description,
            state=state,
            record=record,
            replaced_by=None if migration else replaced_by,
            change=change,
            phase=migration.phase if migration else record.phase,
        )
    assert migration is not None, "it is in the source or in the history"  # noqa: S101 - for the type checker
    done = bool(migration.replaces) and all(id_key(one) in recorded for one in migration.replaces)
    return MigrationStatus(
        id=migration.id,
        description=migration.description,
        state=State.APPLIED if done else State.PENDING,
        replaces=migration.replaces if done else (),
        phase=migration.phase,
    )


def _with_waits(one: MigrationStatus, migration: Migration | None, gate: Gate) -> MigrationStatus:
    """*one* with what it waits for, where it is pending."""
    if migration is None or one.state is not State.PENDING or not (missing := gate.missing(migration)):
        return one
    state = State.HELD if migration.if_not_ready == "hold" else State.PENDING
    return replace(one, state=state, waits=tuple(missing))


def _dirty(
    record: Record,
    known: Mapping[IdKey, Migration],
    lock: LockStatus | None,
    runs: Sequence[RunRecord],
    phase: Phase | None,
) -> DirtyStatus:
    finding = _finding(record, known.get(record.key), lock, runs)
    record = with_fleet_progress(record, lock, time.time())
    return DirtyStatus(record=record, finding=finding, next_step=_next_step(record, finding, known, phase))


def _finding(
    record: Record, migration: Migration | None, lock: LockStatus | None, runs: Sequence[RunRecord]
) -> Finding:
    if lock is not None and lock.run_id is not None and lock.run_id == record.details.run_id:
        return Finding.RUNNING
    if record.failure:
        return Finding.FAILED
    if record.resumable:
        return Finding.NOT_BEGUN if record.checkpoint is None else Finding.STOPPED
    if goes_on(record, migration):
        return Finding.RETRIED
    recorded = any(run.run.id == record.details.run_id for run in runs)
    return Finding.UNKNOWN if recorded else Finding.CRASHED


def _next_step(record: Record, finding: Finding, known: Mapping[IdKey, Migration], phase: Phase | None) -> NextStep:
    if finding is Finding.RUNNING:
        return NextStep(Command("status"))
    if not goes_on(record, known.get(record.key)):
        return NextStep(Repair.anew(record.id, undo=record.action is Direction.UNDO))
    if (migration := known.get(record.key)) is not None:
        if phase in (None, migration.phase):
            return NextStep(Command("migrate"))
        # Whoever asked would run nothing of it, and say that all is well.
        return NextStep(f"It goes on with the next run {migration.phase} the application's deploy.")
    # What old code can't go on with, after a rollback, is no crash: a repair would throw its checkpoints away.
    return NextStep("Deploy the code that has it again: it goes on from its checkpoint.")
