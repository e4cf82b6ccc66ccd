"""What was found of fleets of worker processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..machine import Machine
from ..spread import Spread
from .trial import Fleet, Outcome

# One worker alone comes to a sixth of it, and eight could use more: each waits for the service most of the time.
HIGH: Final = 8_000
# One worker alone could use more.
LOW: Final = 1_000
CEILINGS: Final = (HIGH, LOW)
# Of each worker. With as many as it has by default a worker waits less, and eight of them would wait for the processor.
THREADS: Final = 1


@dataclass(frozen=True, kw_only=True)
class FleetResults:
    """
    Attributes:
        found: An outcome a round.
        latency: Seconds that the stub held back its answer to each operation.
        warm_up: Seconds until the fleets were measured.
        seconds: For how long they were.
    """

    machine: Machine
    found: Mapping[Fleet, Sequence[Outcome]]
    latency: Mapping[str, float]
    warm_up: float
    seconds: float

    @property
    def rounds(self) -> int:
        return max(map(len, self.found.values()))

    def of(self, ceiling: float) -> list[Fleet]:
        """Those under *ceiling*, the smallest first."""
        return sorted((fleet for fleet in self.found if fleet.ceiling == ceiling), key=lambda fleet: fleet.workers)

    def rate(self, fleet: Fleet) -> Spread:
        """Items a second."""
        return Spread.of(one.rate for one in self.found[fleet])

    def ratio(self, fleet: Fleet) -> Spread:
        """How many times as many as the smallest under the same ceiling, in the same round."""
        alone = self.of(fleet.ceiling)[0]
        return Spread.of_ratios((one.rate for one in self.found[fleet]), (one.rate for one in self.found[alone]))

    def highest(self, fleet: Fleet) -> float:
        """Of the ceiling, in the busiest second of all rounds."""
        return max(one.highest for one in self.found[fleet]) / fleet.ceiling

    def shares(self, fleet: Fleet) -> tuple[float, float] | None:
        """The least and the most that a worker wrote in any round, as a part of an equal share; None: it was alone."""
        parts = [share * len(one.shares) / sum(one.shares) for one in self.found[fleet] for share in one.shares]
        return (min(parts), max(parts)) if parts else None
