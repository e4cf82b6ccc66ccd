"""How many writes go into one request, and which."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Hashable
from typing import Final, Generic, Protocol, TypeVar


class Written(Protocol):
    """
    Attributes:
        text: What of the request it is, as JSON.
    """

    @property
    def text(self) -> str: ...


T = TypeVar("T", bound=Written)

# Statements in a BatchExecuteStatement; also items in a BatchWriteItem.
BATCH: Final = 25
# Characters of JSON; 16 MB is what the service takes.
_LONGEST: Final = 12_000_000


class Batches(ABC, Generic[T]):
    """
    Changes that wait for others to fill a request.

    Attributes:
        queue: What waits.

    Args:
        size: Changes in one request.
        key: The same for two that can't be in one; None: there are none.
    """

    def __init__(self, size: int, key: Callable[[T], Hashable] | None) -> None:
        self.queue: deque[T] = deque()
        self._size = size
        self._key = key

    def send(self, least: int) -> None:
        """
        Send batches while *least* changes or more are waiting.

        Raises:
            BackfillError: One can't be written.
            Stopping: The worker has to end.
        """
        while len(self.queue) >= least:
            self._send(next_batch(self.queue, self._size, self._key))

    @abstractmethod
    def _send(self, changes: list[T]) -> None:
        """Settle them, or have them wait again."""


def next_batch(queue: deque[T], most: int, key: Callable[[T], Hashable] | None) -> list[T]:
    """
    Take up to *most* from *queue*, and no more than a request may be long.

    Of two with the same *key*, which the service refuses in one request, the later stays for another.
    """
    batch: dict[Hashable, T] = {}
    later = []
    room = _LONGEST
    while queue and len(batch) < most and (room > len(queue[0].text) or not batch):
        one = queue.popleft()
        if batch.setdefault(len(batch) if key is None else key(one), one) is one:
            room -= len(one.text)
        else:
            later.append(one)
    queue.extendleft(reversed(later))
    return list(batch.values())
