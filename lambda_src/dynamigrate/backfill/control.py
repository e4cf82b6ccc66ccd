"""Pauses and stops workers, as the run asks for."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..clock import Clock
from .errors import Stopping

if TYPE_CHECKING:
    from ..context import Context

# Why work waits, where somebody asked the run to.
PAUSED: Final = "somebody asked the run to pause"
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 5.0
# Seconds that a worker sleeps at most before it looks again whether it has to end.
_SLICE: Final = 0.25


def why_paused(ctx: Context) -> str:
    """What the work of *ctx* waits for, in words; empty: for nothing."""
    return PAUSED if ctx.paused else ctx.runtime.waits_for


class RunControl:
    """
    What all workers of a backfill look at before they read, write or wait.

    Attributes:
        paused: Workers wait before the next page or batch.
        stopping: Workers end at once, and finish only what needs no waiting.
    """

    def __init__(self, clock: Clock) -> None:
        self.paused = False
        self.stopping = False
        self._clock = clock

    def enter(self) -> None:
        """
        Wait here before each page while the backfill is paused.

        Raises:
            Stopping: There is to be no further page.
        """
        while self.paused and not self.stopping:
            self._clock.sleep(_SLICE)
        if self.stopping:
            raise Stopping

    def wait(self, seconds: float) -> None:
        """
        Wait so many *seconds*.

        Raises:
            Stopping: There is no time to wait so long.
        """
        until = self._clock.monotonic() + seconds
        self.wait_while(lambda: until - self._clock.monotonic())

    def wait_while(self, delay: Callable[[], float]) -> None:
        """
        Wait until *delay*, which is called again and again, has no seconds any more.

        Raises:
            Stopping: There is no time to wait so long.
        """
        while (seconds := delay()) > 0 or self.paused:
            if self.stopping:
                if seconds > _SLICE:
                    raise Stopping
                # Little enough to finish what is in hand.
                self._clock.sleep(max(seconds, 0.0))
                return
            self._clock.sleep(min(seconds, _SLICE) if seconds > 0 else _SLICE)

    def back_off(self, attempt: int) -> float:
        """
        Wait up to twice as long after each *attempt*, counted from 0, with full jitter; returns how many seconds it
        was.

        Raises:
            Stopping: There is no time to wait so long.
        """
        seconds = random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, 10)))  # noqa: S311 - no secret
        self.wait(seconds)
        return seconds
