"""A whole backfill by a fleet, in virtual time, and what came of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final
from unittest.mock import patch

from dynamigrate.backfill.capacity.demand import Demand
from dynamigrate.backfill.table import Table as Description
from dynamigrate.consumption import Kind

from .loop import Activity, Loop
from .scenario import Scenario, ideal_seconds
from .table import Table
from .work import Work
from .worker import Worker

# From then on a fleet is at its pace.
_STEADY_AFTER: Final = 25.0
# Until so much of the work is done it is; after that some workers find nothing to do.
_STEADY_PART: Final = 0.9
_WINDOW: Final = 100  # tenths of a second
_LOOK_SECONDS: Final = 10.0
_LOOKS: Final = 3
_LONGEST: Final = 7200.0
# Functions of a fleet begin within some seconds of each other.
_BEGIN_SECONDS: Final = 3.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    Attributes:
        used: Of what the backfill could have written while the fleet was at its pace, the part that it wrote.
        highest: The most that was written in any ten seconds, as a part of what the ceiling allows.
        least: The least that a worker wrote in any thirty seconds while the fleet was at its pace, as a part of the mean
            of all in these thirty; of those that were there twenty seconds before, and were there at their end.
        refused: The part of the writes sent that the table did not take.
        live_refused: The same of the live traffic's.
        rates: Units a second, by second.
    """

    scenario: Scenario
    seconds: float
    ideal: float
    used: float
    highest: float
    least: float
    refused: float
    live_refused: float
    rates: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times as long as the ideal client's it took."""
        return self.seconds / self.ideal


class Simulation:
    def __init__(self, scenario: Scenario, *, seed: int = 1) -> None:
        self._scenario = scenario
        self._dice = random.Random(seed)
        self._loop = Loop()
        self._table = Table(
            self._loop,
            units=scenario.table,
            partitions=scenario.partitions,
            live=scenario.traffic,
            reasons=scenario.reasons,
        )
        self._work = Work(
            scenario.items,
            segments=scenario.segments,
            partitions=scenario.partitions,
            workers=scenario.workers,
            skew=scenario.skew,
            dice=self._dice,
        )
        self._said: dict[str, str] = {}
        self._workers: dict[int, Worker] = {}
        self._looks: list[dict[Worker, int]] = []
        self._description = Description(
            name="orders",
            keys=("id",),
            visible=None,
            items=scenario.items,
            bytes=scenario.items * 400,
            read_units={"": scenario.table},
            write_units={"": scenario.table},
            consistent=True,
        )

    def run(self) -> Outcome:
        """To the end. The jitter of the engine's backoff is drawn by the same seed."""
        scenario, loop = self._scenario, self._loop
        each = [0] * scenario.partitions
        for segment in self._work.segments:
            each[segment.partition] += segment.left
        state = random.getstate()
        random.seed(self._dice.random())
        # All workers read the same words, and here one process reads them for all.
        reading = patch.object(Demand, "read", lru_cache(maxsize=4096)(Demand.read))
        reading.start()
        try:
            for number in range(scenario.workers):
                loop.begin(self._begin(number), after=self._dice.uniform(0, _BEGIN_SECONDS))
            if scenario.deaths:
                loop.begin(self._deaths(), after=scenario.death_every)
            end = steady = 0.0
            total = sum(each)
            while (left := self._work.left) and loop.now < _LONGEST:
                loop.run(loop.now + 0.1)
                self._look()
                if left > total * (1 - _STEADY_PART):
                    steady = loop.now
                end = loop.now
        finally:
            reading.stop()
            random.setstate(state)
        return self._outcome(end, steady, ideal_seconds(scenario, each))

    def _look(self) -> None:
        """Every ten seconds, what each living worker has written by now."""
        if self._loop.now >= len(self._looks) * _LOOK_SECONDS:
            self._looks.append({worker: worker.written for worker in self._workers.values() if worker.alive})

    def _least(self, steady: float) -> float:
        """As `Outcome` has it."""
        least = 1.0
        for place in range(int(_STEADY_AFTER / _LOOK_SECONDS) + 1, int(steady / _LOOK_SECONDS) - _LOOKS):
            before, then = self._looks[place - 2], self._looks[place + _LOOKS]
            # Not those that began just before.
            written = [then[worker] - self._looks[place][worker] for worker in before if worker in then]
            if written:
                least = min(least, min(written) * len(written) / max(sum(written), 1))
        return least

    def _begin(self, number: int) -> Activity:
        self._work.back(number)
        scenario = self._scenario
        ceilings: dict[Kind, float] = {"read": scenario.table, "write": scenario.ceiling}
        self._workers[number] = Worker(
            self._loop,
            self._table,
            self._work,
            self._said,
            self._description,
            number=number,
            workers=scenario.workers,
            ceilings=ceilings,
            slow=number < scenario.slow,
            dice=self._dice,
        )
        return
        yield

    def _deaths(self) -> Activity:
        for _ in range(self._scenario.deaths):
            living = [number for number, worker in self._workers.items() if worker.alive]
            if living:
                number = self._dice.choice(living)
                self._workers[number].die()
                self._loop.begin(
                    self._begin(number), after=self._scenario.replaced_after * self._dice.uniform(0.8, 1.2)
                )
            yield self._scenario.death_every

    def _outcome(self, end: float, steady: float, ideal: float) -> Outcome:
        scenario, table = self._scenario, self._table
        taken = [*table.taken, *[0.0] * _WINDOW]
        sums = [0.0, *accumulate(taken)]
        highest = max(sums[place + _WINDOW] - sums[place] for place in range(len(sums) - _WINDOW))
        first, last = int(_STEADY_AFTER * 10), int(steady * 10)
        possible = sum(scenario.possible(place / 10) / 10 for place in range(first, last))
        sent = table.written + table.refused
        live = table.live_taken + table.live_refused
        return Outcome(
            scenario=scenario,
            seconds=end,
            ideal=ideal,
            used=(sums[last] - sums[first]) / possible if last > first else 0.0,
            highest=highest / (scenario.ceiling * _WINDOW / 10),
            least=self._least(steady),
            refused=table.refused / sent,
            live_refused=table.live_refused / live if live else 0.0,
            rates=tuple(sum(table.taken[place : place + 10]) for place in range(0, len(table.taken), 10)),
        )
