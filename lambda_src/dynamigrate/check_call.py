"""One call of a check, which is given up when it takes too long."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .check_context import CheckContext
from .errors import MigrationsError, StopRequested
from .migration import MigrationFunction
from .migration_function import place_in

if TYPE_CHECKING:
    from .clock import Clock

# Seconds between two looks at whether the run has to stop.
_LOOK: Final = 1.0


@dataclass(frozen=True)
class Ended:
    """
    What came of a check.

    Attributes:
        error: What it raised, or that it took too long; None: nothing.
        where: File and line at which it was given up, as it took too long; else empty.
    """

    returned: object = None
    error: BaseException | None = None
    where: str = ""


class CheckCall:
    """
    Calls *function*, a check, in a thread of its own.

    Args:
        limit: Seconds that it may take.
        stop: Why the run has to stop, or None; asked while it is waited for.
    """

    def __init__(
        self, function: MigrationFunction, ctx: CheckContext, *, limit: float, stop: Callable[[], str | None]
    ) -> None:
        self._function = function
        self._ctx = ctx
        self._limit = limit
        self._stop = stop
        self._over = threading.Event()
        self._ended = Ended()

    def carry_out(self, clock: Clock) -> Ended:
        """
        Raises:
            StopRequested: The run has to stop, and the check was given up.
            LockLost: As *stop* raises it.
        """
        thread = threading.Thread(target=self._run, name=f"check of {self._ctx.migration}", daemon=True)
        until = clock.monotonic() + self._limit
        thread.start()
        try:
            while not self._over.wait(max(0.0, min(_LOOK, until - clock.monotonic()))):
                if (reason := self._stop()) is not None:
                    raise StopRequested(f"The check of {self._ctx.migration} was given up: {reason}.")
                if clock.monotonic() >= until:
                    return self._given_up(thread)
        finally:
            self._ctx.end()
            if not self._over.is_set():
                _interrupt(thread)
        return self._ended

    def _run(self) -> None:
        try:
            self._ended = Ended(self._function(self._ctx))
        except BaseException as error:  # noqa: BLE001 - told where it is waited for
            self._ended = Ended(error=error)
        finally:
            self._over.set()

    def _given_up(self, thread: threading.Thread) -> Ended:
        error = MigrationsError(
            f"check did not end within {self._limit:g} s, and was given up.",
            next_step="Have it ask for less: what has to look at every item is the work of a migration; or give the "
            "checks more time (check_limit=).",
        )
        place = place_in(sys._current_frames().get(thread.ident or 0), self._function)
        return Ended(error=error, where=place or "in code of another file")


def _interrupt(thread: threading.Thread) -> None:
    """End *thread* at its next line of Python, so that it does not go on beside what comes next in this process."""
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))
