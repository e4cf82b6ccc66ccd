"""What a test of one migration is written with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from dynamigrate import Migration, MigrationNotFound, Source, Target

from .crashing import crash_judge
from .finding import in_words
from .guarding import unguarded
from .own_frames import own_frames
from .racing import losing_a_write
from .repeating import Judge, idle, not_repeatable, not_undone, unsteady
from .shrinking import Shrinking
from .snapshot import Database, Snapshot
from .traffic import Traffic
from .trial import Direction, Trial, quiet
from .values import to_python, to_raw

if TYPE_CHECKING:
    from .client_type import DynamoDBClient


class MigrationTest:
    """
    Makes data, runs one migration on it, and asserts what has to hold of any.

    A migration runs by itself here: on the data as it is, whatever it requires, and whatever is older. What an assertion did
    to the data is put back when it ends. It looks at DynamoDB's tables, and at nothing else that a migration may change.

    Attributes:
        tables: What migrations get as ``ctx.tables``.
        params: What they get as ``ctx.params``.
        dynamodb: A client of the stand-in.
    """

    def __init__(
        self,
        source: Source,
        database: Database,
        traffic: Traffic,
        new_target: Callable[[], Target],
        *,
        tables: dict[str, str],
        params: dict[str, str],
    ) -> None:
        self.tables = tables
        self.params = params
        self.dynamodb: DynamoDBClient = database.client
        self._source = source
        self._database = database
        self._traffic = traffic
        self._new_target = new_target
        self._histories: dict[str, Any] = {}

    def make_table(
        self, name: str, *, key: str | Sequence[str], items: Iterable[Mapping[str, Any]] = (), **more: Any
    ) -> str:
        """
        Make a table, and put *items* into it, of Python's values as boto3's resource takes them.

        Args:
            name: Its logical name; the physical one is that of `tables`, or the same.
            key: The partition key's name, or that and the sort key's. They are of the type that the first item has them in;
                text without one.
            more: What `create_table` takes beside.

        Returns:
            The physical name.
        """
        physical = self.tables.setdefault(name, name)
        keys = [key] if isinstance(key, str) else list(key)
        raws = [to_raw(item) for item in items]
        types = {one: next(iter(raws[0][one])) if raws else "S" for one in keys}
        given: dict[str, Any] = {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": one, "AttributeType": types[one]} for one in keys],
            "KeySchema": [
                {"AttributeName": one, "KeyType": kind} for one, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            **more,
        }
        self.dynamodb.create_table(TableName=physical, **given)
        self.dynamodb.get_waiter("table_exists").wait(TableName=physical, WaiterConfig={"Delay": 1})
        for raw in raws:
            self.dynamodb.put_item(TableName=physical, Item=raw)
        return physical

    def put(self, name: str, *items: Mapping[str, Any]) -> None:
        """Put more items into a table."""
        for item in items:
            self.dynamodb.put_item(TableName=self.tables.get(name, name), Item=to_raw(item))

    def items(self, name: str) -> list[dict[str, Any]]:
        """All that is in a table, by key; numbers are int where they are whole, and Decimal."""
        table = self._database.take().tables[self.tables.get(name, name)]
        return [to_python(raw) for _, raw in sorted(table.items.items())]

    def do(self, migration_id: str) -> None:
        """
        Do it.

        Raises:
            MigrationsError: As `dynamigrate.migrate` has it.
        """
        __tracebackhide__ = True
        trial = self._trial(migration_id)
        target = self._histories[trial.migration.id] = trial.new_target()
        with own_frames():
            trial.run(target)

    def undo(self, migration_id: str) -> None:
        """Undo it, after `do`; raises as that."""
        __tracebackhide__ = True
        trial = self._trial(migration_id)
        with own_frames():
            trial.run(self._histories[trial.migration.id], "undo")

    def assert_repeatable(self, migration_id: str) -> None:
        """
        Done twice, the second time on another day, it changes nothing more: a deploy that is killed does it again.
        """
        __tracebackhide__ = True
        self._assert(migration_id, not_repeatable)

    def assert_undone(self, migration_id: str) -> None:
        """Do and then undo gives back what was there: each table, item and attribute."""
        __tracebackhide__ = True
        self._require_undo(migration_id)
        self._assert(migration_id, not_undone)

    def assert_survives_crashes(self, migration_id: str, direction: Direction = "do") -> None:
        """
        Killed at any of its requests, before that is sent or before its answer comes, and run again as the next deploy does
        (from its checkpoint, or repaired as pending), it comes to the end that it comes to otherwise.
        """
        __tracebackhide__ = True
        if direction == "undo":
            self._require_undo(migration_id)
        self._assert(migration_id, crash_judge(direction), first=(unsteady,))

    def assert_loses_no_write(self, migration_id: str) -> None:
        """
        Whatever the application writes to an item right before the migration does, the end is as if it had written before the
        whole migration, or after it; and a backfill that is asked once more then has nothing to change.
        """
        __tracebackhide__ = True
        self._assert(migration_id, losing_a_write, first=(unsteady,), looks=True)

    def assert_guarded(self, migration_id: str) -> None:
        """
        What a backfill writes depends on nothing but what its condition compares: on no other item, on no clock, on nothing
        that transform keeps from one call to the next.
        """
        __tracebackhide__ = True
        self._assert(migration_id, unguarded)

    def _assert(self, migration_id: str, judge: Judge, *, first: Sequence[Judge] = (), looks: bool = False) -> None:
        __tracebackhide__ = True
        start = self._database.take()
        try:
            with own_frames(), quiet():
                trial = self._trial(migration_id)
                trial.looks, trial.clock = looks, time.time()
                said = _fault(trial, start, (*first, judge))
        finally:
            self._database.put_back(start)
        if said:
            raise AssertionError(said)

    def _trial(self, migration_id: str) -> Trial:
        arguments = {"dynamodb": self.dynamodb, "tables": self.tables, "params": self.params}
        return Trial(self._migration(migration_id), self._database, self._traffic, self._new_target, arguments)

    def _migration(self, migration_id: str) -> Migration:
        wanted = migration_id.partition("_")[0]
        migrations = self._source.load()
        for migration in migrations:
            if wanted.isascii() and wanted.isdecimal() and int(migration.id) == int(wanted):
                return migration
        raise MigrationNotFound(
            f"{migration_id!r} is no migration's id here.",
            next_step=f"There are {', '.join(one.id for one in migrations)}; say dynamigrate_migrations where others are.",
        )

    def _require_undo(self, migration_id: str) -> None:
        __tracebackhide__ = True
        migration = self._migration(migration_id)
        if not migration.can_undo:
            raise AssertionError(f"{migration} has no undo, so there is nothing to assert of it.")


def _fault(trial: Trial, start: Snapshot, judges: Sequence[Judge]) -> str:
    """What the first of *judges* finds that finds something, with the least data that shows it; empty: all is well."""
    finding = idle(trial, start)
    if finding is not None:
        return in_words(trial.migration, finding, start, None)
    for judge in judges:
        finding = judge(trial, start)
        if finding is not None:
            small = Shrinking(start, finding, partial(judge, trial)).run()
            return in_words(trial.migration, small.finding, start, small.case, hurried=small.hurried)
    return ""
