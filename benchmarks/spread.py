"""A figure that was measured in several rounds: its median, and how far the rounds were apart."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from .grid import times


@dataclass(frozen=True)
class Spread:
    """The median of the rounds, the least and the most."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, rounds: Iterable[float]) -> Spread:
        """Of what each round found."""
        found = list(rounds)
        return cls(statistics.median(found), min(found), max(found))

    @classmethod
    def of_ratios(cls, ones: Iterable[float], others: Iterable[float]) -> Spread:
        """
        Of *ones* in *others*, round by round.

        What slows a machine down for a while slows both of a round, and leaves their ratio as it is.
        """
        return cls.of(one / other for one, other in zip(ones, others, strict=True))

    def __str__(self) -> str:
        """As a ratio."""
        return f"{times(self.median)} ({self.low:.3g} to {self.high:.3g})"
