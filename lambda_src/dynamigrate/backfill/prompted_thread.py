"""A thread that asks others for something, for which the work does not wait."""

from __future__ import annotations

import threading
from collections.abc import Callable


class PromptedThread(threading.Thread):
    """
    Does *do* each time that `due` is set.

    Attributes:
        due: Set it to have it done once more.
        over: Nothing is to be done, or said, any more.
    """

    def __init__(self, name: str, do: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self.due, self.over = threading.Event(), threading.Event()
        self._do = do

    def run(self) -> None:
        while True:
            self.due.wait()
            self.due.clear()
            if self.over.is_set():
                return
            self._do()

    def end(self, seconds: float) -> None:
        """Have it end, and wait so long for it: in a request that hangs it is left behind."""
        self.over.set()
        self.due.set()
        if self.is_alive():
            self.join(seconds)
