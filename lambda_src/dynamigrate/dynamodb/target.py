"""The target that keeps its state in two DynamoDB tables."""

from __future__ import annotations

import copy
import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ..clock import Clock, SystemClock, timestamp
from ..continuation import Continuation
from ..contract import (
    DEFAULT_LOCK_ID,
    DEFAULT_LOCK_TABLE,
    DEFAULT_MIGRATIONS_TABLE,
    ItemKind,
    LockAttr,
    MigrationAttr,
)
from ..contract.choices import Phase
from ..contract.names import IdKey, detached_lock_id, id_key
from ..errors import MigrationsError
from ..figures import figures as kept_figures
from ..plan import Direction
from ..rate_order import RateOrder
from ..records import NO_FIGURES, Application, Deploy, Details, Failure, Record, RunRecord
from ..targets import history
from ..targets.lock_status import LockStatus
from ..targets.running import with_running
from .applications import DeployedApplication
from .deploys import NewestDeploy
from .items import detail_attributes, failure_attribute, progress_attribute, read_record, read_records
from .launches import LaunchedLock
from .lock.admin import LockAdmin
from .lock.expiry_guard import guarded
from .lock.item import LeaseTerms
from .lock.lease import Lease
from .options import check_client, check_names, check_seconds
from .read import scan
from .retries import once
from .runs import RunHistory
from .segments import SegmentItems
from .state_tables import StateTable, create_tables, delete_tables
from .state_writer import Beside, BesideRefused, Change, Refused, StateWriter

if TYPE_CHECKING:
    from ..targets import StateTarget as Contract
    from ..verification import Verification
    from .fleet_member import FleetMember
else:
    # For an editor, which shows what the contract says of a method. A cold start has no need of it.
    Contract = object

# A third of it passes between beats. Longer outlives longer pauses of the process; shorter frees a dead lock sooner.
_LEASE_SECONDS: Final = 20.0
# Machines that keep their clocks by NTP are far closer than this.
_SKEW_SECONDS: Final = 5.0
# An item holds 400 KB, and the rest of it needs some.
_LARGEST_CHECKPOINT: Final = 350_000


class DynamoDBTarget(Contract):
    """
    Keeps the state of migrations in two DynamoDB tables, one for the migrations and one for the lock.

    Tables that the Go driver ``migrations-dynamodb`` made are adopted as they are.

    Args:
        client: ``boto3.client("dynamodb")``.
        table_name: Of the migrations' table: ``_migrations`` unless given. A deployed function has its history in
            tables of other names, which its answer to ``{"action": "status"}`` tells under ``state``.
        lock_table_name: Of the lock's table, which also keeps the history of runs and the checkpoints of segments:
            ``_migrations-lock`` unless given.
        lock_id: Which lock; programs with different ids don't wait for each other.
        lease: Seconds that a lock is good for without a sign of life from its holder.
        skew: Seconds by which two machines' clocks may differ.
        remaining: Seconds until this process has certainly ended, as Lambda says it; None: nothing ends it.
        holder: Who holds the lock, in words; host and process unless given.
        request_id: The Lambda request on whose behalf the lock is held.
        run_id: The run on whose behalf it is held.

    Attributes:
        has_default_names: Whether no table was named. A deployed function never has these, so where they are not there,
            the history may be under other names.

    Raises:
        InvalidSetting: An option can't be what it is.
    """

    def __init__(
        self,
        client: Any,
        *,
        table_name: str | None = None,
        lock_table_name: str | None = None,
        lock_id: str = DEFAULT_LOCK_ID,
        lease: float = _LEASE_SECONDS,
        skew: float = _SKEW_SECONDS,
        remaining: Callable[[], float] | None = None,
        holder: str | None = None,
        request_id: str | None = None,
        run_id: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        check_client(client)
        self.has_default_names = table_name is None and lock_table_name is None
        table_name = DEFAULT_MIGRATIONS_TABLE if table_name is None else table_name
        lock_table_name = DEFAULT_LOCK_TABLE if lock_table_name is None else lock_table_name
        check_names(table_name, lock_table_name, lock_id)
        check_seconds(lease=lease, skew=skew)
        self.client = client
        self._clock = clock or SystemClock()
        self._lock_id = lock_id
        self._terms = LeaseTerms(
            lease=lease,
            skew=skew,
            holder=holder or f"process {os.getpid()} on {socket.gethostname()}",
            remaining=remaining,
            request_id=request_id,
            run_id=run_id,
        )
        # All of its requests are retried by the same policy, so the client need not.
        self._requests = client = once(client)
        self._table = StateTable(client, table_name, self._clock)
        self._lock_table = StateTable(client, lock_table_name, self._clock)
        self._writer = StateWriter(client, self._table, self._clock)
        self._admin = LockAdmin(client, self._lock_table, lock_id, self._clock)
        self._history = RunHistory(client, self._lock_table, lock_id, self._clock)
        self._deploys = NewestDeploy(client, self._lock_table, lock_id, self._clock)
        self._segments = SegmentItems(client, self._lock_table, lock_id, self._clock)
        self._cursors = SegmentItems(client, self._lock_table, lock_id, self._clock, ItemKind.VERIFICATION)
        self._application = DeployedApplication(client, self._lock_table, lock_id, self._clock)
        self._spellings: dict[IdKey, str] | None = None
        # Dirty ones, as they were read.
        self._dirty: dict[IdKey, Record] = {}
        self._started: dict[IdKey, float] = {}
        # The migration whose run of its own sees this, and nothing else of the history; None: it is all there.
        self._only: IdKey | None = None

    def create(self) -> None:
        create_tables(self._requests, [self._table, self._lock_table], self._clock)

    def destroy(self) -> None:
        self._spellings = None
        delete_tables(self._requests, [self._table, self._lock_table], self._clock)

    def records(self) -> tuple[Record, ...]:
        if self._only is not None:
            return tuple(record for record in self._read() if record.key == self._only)
        return with_running(self._read, lambda one: self.detached(one).lock_status(), self._clock)

    def _read(self) -> tuple[Record, ...]:
        items = scan(self._requests, self._table, self._clock)
        records = sorted(read_records(self._table.name, items), key=lambda record: record.key)
        self._spellings = {record.key: record.id for record in records}
        self._dirty = {record.key: record for record in records if record.dirty}
        return tuple(records)

    def done(self) -> tuple[str, ...]:
        return history.done(self.records())

    def current(self) -> str:
        return history.current(self.records())

    def add(self, migration_id: str, details: Details = Details()) -> None:  # noqa: B008 - it is frozen
        key = id_key(migration_id)
        attributes = {
            MigrationAttr.ACTION.value: {"S": Direction.DO.value},
            MigrationAttr.STARTED_AT.value: self._now(),
            **detail_attributes(details),
        }
        self._started[key] = self._clock.monotonic()
        self._change(migration_id, Change(set=attributes, dirty=True, expects="absent", begins=True))

    def start_migration(self, migration_id: str, details: Details = Details()) -> None:  # noqa: B008 - it is frozen
        self._started[id_key(migration_id)] = self._clock.monotonic()
        attributes = {
            MigrationAttr.ACTION.value: {"S": Direction.UNDO.value},
            MigrationAttr.STARTED_AT.value: self._now(),
            **detail_attributes(details),
        }
        removed = (
            # That of the do has what is undone now, so it is none for the undo.
            *(() if details.restore_point else (MigrationAttr.RESTORE_POINT,)),
            MigrationAttr.FINISHED_AT,
            MigrationAttr.DURATION_MS,
            MigrationAttr.ERROR,
            MigrationAttr.CHECKPOINT,
            MigrationAttr.PROGRESS,
            MigrationAttr.VERIFIED,
            MigrationAttr.CLEAN_SINCE,
            MigrationAttr.COST,
        )
        self._change(migration_id, Change(set=attributes, remove=removed, dirty=True, expects="applied", begins=True))

    def resume_migration(self, migration_id: str, details: Details = Details()) -> None:  # noqa: B008 - it is frozen
        key, lease = id_key(migration_id), self._writer.lease
        continuation = None if lease is None else lease.continuation
        before = history.seconds_before(self._dirty.get(key), details, continuation, self._clock.time())
        self._started[key] = self._clock.monotonic() - before
        # A run that goes on with it in line takes it from the one of its own.
        removed = (MigrationAttr.ERROR, *(() if self._only else (MigrationAttr.DETACHED,)))
        self._change(
            migration_id,
            Change(set=detail_attributes(details), remove=removed, expects="dirty", begins=True),
        )

    def turn_back(self, migration_id: str, details: Details = Details()) -> None:  # noqa: B008 - it is frozen
        self._started[id_key(migration_id)] = self._clock.monotonic()
        attributes = {MigrationAttr.ACTION.value: {"S": Direction.UNDO.value}, **detail_attributes(details)}
        removed = (MigrationAttr.CHECKPOINT, MigrationAttr.PROGRESS, MigrationAttr.DETACHED)
        self._change(migration_id, Change(set=attributes, remove=removed, expects="dirty", begins=True))

    def finish_migration(self, migration_id: str) -> None:
        attributes = {
            MigrationAttr.FINISHED_AT.value: self._now(),
            MigrationAttr.ACTION.value: {"S": Direction.DO.value},
        }
        started = self._started.get(id_key(migration_id))
        if started is not None:
            milliseconds = round((self._clock.monotonic() - started) * 1000)
            attributes[MigrationAttr.DURATION_MS.value] = {"N": str(milliseconds)}
        removed = (MigrationAttr.ERROR, MigrationAttr.CHECKPOINT, MigrationAttr.PROGRESS, MigrationAttr.DETACHED)
        self._change(migration_id, Change(set=attributes, remove=removed, dirty=False, expects="present"))

    def remove(self, migration_id: str) -> None:
        self._change(migration_id, Change(delete=True, expects="present"))

    def fail(self, migration_id: str, failure: Failure) -> None:
        self._change(migration_id, Change(set={MigrationAttr.ERROR.value: failure_attribute(failure)}, expects="dirty"))

    def save_checkpoint(self, migration_id: str, value: Any) -> None:
        text = json.dumps(value)
        if len(text.encode()) > _LARGEST_CHECKPOINT:
            raise MigrationsError(
                f"The checkpoint of {migration_id} has {len(text.encode()):,} bytes; {_LARGEST_CHECKPOINT:,} fit.",
                next_step="Save where to go on from, not what was done.",
                migration_id=migration_id,
            )
        self._change(migration_id, Change(set={MigrationAttr.CHECKPOINT.value: {"S": text}}, expects="dirty"))

    def save_progress(
        self,
        migration_id: str,
        done: float,
        total: float,
        figures: Mapping[str, float] = NO_FIGURES,
        waits_for: str = "",
    ) -> None:
        if (attribute := progress_attribute(done, total, figures, waits_for)) is not None:
            self._change(migration_id, Change(set={MigrationAttr.PROGRESS.value: attribute}, expects="dirty"))

    def save_segments(self, migration_id: str, values: Mapping[int, Any]) -> None:
        self._segments.save(self._spelling(id_key(migration_id), migration_id), values, self._writer.lease)

    def segments(self, migration_id: str) -> dict[int, Any]:
        return self._segments.load(self._spelling(id_key(migration_id), migration_id))

    def clear_segments(self, migration_id: str) -> None:
        self._segments.clear(self._spelling(id_key(migration_id), migration_id), self._writer.lease)

    def save_verification(self, migration_id: str, found: Verification) -> None:
        removed = () if found.clean else (MigrationAttr.CLEAN_SINCE,)
        self._note(migration_id, MigrationAttr.VERIFIED, json.dumps(found.to_dict()), remove=removed)

    def note_clean(self, migration_id: str, since: str) -> None:
        self._note(migration_id, MigrationAttr.CLEAN_SINCE, since)

    def save_cost(self, migration_id: str, figures: Mapping[str, float]) -> None:
        self._note(migration_id, MigrationAttr.COST, json.dumps(kept_figures(figures)))

    def _note(self, migration_id: str, name: MigrationAttr, text: str, remove: Sequence[str] = ()) -> None:
        """Keep a text with a migration, applied or dirty."""
        self._change(migration_id, Change(set={name.value: {"S": text}}, remove=remove, expects="present"))

    def save_cursors(self, migration_id: str, values: Mapping[int, Any]) -> None:
        self._cursors.save(self._spelling(id_key(migration_id), migration_id), values, self._writer.lease)

    def cursors(self, migration_id: str) -> dict[int, Any]:
        return self._cursors.load(self._spelling(id_key(migration_id), migration_id))

    def clear_cursors(self, migration_id: str) -> None:
        self._cursors.clear(self._spelling(id_key(migration_id), migration_id), self._writer.lease)

    def note_application(self, application: Application) -> None:
        self._application.note(application, self._writer.lease)

    def application(self) -> Application | None:
        return self._application.read()

    def record_run(self, run: RunRecord) -> None:
        self._history.add(run)

    def runs(self, limit: int = 50) -> tuple[RunRecord, ...]:
        return self._history.newest(limit)

    def record_deploy(self, deploy: Deploy, *, phase: Phase = "before") -> None:
        """Keep *deploy* as the newest; one that is delivered again leaves what its first delivery wrote."""
        self._deploys.record(deploy, phase)

    def newest_deploy(self, *, phase: Phase = "before") -> Deploy | None:
        """The deploy that was recorded last, if any was."""
        return self._deploys.read(phase)

    @contextmanager
    def lock(self, wait: float = 0) -> Iterator[Lease]:
        """
        Hold the lock, for which it waits at most *wait* seconds; a thread beats for it until the block is left.

        A lock whose holder's time is up is watched for one lease whatever *wait* says, and taken over if it does not
        beat. Where nothing ends this process (no *remaining*), `client` refuses to send from the moment that the
        lease is over, so that a process that was suspended writes nothing when it wakes.

        Raises:
            LockHeld: Somebody else has it; says who, since when, and until when.
            StateMissing: The tables are not there.
        """
        lease = self._new_lease()
        lease.acquire(wait)
        with self._held(lease):
            yield lease

    @contextmanager
    def take_up(self, run_id: str) -> Iterator[Lease]:
        """
        Hold the lock of a run that another process handed over, or died at, as `lock` does.

        Raises:
            NothingToTakeUp: The run is over, was never handed over, or somebody else is at work on it.
            StateMissing: The tables are not there.
        """
        lease = self._new_lease()
        lease.take_up(run_id)
        self._writer.detached = run_id if self._only else None
        with self._held(lease):
            yield lease

    def detached(self, migration_id: str) -> DynamoDBTarget:
        one = copy.copy(self)
        one._only = id_key(migration_id)
        one._lock_id = detached_lock_id(self._lock_id, migration_id)
        one._admin = LockAdmin(self._requests, self._lock_table, one._lock_id, self._clock)
        one._writer = StateWriter(self._requests, self._table, self._clock)
        one._spellings, one._started = None, {}
        return one

    def launch(self, migration_id: str, details: Details, continuation: Continuation, *, until: float) -> str:
        lock = self._launched_lock(migration_id)
        left = lock.left()
        known = any(record.key == id_key(migration_id) for record in self._read())
        mark = {MigrationAttr.DETACHED.value: {"S": continuation.run.id}}
        change = Change(set=mark, remove=(MigrationAttr.ERROR,), expects="dirty", begins=True)
        if not known:
            begun = {MigrationAttr.ACTION.value: {"S": Direction.DO.value}, MigrationAttr.STARTED_AT.value: self._now()}
            noted = {**begun, **detail_attributes(details), **mark}
            change = Change(set=noted, dirty=True, expects="absent", begins=True)
        try:
            self._change(migration_id, change, lock.put(continuation, until, self._terms.holder, left))
        except BesideRefused as refused:
            found = lock.status(refused.item)
            if found is None:
                # What was left of an earlier run has just been freed.
                return self.launch(migration_id, details, continuation, until=until)
            if found.owner != lock.token:
                raise found.held_error() from refused
        return lock.token

    def take_launch_back(self, migration_id: str, token: str, *, forget: bool) -> bool:
        lock = self._launched_lock(migration_id)
        [mark] = [record.detached or "" for record in self._read() if record.key == id_key(migration_id)] or [""]
        change = Change(delete=True, expects="dirty")
        if not forget:
            change = Change(set={MigrationAttr.DETACHED.value: {"S": mark}}, expects="dirty")
        try:
            self._change(migration_id, change, lock.delete(token))
        except BesideRefused as refused:
            return refused.item is None
        return True

    def _launched_lock(self, migration_id: str) -> LaunchedLock:
        lock_id = detached_lock_id(self._lock_id, migration_id)
        return LaunchedLock(self._requests, self._lock_table, lock_id, self._clock)

    def _new_lease(self) -> Lease:
        return Lease(self._requests, self._lock_table, self._lock_id, self._terms, self._clock)

    @contextmanager
    def _held(self, lease: Lease) -> Iterator[None]:
        before, self._writer.lease = self._writer.lease, lease
        self._spellings = None  # as they were before the lock was held
        try:
            with lease.beating(), guarded(self.client, lease, active=self._terms.remaining is None):
                if self._lock_table.is_go:
                    self._table.learn_key()
                yield
        finally:
            self._writer.lease = before

    def join(self, run_id: str, number: int) -> FleetMember | None:
        """
        Become worker *number* of the fleet that has the run; None: there is none any more, or it has fewer workers.

        Raises:
            StateMissing: The tables are not there.
        """
        from .fleet_lock import FleetLock
        from .fleet_member import FleetMember

        found = self._admin.status()
        fleet = None if found is None or found.continuation is None else found.continuation.fleet
        if found is None or fleet is None or found.run_id != run_id or not found.waiting or number >= fleet.workers:
            return None
        lock = FleetLock(self._requests, self._lock_table, found, self._clock)
        return FleetMember(self._requests, lock, self._segments, fleet=fleet, number=number)

    def lock_status(self) -> LockStatus | None:
        """Who holds the lock; None: nobody."""
        return self._admin.status()

    def request_stop(self, reason: str, *, holder: str = "") -> None:
        """Ask whoever holds the lock to stop at its next step. Best effort: what goes wrong is logged."""
        self._admin.request_stop(reason, holder=holder)

    def request_pause(self) -> bool:
        """Ask whoever holds the lock to wait; returns whether anybody does. It learns of it with its next beat."""
        return self._admin.request(LockAttr.PAUSE, {"BOOL": True})

    def request_resume(self) -> bool:
        """Have it go on; returns whether anybody holds the lock."""
        return self._admin.request(LockAttr.PAUSE, None)

    def request_rate(self, order: RateOrder | None) -> bool:
        """Have its backfill go at another rate, or, with None, at its own; returns whether anybody holds the lock."""
        return self._admin.request(LockAttr.RATE, None if order is None else {"S": order.text})

    def request_width(self, workers: int) -> bool:
        """Have at most so many workers of its fleet work; returns whether anybody holds the lock."""
        return self._admin.request(LockAttr.WIDTH, {"N": str(workers)})

    def unlock(self, *, force: bool = False) -> LockStatus | None:
        """
        Free a lock whose holder is dead. Unless forced, it is watched for one lease first.

        Returns:
            Who held it; None: nobody did.

        Raises:
            LockHeld: Its holder beats, or is another driver's; *force* frees it all the same.
        """
        return self._admin.unlock(force=force)

    def free_waiting(self) -> None:
        """Free the lock where it waits for a process that takes its run up."""
        self._admin.free_waiting()

    def _change(self, migration_id: str, change: Change, beside: Beside | None = None) -> None:
        """
        Raises:
            MigrationAlreadyExists, MigrationNotFound, DirtyMigration: The item is not as *change* expects it.
            LockLost, StopRequested: The lock says so.
            StateMissing: The tables are not there.
        """
        key = id_key(migration_id)
        # Outside the lock, anybody may have written it meanwhile in another spelling, which no condition can see.
        if self._spellings is None or (change.expects == "absent" and self._writer.lease is None):
            self.records()
        refused = self._write(key, migration_id, change, beside)
        if refused is not None and refused.item is None:
            # Somebody may have written it in another spelling since the table was read.
            before = self._spelling(key, migration_id)
            self.records()
            if self._spelling(key, migration_id) != before:
                refused = self._write(key, migration_id, change, beside)
        if refused is None:
            return
        if refused.item is None:
            raise history.unknown_error(migration_id)
        record = read_record(self._table.name, refused.item)
        if change.expects == "absent":
            raise history.exists_error(record)
        if change.expects == "applied":
            raise history.dirty_error([record])
        raise history.not_dirty_error(record)

    def _write(self, key: IdKey, migration_id: str, change: Change, beside: Beside | None) -> Refused | None:
        spelling = self._spelling(key, migration_id)
        refused = self._writer.write(spelling, change, beside)
        if refused is None and self._spellings is not None:
            if change.delete:
                self._spellings.pop(key, None)
            else:
                self._spellings[key] = spelling
        return refused

    def _spelling(self, key: IdKey, migration_id: str) -> str:
        """The id as it was first written."""
        return (self._spellings or {}).get(key, migration_id)

    def _now(self) -> dict[str, Any]:
        return {"S": timestamp(self._clock.time())}
