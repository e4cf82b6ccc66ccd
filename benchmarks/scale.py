"""How much is measured: enough for figures to be published, or as much as fits into a minute or two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from . import order
from .contenders import Contender

# What a contender does once, a lock say, is not to show: less than this, and it would.
_LEAST_ITEMS: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Scale:
    """
    Attributes:
        rounds: How often everybody is measured beside the others.
        pairs: How often our own engine is measured beside itself.
        seconds: How long a contender takes in each, more or less.
        larger: Items of the tables with larger items, by their kind's name: as many for each contender, as some begin
            with work whose share would differ.
        refused: Items of the table whose writes are partly refused.
        grown: Items of the smaller of the two tables whose memory is compared.
        looked_at: Items of the table that is looked at once more.
        starts: How many fresh processes for each figure of a cold start.
        deploys: How often each app is deployed, of those that are compared by what it costs to be there.
        workers: The sizes of the fleets of worker processes; the first one is alone.
        fleet_rounds: How often each is measured beside the others.
        fleet_warm_up: Seconds until a fleet is measured: its processes start, its rates rise, and the workers learn of
            each other.
        fleet_seconds: For how long it is.
    """

    rounds: int
    pairs: int
    seconds: float
    larger: Mapping[str, int]
    refused: int
    grown: int
    looked_at: int
    starts: int
    deploys: int
    workers: Sequence[int]
    fleet_rounds: int
    fleet_warm_up: float
    fleet_seconds: float

    def items(self, contender: Contender) -> int:
        """Of the table that *contender* rewrites in a round."""
        return max(_LEAST_ITEMS, round(self.seconds * 1000 / contender.cost) * 1000)

    def delayed_items(self, contender: Contender) -> int:
        """The same where each request takes as long as the service does."""
        return max(1, round(self.seconds * contender.delayed_rate / 100)) * 100


FULL: Final = Scale(
    rounds=5,
    pairs=3,
    seconds=3.0,
    larger={order.MEDIUM.name: 20_000, order.LARGE.name: 2_000},
    refused=50_000,
    grown=100_000,
    looked_at=1_000_000,
    starts=15,
    deploys=6,
    workers=(1, 2, 4, 8),
    fleet_rounds=3,
    fleet_warm_up=25.0,
    fleet_seconds=10.0,
)
QUICK: Final = Scale(
    rounds=1,
    pairs=1,
    seconds=1.0,
    larger={order.MEDIUM.name: 5_000, order.LARGE.name: 1_000},
    refused=10_000,
    grown=20_000,
    looked_at=100_000,
    starts=3,
    deploys=1,
    workers=(1, 4),
    fleet_rounds=1,
    fleet_warm_up=15.0,
    fleet_seconds=5.0,
)
