"""What there is to write: segments, each of which lies in one partition, and who has which of them."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass
class Segment:
    """
    Attributes:
        left: Items that are not written.
        kept: The same by its last checkpoint.
    """

    number: int
    partition: int
    left: int
    kept: int
    worker: int | None = None


class Work:
    """All segments. A worker begins with every so-manieth, and then takes what others have not begun."""

    def __init__(
        self, items: int, *, segments: int, partitions: int, workers: int, skew: float, dice: random.Random
    ) -> None:
        self._workers = workers
        # Keys are spread by a hash: segments are about of a size, not exactly.
        places = [number * partitions // segments for number in range(segments)]
        weights = [dice.uniform(0.9, 1.1) * (1.0 if place else skew) for place in places]
        sizes = [int(items * weight / sum(weights)) for weight in weights]
        self.segments = [
            Segment(number, place, size, size) for number, (place, size) in enumerate(zip(places, sizes, strict=True))
        ]
        self._free = set(range(segments))
        self._dice = dice

    @property
    def left(self) -> int:
        return sum(segment.left for segment in self.segments)

    def take(self, worker: int) -> Segment | None:
        """One for *worker*: its own where there are any."""
        left = sorted(self._free)
        numbers = [number for number in left if number % self._workers == worker] or left
        if not numbers:
            return None
        segment = self.segments[self._dice.choice(numbers)]
        self._free.remove(segment.number)
        segment.worker = worker
        return segment

    def keep(self, worker: int) -> None:
        """The checkpoints of all that *worker* is at."""
        for segment in self.segments:
            if segment.worker == worker:
                segment.kept = segment.left

    def died(self, worker: int) -> None:
        """What was written since the last checkpoint is written again."""
        for segment in self.segments:
            if segment.worker == worker and segment.left:
                segment.left = segment.kept

    def back(self, worker: int) -> None:
        """The next process with this number takes up what the one before it had."""
        for segment in self.segments:
            if segment.worker == worker and segment.left:
                segment.worker = None
                self._free.add(segment.number)
