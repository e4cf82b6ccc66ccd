"""A worker's share of a ceiling that several work under."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


def water_level(units: float, demands: Iterable[float]) -> float:
    """
    The level up to which each of *demands* is met when *units* are shared max-min fair: who can't use an equal share
    leaves the rest to those who could. Infinite, where all can be met.
    """
    ordered = sorted(demands)
    waiting = len(ordered)
    for demand in ordered:
        if demand * waiting > units:
            return units / waiting
        units -= demand
        waiting -= 1
    return math.inf


@dataclass(frozen=True)
class Share:
    """
    What one worker may spend of a ceiling, by what it could use itself and what its siblings could.

    Where not all of a ceiling is asked for, everybody gets an equal part of the rest too. So a share never falls when the
    worker's own demand rises or a sibling's falls: whoever takes its own for too low, or a sibling's for too high,
    takes too little and never too much.

    Attributes:
        mine: Units a second; infinite: whatever it gets.
        others: The same of each sibling.
        least: The part of the ceiling that it gets in any case, so that no worker is starved.
        limit: What the table takes of the ceiling; infinite: it was not met.
    """

    mine: float
    others: tuple[float, ...] = ()
    least: float = 0.0
    limit: float = math.inf

    def of(self, ceiling: float) -> float:
        """Units a second."""
        demands = (self.mine, *self.others)
        units = min(ceiling, self.limit)
        level = water_level(units, demands)
        fair = min(self.mine, level)
        if math.isinf(level):
            fair += (units - sum(demands)) / len(demands)
        return max(fair, ceiling * self.least)
