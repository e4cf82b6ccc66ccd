"""Whether a run of migrations that writes is under way in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final


class _Runs:
    """How many there are."""

    def __init__(self) -> None:
        self.count = 0
        self._one_at_a_time = threading.Lock()

    def add(self, more: int) -> None:
        with self._one_at_a_time:
            self.count += more


_runs: Final = _Runs()


@contextmanager
def noted() -> Iterator[None]:
    """One is, for as long as the block runs."""
    _runs.add(1)
    try:
        yield
    finally:
        _runs.add(-1)


def under_way() -> bool:
    """Whether there is one, in whatever thread."""
    return _runs.count > 0
