"""How many capacity units a second are spent."""

from __future__ import annotations

import threading
from typing import Final

from ..clock import Clock

# Unspent time counts for no longer than this: a pause is not made up for with a burst.
_BURST_SECONDS: Final = 0.25
_WINDOW_SECONDS: Final = 1.0
# From the start to the ceiling in some ten seconds.
_STEPS: Final = 10
_SLOWEST: Final = 1.0
# A table's own throttling reaches more than one segment in four; a hot key's does not.
_WIDESPREAD: Final = 0.25


class Pace:
    """
    Lets units through at a rate that rises a step a second while it is used up, and halves when throttled.

    Threads share it. A throttled segment waits by itself; the rate of all halves only where the throttling is the
    table's: the service says so, or more than one segment in four meets it within a second.

    Args:
        ceiling: Units a second that are never exceeded.
        segments: How many spend at one time.
    """

    def __init__(self, clock: Clock, *, ceiling: float, segments: int = 1) -> None:
        self._clock = clock
        self._ceiling = max(ceiling, _SLOWEST)
        self._segments = segments
        self._step = self._ceiling / _STEPS
        self._rate = max(self._step, min(self._ceiling, _SLOWEST))
        self._guard = threading.Lock()
        self._free_at = clock.monotonic()
        self._window_end = self._free_at + _WINDOW_SECONDS
        self._average = 1.0
        self._spent = 0.0
        self._waited = False
        self._throttled: set[int] = set()
        self._deaf_until = self._free_at

    @property
    def rate(self) -> float:
        """Units a second, now."""
        return self._rate

    @property
    def spent(self) -> float:
        """Units in all."""
        return self._spent

    def reserve(self, pieces: int) -> tuple[float, float]:
        """
        Set aside what *pieces* will likely cost.

        Returns:
            Seconds to wait before sending, and the units set aside, for `settle`.
        """
        with self._guard:
            now = self._clock.monotonic()
            self._roll(now)
            units = pieces * self._average
            begin = max(self._free_at, now - _BURST_SECONDS)
            self._free_at = begin + units / self._rate
            wait = begin - now
            if wait > 0:
                self._waited = True
            return max(wait, 0.0), units

    def settle(self, reserved: float, consumed: float | None, pieces: int) -> None:
        """Replace what was set aside by what the service *consumed* for *pieces*; None: it did not say."""
        with self._guard:
            if consumed is None:
                consumed = reserved
            self._spent += consumed
            self._free_at += (consumed - reserved) / self._rate
            if pieces:
                self._average += (consumed / pieces - self._average) * 0.1

    def throttled(self, segment: int, *, table: bool | None = None) -> None:
        """Take note that *segment* was throttled; *table*: the service says that it was the whole table, or not."""
        with self._guard:
            now = self._clock.monotonic()
            self._roll(now)
            # Once in a window: what else comes back now was sent at the old rate.
            if table is False or now < self._deaf_until:
                return
            self._throttled.add(segment)
            if table or len(self._throttled) > self._segments * _WIDESPREAD:
                self._rate = max(self._rate / 2, _SLOWEST)
                self._deaf_until = now + _WINDOW_SECONDS
                self._throttled.clear()
                self._waited = False

    def _roll(self, now: float) -> None:
        if now < self._window_end:
            return
        if self._waited and not self._throttled and now >= self._deaf_until:
            self._rate = min(self._rate + self._step, self._ceiling)
        self._waited = False
        self._throttled.clear()
        self._window_end = now + _WINDOW_SECONDS
