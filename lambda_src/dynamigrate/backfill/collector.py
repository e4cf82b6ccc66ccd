"""Python's garbage collector, while thousands of items come and go."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# More than the dicts and lists of all the pages that are in memory at one time: of 250 items on each of 32 threads.
_OBJECTS: Final = 500_000


@contextmanager
def rare_collections() -> Iterator[None]:
    """
    Have it look for cycles less often.

    Items are freed without it, but each of its rounds looks at all that are held: with 32 pages in memory it took half
    of the processor's time (39 µs an item, against 20). Cycles that a transform makes are still found.
    """
    before = gc.get_threshold()
    # 0: it is switched off, and stays so.
    if before[0]:
        gc.set_threshold(max(before[0], _OBJECTS), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
