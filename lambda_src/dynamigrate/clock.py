"""Time, passed in, so that tests need not wait for it."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import Final, Protocol

# Seconds since the epoch, of the first and the last moment that `datetime` can tell.
_FIRST: Final = -62_135_596_800
_LAST: Final = 253_402_300_799


class Clock(Protocol):
    """Both of the machine's clocks, and a way to wait."""

    def time(self) -> float:
        """Seconds since the epoch; may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back, and may stand still while the process is frozen."""
        ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The clocks of this machine."""

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Ticker:
    """
    Says when something that is done every *seconds* is due.

    It is first due *seconds* after the ticker was made, or at once where *at_once* is set.
    """

    def __init__(self, clock: Clock, seconds: float, *, at_once: bool = False) -> None:
        self._clock = clock
        self._seconds = seconds
        self._last = -math.inf if at_once else clock.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is due."""
        return self._clock.monotonic() - self._last >= self._seconds

    def reset(self) -> None:
        """Note that it is done now; it is due again *seconds* from here."""
        self._last = self._clock.monotonic()


def timestamp(seconds: float) -> str:
    """
    *seconds* since the epoch as ISO 8601 in UTC, to the millisecond: ``2026-11-23T09:00:00.000Z``.

    What the calendar has no day for is its last one, or its first: an estimate of millennia must not fail who tells it.
    """
    return (
        datetime.fromtimestamp(min(max(seconds, _FIRST), _LAST), UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
