"""A table that takes so many units a second, in partitions that take 1,000 each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .loop import Activity, Loop

PARTITION_UNITS: Final = 1000.0
# Unused capacity is good for so long. The service keeps that of a table for up to five minutes, when it can.
_BURST_SECONDS: Final = 1.0
_LIVE_SECONDS: Final = 0.01

_TABLE_LIMIT: Final = "Throttled: TableWriteProvisionedThroughputExceeded."
_PARTITION_LIMIT: Final = "Throttled: TableWriteKeyRangeThroughputExceeded."
_NO_REASON: Final = "The level of configured provisioned throughput was exceeded."


class Bucket:
    """Units that come steadily, and are kept for a second."""

    def __init__(self, loop: Loop, rate: float) -> None:
        self._loop = loop
        self._rate = rate
        self._level = rate * _BURST_SECONDS
        self._at = loop.now

    def left(self) -> float:
        now = self._loop.now
        self._level = min(self._level + (now - self._at) * self._rate, self._rate * _BURST_SECONDS)
        self._at = now
        return self._level

    def take(self, units: float) -> None:
        self._level -= units


class Table:
    """
    Attributes:
        taken: Units that were written by workers, by tenth of a second.
        refused: Units that were not.
        live_refused: Units of live traffic that were not.
    """

    def __init__(
        self, loop: Loop, *, units: float, partitions: int, live: Callable[[float], float], reasons: bool = True
    ) -> None:
        self._loop = loop
        self._bucket = Bucket(loop, units)
        self._partitions = [Bucket(loop, PARTITION_UNITS) for _ in range(partitions)]
        self._live = live
        self._reasons = reasons
        self.taken: list[float] = []
        self.written = self.refused = self.live_refused = self.live_taken = 0.0
        loop.begin(self._traffic())

    def write(self, partition: int, units: int) -> list[str]:
        """Write as many of *units* items as there is capacity for; returns what is said of each of the others."""
        bucket = self._partitions[partition]
        table, own = self._bucket.left(), bucket.left()
        taken = max(min(int(table), int(own), units), 0)
        self._bucket.take(taken)
        bucket.take(taken)
        self._note(taken)
        self.refused += units - taken
        reason = _NO_REASON if not self._reasons else _TABLE_LIMIT if table <= own else _PARTITION_LIMIT
        return [reason] * (units - taken)

    def _note(self, units: float) -> None:
        place = int(self._loop.now * 10)
        if place >= len(self.taken):
            self.taken.extend([0.0] * (place - len(self.taken) + 1))
        self.taken[place] += units
        self.written += units

    def _traffic(self) -> Activity:
        while True:
            units = self._live(self._loop.now) * _LIVE_SECONDS
            if not units:
                yield _LIVE_SECONDS * 10
                continue
            each = units / len(self._partitions)
            for bucket in self._partitions:
                taken = max(min(each, self._bucket.left(), bucket.left()), 0.0)
                self._bucket.take(taken)
                bucket.take(taken)
                self.live_taken += taken
                self.live_refused += each - taken
            yield _LIVE_SECONDS
