"""What a table takes of a fleet, which it finds out by being throttled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from ...clock import Clock
from .demand import Need

# Workers that met the table's limit lately; one in so many is enough, as each of many sends few requests.
_LATELY_SECONDS: Final = 6.0
_ENOUGH: Final = 0.05
# Without further throttling the limit rises the faster the longer ago it was: by half as much again in some thirty
# seconds, and to twice as much in forty-five.
_GROWTH: Final = 0.0005


class TableLimit:
    """
    Where a table takes less than the ceiling, the workers agree on what it took when they were throttled.

    Each halves its own rate when it is throttled, and rises again until it is. Of many workers each sends few requests, and
    would rise far before the next one that tells it so: most of what they all sent would be refused, and the application's
    requests with it. So none rises above its share of what all together got through.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, tuple[int, float]] = {}
        self._units = math.inf
        self._found_at = -math.inf

    def learn(self, needs: Mapping[str, Need], ceiling: float) -> None:
        """Take what all workers say that they used and how often they were throttled, by number."""
        now = self._clock.monotonic()
        known: dict[str, tuple[int, float]] = {}
        news, lately = False, 0
        for number, need in needs.items():
            before = self._known.get(number)
            if before is None or need.halved <= before[0]:
                known[number] = (need.halved, -math.inf if before is None else before[1])
            else:
                known[number] = (need.halved, now)
                news = True
            lately += known[number][1] > now - _LATELY_SECONDS
        self._known = known
        if news and lately >= len(needs) * _ENOUGH:
            self._units = min(self.of(ceiling), sum(need.used for need in needs.values()))
            self._found_at = now

    def of(self, ceiling: float) -> float:
        """Units a second; infinite where the limit is not known, or is above *ceiling*."""
        units = self._units + ceiling * _GROWTH * (self._clock.monotonic() - self._found_at) ** 2
        return units if units < ceiling else math.inf
