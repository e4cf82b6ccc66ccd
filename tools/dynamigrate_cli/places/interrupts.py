"""Ctrl-C while a run is under way: the first one ends it in order, the second one at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

from . import ENDED, STARTED, LogLine


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
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def watch(self, line: LogLine) -> None:
        """Take note of a line that says that a migration begins, or has ended."""
        if line.event in STARTED | ENDED:
            self._is_under_way = line.event in STARTED

    def reason(self) -> str | None:
        """Why the run should stop; None: it need not."""
        return "it was interrupted (Ctrl-C)" if self.count else None

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if not self._is_under_way:
            raise KeyboardInterrupt
        # Python's own raises in the migration's line, which is what the record of it says.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._noted()
