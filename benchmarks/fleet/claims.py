"""What is claimed of a fleet, and what of it an outcome misses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .simulation import Outcome

USED: Final = 0.85
HIGHEST: Final = 1.05
LEAST: Final = 0.25
RATIO: Final = 1.3


@dataclass(frozen=True, kw_only=True)
class Worst:
    """The worst of each figure in several runs of one scenario."""

    used: float
    highest: float
    least: float
    ratio: float
    refused: float
    live_refused: float
    seconds: float
    ideal: float

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Worst:
        slowest = max(outcomes, key=lambda outcome: outcome.ratio)
        return cls(
            used=min(outcome.used for outcome in outcomes),
            highest=max(outcome.highest for outcome in outcomes),
            least=min(outcome.least for outcome in outcomes),
            ratio=slowest.ratio,
            refused=max(outcome.refused for outcome in outcomes),
            live_refused=max(outcome.live_refused for outcome in outcomes),
            seconds=slowest.seconds,
            ideal=slowest.ideal,
        )

    @property
    def misses(self) -> frozenset[str]:
        """The names of the figures that are worse than is claimed."""
        kept = {
            "used": self.used >= USED,
            "highest": self.highest <= HIGHEST,
            "least": self.least >= LEAST,
            "ratio": self.ratio <= RATIO,
        }
        return frozenset(name for name, is_kept in kept.items() if not is_kept)
