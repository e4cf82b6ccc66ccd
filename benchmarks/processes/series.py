"""One worker process, and more of them beside each other, under a ceiling that is high and one that is low."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dynamigrate_local_aws import LocalAws

from ..machine import Machine
from ..scale import Scale
from ..stub import Stub
from ..turns import Say
from .results import CEILINGS, THREADS, FleetResults
from .trial import Fleet, Outcome, Trial

if TYPE_CHECKING:
    from collections.abc import Iterator


def measure_fleets(scale: Scale, latency: Mapping[str, float], say: Say) -> FleetResults:
    """Measure them in rounds, in each of which every fleet has a turn."""
    machine = Machine.here()
    fleets = [
        Fleet(workers=workers, ceiling=ceiling, threads=THREADS) for ceiling in CEILINGS for workers in scale.workers
    ]
    found: dict[Fleet, list[Outcome]] = {fleet: [] for fleet in fleets}
    with LocalAws.start() as aws, Stub.start(latency=latency) as stub:
        for number, fleet in _turns(fleets, scale.fleet_rounds):
            trial = Trial(
                fleet,
                stub,
                aws,
                name=f"fleet-{number}",
                warm_up=scale.fleet_warm_up,
                seconds=scale.fleet_seconds,
            )
            outcome = trial.run()
            if outcome.written != outcome.kept:
                # An item was written by two, or is not counted.
                told = f"the stub has {outcome.written:,} writes, and the checkpoints {outcome.kept:,}"
                raise SystemExit(f"bench: {told}")
            found[fleet].append(outcome)
            say(f"  {fleet.workers} at {fleet.ceiling:,.0f} units a second: {outcome.rate:,.0f} items/s")
    return FleetResults(
        machine=machine,
        found=found,
        latency=latency,
        warm_up=scale.fleet_warm_up,
        seconds=scale.fleet_seconds,
    )


def _turns(fleets: Sequence[Fleet], rounds: int) -> Iterator[tuple[int, Fleet]]:
    """Numbered; every round begins with another one."""
    for number in range(rounds):
        first = number * len(fleets) // rounds
        for place, fleet in enumerate((*fleets[first:], *fleets[:first])):
            yield number * len(fleets) + place, fleet
