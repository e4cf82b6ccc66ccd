"""How hard a table makes it for one worker."""

from __future__ import annotations

from typing import Final

from ..clock import Clock
from .control import RunControl
from .errors import BackfillError

# A table that takes nothing for this long will not do so by itself.
_PATIENCE_SECONDS: Final = 300.0


class Backoff:
    """Pauses the longer, the less gets through, and gives up in the end. What is waited for a turn does not count."""

    def __init__(self, control: RunControl, clock: Clock) -> None:
        self._control = control
        self._clock = clock
        self._sent_at = clock.monotonic()
        self._pauses = 0
        self._stuck_seconds = 0.0

    def sent(self) -> None:
        """A request is about to be sent."""
        self._sent_at = self._clock.monotonic()

    def passed(self) -> None:
        """All of a request got through."""
        self._pauses, self._stuck_seconds = 0, 0.0

    def back_off(self, refused: int = 1, of: int = 1) -> None:
        """
        So many *of* what was sent came back.

        Raises:
            Stopping: There is no time to wait so long.
            BackfillError: Nothing got through for minutes.
        """
        self._pauses = self._pauses + 1 if refused * 2 > of else 0
        if refused < of:
            self._stuck_seconds = 0.0
        else:
            self._stuck_seconds += self._clock.monotonic() - self._sent_at
        if self._stuck_seconds > _PATIENCE_SECONDS:
            raise BackfillError(
                f"The table took nothing for {_PATIENCE_SECONDS:.0f} seconds: it is throttled, or does not answer.",
                next_step="Look at its capacity and at who else uses it.",
            )
        paused = self._control.back_off(self._pauses)
        if refused == of:
            self._stuck_seconds += paused
