"""What is simulated, and what the best client could make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .table import PARTITION_UNITS

_STEP_SECONDS: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class Live:
    """Traffic of an application that comes and goes: so many write units a second from *begin* to *end*, in seconds."""

    units: float
    begin: float
    end: float


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """
    Attributes:
        ceiling: Write units a second that the backfill may use.
        table: Write units a second that the table takes.
        items: Each takes one unit.
        skew: So many times as many items as in another partition are in the first one.
        slow: How many workers can't use more than a third of an equal share, as what they call takes its time.
        deaths: How many workers die, one after the other, every so many seconds.
        reasons: Whether the service says what was throttled, a range of keys or the table.
    """

    name: str
    workers: int
    ceiling: float
    table: float
    partitions: int
    items: int
    segments: int
    live: tuple[Live, ...] = ()
    skew: float = 1.0
    slow: int = 0
    deaths: int = 0
    death_every: float = 30.0
    replaced_after: float = 20.0
    reasons: bool = True

    def traffic(self, at: float) -> float:
        """Units a second of live traffic."""
        return sum(live.units for live in self.live if live.begin <= at < live.end)

    def possible(self, at: float) -> float:
        """Units a second that the backfill could write."""
        free = self.table - self.traffic(at)
        partitions = self.partitions * (PARTITION_UNITS - self.traffic(at) / self.partitions)
        return max(min(self.ceiling, free, partitions), 0.0)


def ideal_seconds(scenario: Scenario, each: list[int]) -> float:
    """
    How long a client takes that knows everything beforehand and loses no time.

    Args:
        each: Items in each partition.
    """
    left = [float(items) for items in each]
    at = 0.0
    while (total := sum(left)) > 0:
        most = PARTITION_UNITS - scenario.traffic(at) / scenario.partitions
        budget = min(scenario.ceiling, scenario.table - scenario.traffic(at)) * _STEP_SECONDS
        # The fuller a partition, the more of it: so that all of them end together.
        for partition in sorted(range(len(left)), key=lambda one: left[one]):
            part = min(left[partition], budget * left[partition] / total, most * _STEP_SECONDS)
            total -= left[partition]
            budget -= part
            left[partition] = left[partition] - part if left[partition] - part > 1e-6 else 0.0
        at += _STEP_SECONDS
    return at
