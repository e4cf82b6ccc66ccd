"""One worker: the engine's own code decides when and how much it sends."""

from __future__ import annotations

import random
from collections.abc import MutableMapping
from typing import Any, Final

from dynamigrate.backfill.capacity.rate_limiter import Budget
from dynamigrate.backfill.capacity.shares import FleetShares
from dynamigrate.backfill.capacity.units import Ceiling, Spent
from dynamigrate.backfill.control import RunControl
from dynamigrate.backfill.sender import RequestSender
from dynamigrate.backfill.table import Table as Description
from dynamigrate.consumption import Kind, OwnConsumption

from .loop import Activity, Loop
from .table import Table
from .work import Segment, Work

BATCH: Final = 25
_PAGE: Final = 250
# Of a page of items of 400 bytes, read with eventual consistency.
_PAGE_UNITS: Final = 12.5
_THREADS: Final = 32
# What `WorkerPool` and `RunControl` wait at most before they look again.
_LOOK_SECONDS: Final = 0.25
_SEE_SECONDS: Final = 2.0
_SAY_SECONDS: Final = 5.0
_SAVES_A_SECOND: Final = 4
# A save or a reading that fails, and comes too late to count.
_FAILING: Final = 0.02
_WRITE_SECONDS: Final = 0.012
_SLOWER: Final = 3.0
_READ_SECONDS: Final = 0.060


class _Control(RunControl):
    """Notes how long one would wait, and does not."""

    def __init__(self, clock: Loop) -> None:
        super().__init__(clock)
        self.waited = 0.0

    def wait(self, seconds: float) -> None:
        self.waited += seconds


class _Transport:
    """Writes a batch to the table at once: its answer says what was consumed, and its own attribute what was refused."""

    def __init__(self, table: Table, name: str) -> None:
        self._table = table
        self._name = name
        self.refused: list[str] = []

    def call(self, operation: str, arguments: Any) -> dict[str, Any]:
        partition, items = arguments["batch"]
        self.refused = self._table.write(partition, items)
        units = float(items - len(self.refused))
        return {"ConsumedCapacity": [{"TableName": self._name, "CapacityUnits": units}]}

    def close(self) -> None:
        """There is nothing to close."""


class Worker:
    """
    Attributes:
        alive: Until it dies, or has ended.
        written: Items.
    """

    def __init__(
        self,
        loop: Loop,
        table: Table,
        work: Work,
        said: MutableMapping[str, str],
        description: Description,
        *,
        number: int,
        workers: int,
        ceilings: dict[Kind, float],
        slow: bool,
        dice: random.Random,
    ) -> None:
        self._loop = loop
        self._table = table
        self._work = work
        self._said = said
        self._description = description
        self.number = number
        self._workers = workers
        self._dice = dice
        self.alive = True
        self.written = 0
        share = ceilings["write"] / workers
        # No larger than its share of a second.
        self._batch = min(BATCH, max(1, int(share)))
        threads = min(_THREADS, max(1, int(share / BATCH)), -(-len(work.segments) // workers))
        self._write_seconds = max(_WRITE_SECONDS, threads * BATCH * _SLOWER / share) if slow else _WRITE_SECONDS
        self.reads, self.writes = (
            Budget(
                kind,
                Ceiling(units=units),
                table=description.name,
                clock=loop,
                own_consumption=OwnConsumption(),
                segments=threads,
                workers=workers,
            )
            for kind, units in ceilings.items()
        )
        self.shares = FleetShares((self.reads, self.writes), number=number, workers=workers, clock=loop)
        self._busy = threads
        loop.begin(self._watch())
        loop.begin(self._see())
        loop.begin(self._say())
        for _ in range(threads):
            loop.begin(self._thread())

    def die(self) -> None:
        """At once, in the midst of whatever it does."""
        self.alive = False
        self._work.died(self.number)

    def _watch(self) -> Activity:
        while self.alive:
            self.shares.poll()
            yield _LOOK_SECONDS

    def _see(self) -> Activity:
        while self.alive:
            asked = self._loop.monotonic()
            yield self._dice.uniform(0.003, 0.02)
            seen = dict(self._said)
            yield self._dice.uniform(0.003, 0.02)
            if self.alive and self._dice.random() > _FAILING:
                self.shares.see(seen, asked=asked)
            yield _SEE_SECONDS * self._dice.uniform(1.0, 1.1)

    def _say(self) -> Activity:
        # Of many workers each keeps its checkpoints less often.
        keeps, kept_at = self._workers / _SAVES_A_SECOND, self._loop.now
        while self.alive:
            demand = self.shares.demand()
            sent = self._loop.monotonic()
            yield self._dice.uniform(0.005, 0.05)
            if self.alive and self._dice.random() > _FAILING:
                self._said[str(self.number)] = demand.text
                yield self._dice.uniform(0.005, 0.05)
                self.shares.said(demand, sent=sent)
                if self._loop.now - kept_at >= keeps:
                    self._work.keep(self.number)
                    kept_at = self._loop.now
            yield _SAY_SECONDS * self._dice.uniform(0.95, 1.05)

    def _thread(self) -> Activity:
        """As a thread of `WorkerPool` does it: segment after segment, page after page, batch after batch."""
        control = _Control(self._loop)
        transport = _Transport(self._table, self._description.name)
        sender = RequestSender(
            transport, control, self._loop, table=self._description, reads=self.reads, writes=self.writes
        )
        while self.alive and (segment := self._work.take(self.number)) is not None:
            sender.segment = segment.number
            while self.alive and segment.left:
                yield from self._read()
                yield from self._write(segment, min(_PAGE, segment.left), sender, transport, control)
        self._busy -= 1
        if self.alive and not self._busy:
            self.alive = False
            self._said.pop(str(self.number), None)

    def _read(self) -> Activity:
        limiter = self.reads.limiter
        reservation = limiter.reserve(_PAGE)
        while self.alive and (delay := limiter.delay(reservation)) > 0:
            yield min(delay, _LOOK_SECONDS)
        sent = self._loop.time()
        yield _READ_SECONDS
        self.reads.settle(reservation, Spent(_PAGE_UNITS, {"": _PAGE_UNITS}, 0.0), _PAGE, sent=sent)

    def _write(
        self, segment: Segment, items: int, sender: RequestSender, transport: _Transport, control: _Control
    ) -> Activity:
        limiter = self.writes.limiter
        while items:
            batch = min(self._batch, items)
            reservation = limiter.reserve(batch)
            while (delay := limiter.delay(reservation)) > 0:
                yield min(delay, _LOOK_SECONDS)
                if not self.alive:
                    return
            yield self._write_seconds * self._dice.uniform(0.5, 1.5)
            if not self.alive:
                return
            sender.write("BatchExecuteStatement", {"batch": (segment.partition, batch)}, batch, reservation)
            done = batch - len(transport.refused)
            items -= done
            segment.left -= done
            self.written += done
            if done == batch:
                sender.passed()
                continue
            sender.partly_refused(batch, throttled=transport.refused)
            yield control.waited
            control.waited = 0.0
            if not self.alive:
                return
