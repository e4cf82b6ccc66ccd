"""How much is measured: enough for figures to be published, or as much as fits into a minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .contenders import Contender


@dataclass(frozen=True, kw_only=True)
class Scale:
    """
    Attributes:
        rounds: How often everything is measured; the least disturbed one counts.
        seconds: How long a contender takes in each, more or less.
        refused: Items of the table whose writes are partly refused.
        grown: Items of the smaller of the two tables whose memory is compared.
        starts: How many fresh processes for each figure of a cold start.
    """

    rounds: int
    seconds: float
    refused: int
    grown: int
    starts: int

    def items(self, contender: Contender) -> int:
        """Of the table that *contender* rewrites in a round."""
        return max(1, round(self.seconds * 1000 / contender.cost)) * 1000

    def delayed_items(self, contender: Contender) -> int:
        """The same where each request takes as long as the service does."""
        return max(1, round(self.seconds * contender.delayed_rate / 100)) * 100


FULL: Final = Scale(rounds=3, seconds=4.0, refused=50_000, grown=100_000, starts=15)
QUICK: Final = Scale(rounds=1, seconds=1.0, refused=10_000, grown=20_000, starts=5)
