"""The processes of a fleet under chaos, and the application that writes beside them."""

import logging
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest import mock

from dynamigrate import Backfill, DynamoDBTarget, MemorySource, Migration, Update, migrate
from dynamigrate.backfill import pool
from dynamigrate.backfill.fleet import work
from dynamigrate.context import Environment
from dynamigrate.continuation import Continuation
from dynamigrate.dynamodb import fleet_lock, fleet_member
from dynamigrate.dynamodb.retries import is_passing
from dynamigrate.errors import MigrationsError
from dynamigrate.fleet import WorkerEnd
from dynamigrate.fleet_worker import FleetWorker
from dynamigrate.records import Run
from dynamigrate.runtime import Runtime
from dynamigrate.targets import HeldLock
from tests.acting import acting

from .clients import client_of
from .journal import Journal
from .trial import Tables

ID: Final = "20261126090000"
TABLES: Final = Tables("fleet-chaos", "fleet-chaos-lock", "fleet-chaos-items")
JOURNAL: Final = "fleet-chaos-journal"
WORKERS: Final = 3
SKEW: Final = 0.05
_LEASE: Final = 0.6
# How long a process has, before another call goes on.
_CALL_SECONDS: Final = 2.0


@contextmanager
def hurried() -> Iterator[None]:
    """What takes seconds between functions takes tenths of them between processes."""
    with ExitStack() as stack:
        for module, name, value in (
            (pool, "_LOOK_SECONDS", 0.02),
            (work, "_SAY_SECONDS", 0.2),
            (work, "_SAVES_A_SECOND", 100),
            (fleet_lock, "_LOOK_SECONDS", 0.1),
            (fleet_member, "_SILENCE", 1.0),
        ):
            stack.enter_context(mock.patch.object(module, name, value))
        yield


def coordinate(endpoint: str, directory: str, run_id: str, *, takes_up: bool) -> None:
    """One process that has the run to itself; whatever it comes to, the lock and the history tell."""
    logging.disable()
    client = client_of(endpoint, attempts=3)
    runtime = Runtime(
        run=Run(id=run_id),
        remaining=partial(_until, time.monotonic() + _CALL_SECONDS),
        reserve=0.2,
        limit=time.time() + 3000,
        takes_up=takes_up,
        continue_elsewhere=_hand_over,
        fleets=True,
    )
    with hurried(), suppress(MigrationsError):
        outcome = migrate(
            _source(),
            target_of(client, run_id),
            wait=10,
            dynamodb=client,
            runtime=runtime,
            logger=_Noting(directory),
        )
        Journal(Path(directory) / JOURNAL).note("applied", *outcome.applied)


def work_beside(endpoint: str, run_id: str, number: int) -> None:
    """One child of the map, call after call."""
    logging.disable()
    client = client_of(endpoint, attempts=3)
    with hurried():
        while (member := target_of(client, run_id).join(run_id, number)) is not None:
            remaining = partial(_until, time.monotonic() + random.uniform(0.3, _CALL_SECONDS))
            runtime = Runtime(run=Run(id=run_id), remaining=remaining, reserve=0.2)
            environment = Environment(connect=lambda: client, runtime=runtime)
            target = target_of(client, run_id)
            end = FleetWorker(_source(), target, member, environment, run_id=run_id, is_passing=is_passing).work()
            if end is WorkerEnd.OVER:
                return
            if end is not WorkerEnd.OUT_OF_TIME:
                time.sleep(0.2)


def _until(end: float) -> float:
    return end - time.monotonic()


def _source() -> MemorySource:
    def transform(item: Any, _ctx: Any) -> Update:
        time.sleep(0.004)
        return Update(set={"times": item.get("times", 0) + 1})

    source = MemorySource()
    backfill = Backfill(
        table=TABLES.application,
        transform=acting(transform),
        workers=WORKERS,
        segments=24,
        threads=2,
        max_read_units=1e6,
        max_write_units=1e6,
        once=True,
    )
    source.add(Migration(ID, "count", do=backfill))
    return source


def target_of(client: Any, run_id: str = "") -> DynamoDBTarget:
    """As a process of its own has it."""
    return DynamoDBTarget(
        client,
        table_name=TABLES.state,
        lock_table_name=TABLES.lock,
        lease=_LEASE,
        skew=SKEW,
        remaining=lambda: _CALL_SECONDS + 1,
        run_id=run_id,
    )


def _hand_over(lock: HeldLock, continuation: Continuation) -> str:
    lock.hand_over(continuation, until=time.time() + 3000)
    return "a fleet"


class _Noting:
    """A logger that notes how many items the backfill had counted at its end."""

    def __init__(self, directory: str) -> None:
        self._journal = Journal(Path(directory) / JOURNAL)

    def log(self, _level: int, _sentence: str, *, extra: dict[str, Any], **_: Any) -> None:
        if extra["event"] == "backfill.finished":
            self._journal.note("scanned", str(extra["scanned"]))


class Application:
    """Adds to items, at random, as long as it is not asked to end."""

    def __init__(self, endpoint: str, items: int) -> None:
        self.added = [0] * items
        self.error: BaseException | None = None
        self._client = client_of(endpoint, attempts=3)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> "Application":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(timeout=30)

    def _write(self) -> None:
        chance = random.Random(1)
        try:
            while not self._ending.is_set():
                number = chance.randrange(len(self.added))
                self._client.update_item(
                    TableName=TABLES.application,
                    Key=key(number),
                    UpdateExpression="ADD live :one",
                    ExpressionAttributeValues={":one": {"N": "1"}},
                )
                self.added[number] += 1
        except BaseException as error:
            self.error = error


def key(number: int) -> dict[str, Any]:
    """Of an item of the application's."""
    return {"ID": {"S": str(number)}}
