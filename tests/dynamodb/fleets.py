"""Runs a migration as the function and its state machine do: handed over to a fleet whose workers are threads here."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from dynamigrate import Backfill, DynamoDBTarget, MemorySource, Migration, Outcome, migrate
from dynamigrate.alarms import Alarms
from dynamigrate.context import Environment
from dynamigrate.continuation import Continuation
from dynamigrate.errors import HandedOver
from dynamigrate.fleet import WorkerEnd
from dynamigrate.fleet_worker import FleetWorker
from dynamigrate.records import Run
from dynamigrate.runtime import Runtime
from dynamigrate.targets import HeldLock
from dynamigrate.targets.fleets import Member

RUN = Run(id="run-1")
ID = "1"
ITEMS = 240


@dataclass
class FleetRun:
    """
    One run of one backfill.

    Attributes:
        ends: Why workers ended, in order.
        fleets: How many fleets were begun.
        limit: Seconds that the run may take in all.
        spelled: The migration's id, as the code has it.
        alarms: What the backfill's alarms are asked of.
    """

    client: Any
    backfill: Backfill
    name: str
    ends: list[WorkerEnd] = field(default_factory=list)
    fleets: int = 0
    remaining: Callable[[], float] = lambda: 900.0
    limit: float = 3000
    spelled: str = ID
    alarms: Alarms | None = None

    @property
    def target(self) -> DynamoDBTarget:
        """As a process of its own has it."""
        return DynamoDBTarget(
            self.client,
            table_name=f"{self.name}-migrations",
            lock_table_name=f"{self.name}-lock",
            remaining=lambda: 900.0,
            run_id=RUN.id,
        )

    @property
    def source(self) -> MemorySource:
        source = MemorySource()
        source.add(Migration(id=self.spelled, description="fleet", do=self.backfill))
        return source

    def run(self) -> Outcome:
        """To its end, as the state machine has it."""
        takes_up = False
        while True:
            try:
                return self.slice(takes_up=takes_up)
            except HandedOver:
                self.fleets += 1
                self.work()
                takes_up = True

    def slice(self, *, takes_up: bool) -> Outcome:
        """One process that has the run to itself."""

        def hand_over(lock: HeldLock, continuation: Continuation) -> str:
            lock.hand_over(continuation, until=time.time() + 3000)
            return "a fleet"

        runtime = Runtime(
            run=RUN,
            remaining=lambda: 900.0,
            takes_up=takes_up,
            continue_elsewhere=hand_over,
            fleets=True,
            limit=time.time() + self.limit,
        )
        return migrate(self.source, self.target, dynamodb=self.client, alarms=self.alarms, runtime=runtime)

    def work(self) -> None:
        """All workers of the fleet, until each has ended."""
        status = self.target.lock_status()
        assert status is not None
        assert status.continuation is not None
        assert status.continuation.fleet is not None
        count = status.continuation.fleet.workers
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(self.worker, range(count)))

    def worker(self, number: int) -> None:
        """One child of the map: called again until it has nothing to do."""
        while True:
            if (member := self.target.join(RUN.id, number)) is None:
                return
            end = self.call(member)
            self.ends.append(end)
            if end is WorkerEnd.OVER:
                return
            # The machine waits; and others get time to say that they are alive.
            threading.Event().wait(0.05)

    def call(self, member: Member) -> WorkerEnd:
        """One process of it."""
        environment = Environment(
            connect=lambda: self.client,
            alarms=self.alarms,
            runtime=Runtime(run=RUN, remaining=self.remaining, reserve=1.0),
        )
        return FleetWorker(self.source, self.target, member, environment, run_id=RUN.id).work()


Begin = Callable[..., FleetRun]
