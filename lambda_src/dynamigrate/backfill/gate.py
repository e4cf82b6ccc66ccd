"""What workers pass through: it holds them while the backfill is paused, and turns them away once it has to end."""

from __future__ import annotations

import random
from typing import Final

from ..clock import Clock
from .errors import Stopping

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 5.0
# How long a worker sleeps at most without looking whether it has to end.
_SLICE: Final = 0.25


class Gate:
    """
    Attributes:
        paused: Workers wait before the next page or batch.
        stopping: They end at once, and finish only what needs no waiting.
    """

    def __init__(self, clock: Clock) -> None:
        self.paused = False
        self.stopping = False
        self._clock = clock

    def enter(self) -> None:
        """
        Before a page.

        Raises:
            Stopping: There is to be no further page.
        """
        while self.paused and not self.stopping:
            self._clock.sleep(_SLICE)
        if self.stopping:
            raise Stopping

    def wait(self, seconds: float) -> None:
        """
        Raises:
            Stopping: There is no time to wait so long.
        """
        if self.stopping and seconds <= _SLICE:
            # Little enough to finish what is in hand.
            self._clock.sleep(seconds)
            return
        if seconds <= 0 and not self.paused:
            return
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0 or self.paused:
            if self.stopping:
                raise Stopping
            self._clock.sleep(min(left, _SLICE) if left > 0 else _SLICE)

    def back_off(self, attempt: int) -> None:
        """
        Full jitter: up to twice as long after each *attempt*, counted from 0.

        Raises:
            Stopping: There is no time to wait so long.
        """
        self.wait(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, 10))))  # noqa: S311 - no secret
