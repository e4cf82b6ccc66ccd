"""
One process of a run that a fleet works on, or of one that has it to itself; ends when the run is cancelled.

``begin`` hands the run over to the fleet, ``alone`` is the only process there is, and a number is one of the fleet's
workers.
"""

from __future__ import annotations

import argparse
import logging
import threading
import time
from contextlib import suppress
from typing import Any, Final

import boto3

from dynamigrate import Backfill, DynamoDBTarget, MemorySource, Migration, RunUnfinished, Update, migrate
from dynamigrate.context import Environment
from dynamigrate.continuation import Continuation
from dynamigrate.errors import HandedOver
from dynamigrate.fleet import WorkerEnd
from dynamigrate.fleet_worker import FleetWorker
from dynamigrate.records import Run
from dynamigrate.runtime import Runtime
from dynamigrate.targets import HeldLock

RUN: Final = Run(id="benchmark")
MIGRATION: Final = "1"
_SECONDS: Final = 900.0
_UNLIMITED: Final = 10_000_000
_WAIT_SECONDS: Final = 10.0


def target(state: Any, name: str) -> DynamoDBTarget:
    """The run's own tables, by the client *state*."""
    return DynamoDBTarget(
        state,
        table_name=f"{name}-migrations",
        lock_table_name=f"{name}-lock",
        remaining=lambda: _SECONDS,
        run_id=RUN.id,
    )


class Process:
    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._table = boto3.client("dynamodb", endpoint_url=options.stub)
        self._target = target(boto3.client("dynamodb", endpoint_url=options.state), options.name)
        self._source = MemorySource()
        backfill = Backfill(
            table=options.table,
            transform=_update,
            workers=options.workers,
            threads=options.threads,
            max_write_units=options.ceiling,
            max_read_units=_UNLIMITED,
            verify=None,
        )
        self._source.add(Migration(id=MIGRATION, description="add a status", do=backfill))

    def alone(self) -> None:
        with suppress(RunUnfinished):
            migrate(self._source, self._target, dynamodb=self._table, runtime=Runtime(run=RUN))

    def begin(self) -> None:
        with suppress(HandedOver):
            migrate(
                self._source,
                self._target,
                dynamodb=self._table,
                runtime=Runtime(
                    run=RUN,
                    remaining=lambda: _SECONDS,
                    continue_elsewhere=_hand_over,
                    fleets=True,
                    limit=time.time() + _SECONDS,
                ),
            )
            raise SystemExit("the run was not handed over to a fleet")

    def work(self, number: int) -> None:
        """As the state machine has it."""
        while (member := self._target.join(RUN.id, number)) is not None:
            environment = Environment(
                connect=lambda: self._table, runtime=Runtime(run=RUN, remaining=lambda: _SECONDS, reserve=1.0)
            )
            worker = FleetWorker(self._source, self._target, member, environment, run_id=RUN.id)
            if worker.work() is WorkerEnd.OVER:
                return
            threading.Event().wait(_WAIT_SECONDS)


def _hand_over(lock: HeldLock, continuation: Continuation) -> str:
    lock.hand_over(continuation, until=time.time() + _SECONDS)
    return "a fleet"


def _update(item: Any, ctx: Any) -> Update:
    return Update(set={"status": "PAID" if item["paid"] else "NEW"})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.processes.worker", description=__doc__)
    parser.add_argument("role")
    parser.add_argument("stub", help="where the table is that is rewritten")
    parser.add_argument("state", help="where the lock is, and all else of the run's")
    parser.add_argument("name", help="what the names of the run's own tables begin with")
    parser.add_argument("table")
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--ceiling", type=float, required=True)
    given = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    process = Process(given)
    if given.role == "alone":
        process.alone()
    elif given.role == "begin":
        process.begin()
    else:
        process.work(int(given.role))
