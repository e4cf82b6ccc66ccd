"""Ctrl-C, or a signal like it, while a run is under way: the first one ends it in order, the second one at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, Self

from . import ENDED, STARTED, LogLine

# What ends a job of CI, and what a terminal sends that is closed; Windows does not have all of them.
SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupts:
    """
    A block in which the first interrupt is only noted while a migration is under way, and told by `reason`. Any other is a
    `KeyboardInterrupt`: so is a further one, and one that comes while nothing has begun, as in the wait for the lock.

    Outside of the main thread signals are not its business.

    Args:
        noted: Is called when one was noted.
    """

    def __init__(self, noted: Callable[[], None]) -> None:
        self.count = 0
        self._noted = noted
        self._is_under_way = False
        self._by = ""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                # As nohup has it, and a shell for what it runs in the background.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._interrupted)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def watch(self, line: LogLine) -> None:
        """Take note of a line that says that a migration begins, or has ended."""
        if line.event in STARTED | ENDED:
            self._is_under_way = line.event in STARTED

    def reason(self) -> str | None:
        """Why the run should stop; None: it need not."""
        return f"it was interrupted ({self._by})" if self.count else None

    def _interrupted(self, number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self._by = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        if not self._is_under_way:
            raise KeyboardInterrupt
        # Python's own raises in the migration's line, which is what the record of it says.
        for one in self._before:
            signal.signal(one, signal.default_int_handler)
        self._noted()
