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
# What they say next was used and met before they knew of a new limit.
_DEAF_SECONDS: Final = 10.0
# Workers that end take what they used with them, and the table takes as much as before: so it is not lowered by more at once.
_DEEPEST: Final = 0.6
# Without further throttling the limit rises the faster the longer ago it was: by a tenth of the ceiling in some eighteen
# seconds, by half of it in forty.
_GROWTH: Final = 0.0003


class TableLimit:
    """
    Where a table takes less than the ceiling, the workers agree on what it took when they were throttled.

    Each halves its own rate when it is throttled, and rises again until it is. Of many workers each sends few requests, and
    would rise far before the next one that tells it so: most of what they all sent would be refused, and the application's
    requests with it. So none rises above its share of what all together got through.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._halved: dict[str, int] = {}
        self._met_at: dict[str, float] = {}
        self._units = math.inf
        self._found_at = -math.inf

    def learn(self, needs: Mapping[str, Need], ceiling: float) -> None:
        """Take what all workers say that they used and how often they were throttled, by number."""
        now, before = self._clock.monotonic(), self._halved
        self._halved = {number: need.halved for number, need in needs.items()}
        if self._halved == before:
            return
        news = False
        for number, halved in self._halved.items():
            if halved > before.get(number, halved):
                self._met_at[number] = now
                news = True
        lately = sum(at > now - _LATELY_SECONDS for number, at in self._met_at.items() if number in needs)
        if news and lately >= len(needs) * _ENOUGH and now - self._found_at >= _DEAF_SECONDS:
            limit = self.of(ceiling)
            used = sum(need.used for need in needs.values())
            self._units = used if math.isinf(limit) else min(limit, max(used, limit * _DEEPEST))
            self._found_at = now

    def of(self, ceiling: float) -> float:
        """Units a second; infinite where the limit is not known, or is above *ceiling*."""
        units = self._units + ceiling * _GROWTH * (self._clock.monotonic() - self._found_at) ** 2
        return units if units < ceiling else math.inf
