"""The section about looks over a table: its table, in the text around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Final

from .. import order
from ..grid import grid
from ..marks import Marks
from ..spread import Spread
from ..worker import DISTURBED, Measurement
from .series import BACKFILL, LOOK, LookResults

MARKS: Final = Marks("look", "make bench ARGS=--verify")
_TEMPLATE: Final = Path(__file__).with_name("looks.md.template")


def markdown(results: LookResults) -> str:
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        tables(results),
        items=f"{results.items:,}",
        item_size=order.SIZE,
        rounds=results.rounds,
        day=results.machine.day,
        machine=results.machine,
        others=_others(results),
    )


def tables(results: LookResults) -> dict[str, str]:
    """By their names in the template."""
    names = (BACKFILL.name, LOOK.name)
    rows = [
        ("µs an item", *(_range(results.measured.cpu(name)) for name in names), str(_ratio(results, _cpu))),
        (
            "requests",
            *(f"{_spread(results, name, _requests).median:,.0f}" for name in names),
            str(_ratio(results, _requests)),
        ),
        (
            "largest resident set, MB",
            *(f"{_spread(results, name, _peak).median / 1e6:,.0f}" for name in names),
            str(_ratio(results, _peak)),
        ),
    ]
    return {"looks": grid((f"{results.items:,} items", "the backfill", "a look at all of them", "ratio"), rows)}


def _cpu(one: Measurement) -> float:
    return one.cpu


def _requests(one: Measurement) -> float:
    return one.requests


def _peak(one: Measurement) -> float:
    return one.peak


def _spread(results: LookResults, name: str, figure: Callable[[Measurement], float]) -> Spread:
    return Spread.of(figure(one) for one in results.measured.measured[name])


def _ratio(results: LookResults, figure: Callable[[Measurement], float]) -> Spread:
    """The look's in the backfill's, round by round."""
    looks, backfills = (results.measured.measured[name] for name in (LOOK.name, BACKFILL.name))
    return Spread.of_ratios(map(figure, looks), map(figure, backfills))


def _range(spread: Spread) -> str:
    return f"{spread.median:,.1f} ({spread.low:,.1f} to {spread.high:,.1f})"


def _others(results: LookResults) -> str:
    """What others did on the cores meanwhile."""
    found = Spread.of(one.others for rounds in results.measured.measured.values() for one in rounds)
    if found.high <= DISTURBED:
        return f"Others never used more than {DISTURBED:.0%} of a core."
    return f"**Disturbed:** others used {found.low:.0%} to {found.high:.0%} of a core meanwhile."
