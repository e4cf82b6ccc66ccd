"""Ctrl-C while a run is under way: the first one ends it in order, the second one at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


class Interrupts:
    """
    A block in which the first interrupt is only noted, and told by `reason`; a further one is a `KeyboardInterrupt`.

    Outside of the main thread signals are not its business.

    Args:
        noted: Is called when the first one came.
    """

    def __init__(self, noted: Callable[[], None]) -> None:
        self.count = 0
        self._noted = noted
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def reason(self) -> str | None:
        """Why the run should stop; None: it need not."""
        return "it was interrupted (Ctrl-C)" if self.count else None

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1:
            raise KeyboardInterrupt
        self._noted()
