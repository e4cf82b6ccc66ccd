"""Requests that touch the lock's item, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """
    Keeps requests of one process apart: beats and transactions at one time refuse each other.

    A courtesy, which ends after *longest* seconds: one request that hangs must not hold up all others, and who is
    refused tries again.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._lock = threading.RLock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around a request."""
        mine = self._lock.acquire(timeout=self._longest)
        try:
            yield
        finally:
            if mine:
                self._lock.release()
