"""The section about fleets: its tables and its chart, in the text around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import mean
from string import Template
from typing import Final

from .. import costs
from ..chart import Bar, Panel, chart
from ..costs import Cost
from ..grid import grid, times
from ..marks import Marks
from ..spread import Spread
from ..worker import DISTURBED
from .results import CEILINGS, FleetResults
from .trial import Fleet

_TEMPLATE: Final = Path(__file__).with_name("fleet.md.template")
MARKS: Final = Marks("fleet", "make bench ARGS=--fleet")
_CHART_DESCRIPTION: Final = (
    "Items a second of one worker and of more of them: under a high ceiling more are faster until it is reached, under a low "
    "one they share it"
)
_SEGMENTS: Final = 4_000
_SIZES: Final = (8, 64)
_READS: Final = ("GetItem", "BatchGetItem")


def markdown(results: FleetResults) -> str:
    largest = max(results.found, key=lambda fleet: fleet.workers)
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        tables(results),
        **_checked(results, largest),
        chart_description=_CHART_DESCRIPTION,
        threads="one thread" if largest.threads == 1 else f"{largest.threads} threads",
        day=results.machine.day,
        machine=results.machine,
        rounds=results.rounds,
        seconds=f"{results.seconds:.0f}",
        warm_up=f"{results.warm_up:.0f}",
        others=_others(results),
        minutes=costs.RUN_SECONDS // 60,
        call=costs.CALL_SECONDS // 60,
        memory=f"{costs.MEMORY:.0f} GB",
        most_events=f"{costs.MOST_EVENTS:,}",
        call_events=costs.CALL_EVENTS,
        days=costs.most_calls() * costs.CALL_SECONDS // 86_400,
        at_work=costs.THREADS,
        save_seconds=f"{costs.SAVE_SECONDS:.0f}",
        few=f"{costs.SAVE_SECONDS * costs.SAVES_A_SECOND:.0f}",
        look_seconds=f"{costs.LOOK_SECONDS:.0f}",
    )


def tables(results: FleetResults) -> dict[str, str]:
    """By their names in the template."""
    return {"fleets": _fleets(results), "costs": _costs()}


def svg(results: FleetResults) -> str:
    panels = [
        Panel(
            title=f"Items a second, at most {ceiling:,}",
            note="(in grey: of the ceiling)",
            bars=[
                Bar(
                    label=_name(fleet),
                    value=results.rate(fleet).median,
                    text=f"{results.rate(fleet).median:,.0f}",
                    note=f"{results.rate(fleet).median / ceiling:.0%}",
                    ours=fleet.workers > 1,
                )
                for fleet in results.of(ceiling)
            ],
        )
        for ceiling in CEILINGS
    ]
    return chart(panels, description=_CHART_DESCRIPTION)


def _name(fleet: Fleet) -> str:
    return "one worker, alone" if fleet.workers == 1 else f"{fleet.workers} workers"


def _fleets(results: FleetResults) -> str:
    rows = [_row(results, fleet) for ceiling in CEILINGS for fleet in results.of(ceiling)]
    headers = ("ceiling", "workers", "items/s", "against one", "of the ceiling", "busiest second", "of a worker")
    return grid((*headers, "of their core", "of the stub's"), rows, left=0)


def _row(results: FleetResults, fleet: Fleet) -> tuple[str, ...]:
    rate, shares, found = results.rate(fleet), results.shares(fleet), results.found[fleet]
    return (
        f"{fleet.ceiling:,.0f}",
        "alone" if fleet.workers == 1 else str(fleet.workers),
        f"{rate.median:,.0f} ({rate.low:,.0f} to {rate.high:,.0f})",
        times(results.ratio(fleet).median),
        f"{rate.median / fleet.ceiling:.0%}",
        f"{results.highest(fleet):.0%}",
        "" if shares is None else f"{shares[0]:.0%} to {shares[1]:.0%}",
        f"{max(one.workers for one in found):.0%}",
        f"{max(one.stub for one in found):.0%}",
    )


def _others(results: FleetResults) -> str:
    """What others did on the workers' core meanwhile."""
    found = Spread.of(one.others for rounds in results.found.values() for one in rounds)
    if found.high <= DISTURBED:
        return f"Others never used more than {DISTURBED:.0%} of the workers' core."
    return (
        f"**Disturbed:** others used {found.low:.0%} to {found.high:.0%} of the workers' core meanwhile, so that workers waited "
        "for it too; where no ceiling holds them back they would have been faster without."
    )


def _checked(results: FleetResults, largest: Fleet) -> dict[str, str | int]:
    """What was measured of the largest fleet, beside what the costs go by."""
    found = [one for fleet in results.found if fleet.workers == largest.workers for one in results.found[fleet]]
    reads = [sum(rate for name, rate in one.state.items() if name in _READS) for one in found]
    writes = [sum(one.state.values()) - read for one, read in zip(found, reads, strict=True)]
    return {
        "workers": largest.workers,
        "reads": f"{mean(reads):.2f}",
        "writes": f"{mean(writes):.2f}",
        "computed_reads": f"{1 / costs.LOOK_SECONDS:.2f}",
        "computed_writes": f"{1 / costs.SAVE_SECONDS:.2f}",
        "lock": f"{max(one.lock_bytes for one in found):,}",
        "computed_lock": f"{costs.FLEET_LOCK + largest.workers * costs.WORD:,}",
        "segment": f"{max(one.segment_bytes for one in found):,}",
        "computed_segment": f"{costs.SEGMENT:,}",
    }


def _costs() -> str:
    alone = costs.run_alone(segments=_SEGMENTS)
    fleets = {size: costs.run_in_fleet(size, segments=_SEGMENTS) for size in _SIZES}
    rows = [(text, *(read(one) for one in (alone, *fleets.values()))) for text, read in _ROWS.items()]
    return grid((f"{_SEGMENTS:,} segments", "one function", *(f"{size} workers" for size in fleets)), rows)


def _events(cost: Cost) -> str:
    return f"{cost.events} and {cost.worker_events} a worker" if cost.worker_events else str(cost.events)


_ROWS: Final[Mapping[str, Callable[[Cost], str]]] = {
    "events of its executions": _events,
    "state transitions": lambda cost: f"{cost.transitions:,}",
    "calls of functions": lambda cost: f"{cost.calls:,}",
    "GB-seconds of functions": lambda cost: f"{cost.seconds * costs.MEMORY:,.0f}",
    "write units of lock and segments": lambda cost: f"{cost.write_units:,.0f}",
    "read units": lambda cost: f"{cost.read_units:,.0f}",
    "dollars for Step Functions": lambda cost: f"{cost.machine:,.4f}",
    "for Lambda": lambda cost: f"{cost.functions:,.3f}",
    "for DynamoDB": lambda cost: f"{cost.state:,.3f}",
    "together": lambda cost: f"{cost.dollars:,.2f}",
}
