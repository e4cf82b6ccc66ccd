"""How many writes go into one request, and which."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Final, TypeVar

T = TypeVar("T")

# Statements in a BatchExecuteStatement; also items in a BatchWriteItem.
BATCH: Final = 25


def next_batch(queue: deque[T], most: int, key: Callable[[T], Hashable] | None) -> list[T]:
    """
    Take up to *most* from *queue*.

    Of two with the same *key*, which the service refuses in one request, the later stays for another; None: there are
    none.
    """
    if key is None:
        return [queue.popleft() for _ in range(min(most, len(queue)))]
    batch: dict[Hashable, T] = {}
    later = []
    while queue and len(batch) < most:
        one = queue.popleft()
        if batch.setdefault(key(one), one) is not one:
            later.append(one)
    queue.extendleft(reversed(later))
    return list(batch.values())
