"""Virtual time: whoever waits is taken up when its moment comes, one after the other."""

from __future__ import annotations

import heapq
from collections.abc import Generator
from typing import Final

# Of the wall clock, at the beginning; a whole minute.
_BEGIN: Final = 1_795_424_400.0

# Yields how many seconds it waits.
Activity = Generator[float, None, None]


class Loop:
    """Also the engine's clock. Nothing can `sleep` by it: an activity yields instead."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, Activity]] = []
        self._number = 0

    def time(self) -> float:
        return _BEGIN + self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits by the clock here")

    def begin(self, activity: Activity, *, after: float = 0.0) -> None:
        self._number += 1
        heapq.heappush(self._waiting, (self.now + after, self._number, activity))

    def run(self, until: float) -> None:
        """Until that moment."""
        waiting = self._waiting
        while waiting and waiting[0][0] <= until:
            self.now, number, activity = heapq.heappop(waiting)
            seconds = next(activity, None)
            if seconds is not None:
                heapq.heappush(waiting, (self.now + seconds, number, activity))
        self.now = until
