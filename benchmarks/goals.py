"""What we set out to reach, and whether a run reached it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from . import order
from .grid import TIMES
from .results import Results
from .spread import Spread


@dataclass(frozen=True, kw_only=True)
class Goal:
    """
    Attributes:
        limit: The least that is wanted, or, with *at_most*, the most.
        figure: What a run found.
        count: Whether it is a number of things, and not a ratio.
        why: Where a run missed it: the reason, as far as it is known.
    """

    text: str
    limit: float
    figure: Callable[[Results], Spread | None]
    at_most: bool = False
    count: bool = False
    why: str = ""

    def is_met(self, results: Results) -> bool | None:
        """Whether the median meets it; None: it was not measured."""
        figure = self.figure(results)
        if figure is None:
            return None
        # As it is printed: what shows as 1.10 is 1.1.
        median = round(figure.median, 2)
        return median <= self.limit if self.at_most else median >= self.limit

    def wanted(self) -> str:
        unit = "" if self.count else TIMES
        return f"at {'most' if self.at_most else 'least'} {self.limit:g}{unit}"

    def measured(self, results: Results) -> str:
        figure = self.figure(results)
        if figure is None:
            return ""
        return f"{figure.median:.0f}" if self.count else str(figure)

    def verdict(self, results: Results) -> str:
        """As the page has it."""
        return {True: "met", False: "**missed**", None: "not measured"}[self.is_met(results)]


def _faster(name: str, base: str) -> Callable[[Results], Spread | None]:
    return lambda found: found.at_once.ratio(name, base)


_THREADS: Final = (
    "32 threads take turns on one core. With four of them an item took some 10 % less (medians of eleven and of six rounds); "
    "beside a service that takes its time, fewer threads are slower. To begin with four, and to have more while the processor "
    "has time for them, was tried: 8 % less, and beside such a service 4 % (guarded) and 19 % (puts) fewer items a second "
    "(medians of five rounds)."
)

GOALS: Final = (
    Goal(
        text="CPU per item, guarded updates, against `batch_writer`",
        limit=25,
        figure=_faster("our-updates", "batch-writer"),
        why=_THREADS,
    ),
    Goal(
        text="CPU per item, guarded updates, against the client's `batch_write_item`",
        limit=6,
        figure=_faster("our-updates", "client-batch"),
    ),
    Goal(
        text="CPU per item, guarded updates, against aiodynamo",
        limit=1.5,
        figure=_faster("our-updates", "aiodynamo"),
    ),
    Goal(
        text="CPU per item, guarded updates, against `update_item`",
        limit=20,
        figure=_faster("our-updates", "update-item"),
    ),
    Goal(
        text="CPU per item, guarded updates, against guarded batches of the client's",
        limit=6,
        figure=_faster("our-updates", "client-statements"),
    ),
    Goal(
        text="CPU per item, guarded updates, against Go's SDK on raw values",
        limit=1,
        figure=_faster("our-updates", "go-sdk-updates"),
        why=_THREADS,
    ),
    Goal(
        text="CPU per item, the cheapest program in Go, against guarded updates",
        limit=5,
        at_most=True,
        figure=_faster("go-floor-updates", "our-updates"),
        why="that program copies bytes of which it knows where they are; the cheapest one in Python takes three times as much.",
    ),
    Goal(
        text="CPU per item, whole puts, against `batch_writer`",
        limit=8,
        figure=_faster("our-puts", "batch-writer"),
    ),
    Goal(
        text="CPU per item, whole puts, against the client's `batch_write_item`",
        limit=6,
        figure=_faster("our-puts", "client-batch"),
    ),
    Goal(
        text="CPU per item, whole puts, against aiodynamo",
        limit=1.5,
        figure=_faster("our-puts", "aiodynamo"),
    ),
    Goal(
        text="CPU per item, whole puts, against pydynox",
        limit=1.5,
        figure=_faster("our-puts", "pydynox"),
        why="transform gets Python values of all of the item. The cheapest program in Python, which does little else, takes as long as "
        "pydynox.",
    ),
    Goal(
        text="CPU per item, whole puts of 100 KB, against aiodynamo",
        limit=1,
        figure=lambda found: found.larger[order.LARGE.name].ratio("our-puts", "aiodynamo"),
    ),
    Goal(
        text="items/s with latency, guarded updates, against `batch_writer`",
        limit=15,
        figure=lambda found: found.delayed.ratio("our-updates", "batch-writer"),
    ),
    Goal(
        text="items/s with latency, guarded updates, against `put_item`",
        limit=100,
        figure=lambda found: found.delayed.ratio("our-updates", "put-item"),
    ),
    Goal(
        text="requests where 30 % of the writes come back unprocessed, against none",
        limit=1.6,
        at_most=True,
        figure=lambda found: max((pair.requests for pair in found.refused.values()), key=lambda one: one.median),
    ),
    Goal(
        text="memory for a table ten times as large",
        limit=1.1,
        at_most=True,
        figure=lambda found: found.grown.peak,
    ),
    Goal(
        text="requests of a deploy with nothing to do",
        limit=3,
        at_most=True,
        count=True,
        figure=lambda found: Spread.of([found.deploy.noop_requests]),
    ),
    Goal(
        text="cold start with 1,000 migrations, against 10",
        limit=1.1,
        at_most=True,
        figure=lambda found: Spread.of_ratios(
            *reversed([times for _, times in sorted(found.cold_start.source.items())])
        ),
    ),
    Goal(
        text="import of the handler and its client, against boto3 with Tracer",
        limit=0.5,
        at_most=True,
        figure=lambda found: Spread.of_ratios(found.cold_start.handler, found.cold_start.tracer),
    ),
)
