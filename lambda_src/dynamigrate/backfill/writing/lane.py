"""Writes that wait for others to fill a request."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from ..capacity.rate_limiter import Reservation
from .item_writes import Attempt, W, WriteResult

# Characters of JSON in a request that wait for no more. Each thread has a few times as much in memory while it sends one: for
# items of 100 KB, 32 threads took 400 MB with full batches of 25, and 165 MB with this. The service takes 16 MB.
_ENOUGH: Final = 500_000


class Entry(Protocol):
    """
    A part of a request.

    Attributes:
        text: The part as JSON.
    """

    @property
    def text(self) -> str: ...


T = TypeVar("T", bound=Entry)


class Batches(Protocol[W]):
    """Writes of one kind, several in a request."""

    @property
    def key(self) -> Callable[[Attempt[W]], Hashable] | None:
        """Equal for two attempts that can't be in one request; None: there are none."""
        ...

    def write(self, attempts: Sequence[Attempt[W]], reservation: Reservation | None = None) -> WriteResult[W]:
        """
        Send *attempts* in one request.

        Args:
            reservation: Waited for already.

        Raises:
            BackfillError: The service refuses the request, whatever the time and the items.
            Stopping: The worker has to end.
        """
        ...

    def write_alone(self, attempt: Attempt[W], reservation: Reservation | None = None) -> WriteResult[W]:
        """Send *attempt* in a request of its own; raises as `write`."""
        ...


class Lane(Generic[W]):
    """
    Attempts of one kind that wait for others to fill a request.

    Args:
        size: Writes in one request.
    """

    __slots__ = ("_length", "_queue", "_size", "batches")

    def __init__(self, batches: Batches[W], size: int) -> None:
        self.batches = batches
        self._queue: deque[Attempt[W]] = deque()
        self._length = 0
        self._size = size

    def __len__(self) -> int:
        return len(self._queue)

    def is_full(self) -> bool:
        """Whether there is enough for a request."""
        return len(self._queue) >= self._size or self._length >= _ENOUGH

    def add(self, attempt: Attempt[W]) -> bool:
        """Have *attempt* wait; returns whether there is enough for a request."""
        self._queue.append(attempt)
        self._length += len(attempt.text)
        return len(self._queue) >= self._size or self._length >= _ENOUGH

    def put_back(self, attempts: Sequence[Attempt[W]]) -> None:
        """
        Have *attempts* wait again, before all others: of two writes to one item, the later is what it has in the end.
        """
        self._queue.extendleft(reversed(attempts))
        self._length += sum([len(attempt.text) for attempt in attempts])

    def take(self) -> list[Attempt[W]]:
        """The attempts for the next request; there is at least one."""
        queue = self._queue
        if len(queue) <= self._size and self._length < _ENOUGH and self.batches.key is None:
            # As nearly always: nothing has to be chosen.
            attempts = list(queue)
            queue.clear()
            self._length = 0
            return attempts
        attempts = next_batch(queue, self._size, self.batches.key, _ENOUGH)
        self._length -= sum([len(attempt.text) for attempt in attempts])
        return attempts


def next_batch(queue: deque[T], most: int, key: Callable[[T], Hashable] | None, longest: int) -> list[T]:
    """
    Take up to *most* from *queue*, with up to *longest* characters, but at least one.

    Of two with the same *key*, which the service refuses in one request, the later stays for another.
    """
    batch: list[T] = []
    keys: set[Hashable] = set()
    later: list[T] = []
    room = longest
    while queue and len(batch) < most and (room > len(queue[0].text) or not batch):
        one = queue.popleft()
        if key is not None:
            own = key(one)
            if own in keys:
                later.append(one)
                continue
            keys.add(own)
        batch.append(one)
        room -= len(one.text)
    queue.extendleft(reversed(later))
    return batch
