"""The scenarios of the report, each for fleets of all sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from .scenario import Live, Scenario

SIZES: Final = (1, 2, 4, 8, 32, 128, 256)

_STEADY: Final = "steady"


def _steady(workers: int) -> Scenario:
    return Scenario(
        name=_STEADY,
        workers=workers,
        ceiling=4_000,
        table=8_000,
        partitions=16,
        items=600_000,
        segments=max(64, 4 * workers),
    )


def _half(workers: int) -> Scenario:
    return replace(_steady(workers), name="table", table=2_000, items=300_000)


def _partitions(workers: int) -> Scenario:
    return replace(_steady(workers), name="partitions", ceiling=8_000, table=40_000, partitions=4)


def _live(workers: int) -> Scenario:
    return replace(_steady(workers), name="live", live=(Live(units=6_000, begin=60, end=120),))


def _deaths(workers: int) -> Scenario:
    return replace(_steady(workers), name="deaths", deaths=3, death_every=40)


def _small(workers: int) -> Scenario:
    return replace(_steady(workers), name="small", ceiling=500, items=75_000)


def _skew(workers: int) -> Scenario:
    return replace(_steady(workers), name="skew", ceiling=6_000, table=16_000, skew=4, segments=max(512, 4 * workers))


def _slow(workers: int) -> Scenario:
    return replace(_steady(workers), name="slow", slow=workers // 2, segments=max(512, 4 * workers))


SCENARIOS: Final[Mapping[str, Callable[[int], Scenario]]] = {
    "steady": _steady,
    "small": _small,
    "table": _half,
    "partitions": _partitions,
    "live": _live,
    "deaths": _deaths,
    "skew": _skew,
    "slow": _slow,
}
