"""What a run of the benchmarks may have found of fleets."""

from benchmarks.machine import Machine
from benchmarks.processes.results import CEILINGS, FleetResults
from benchmarks.processes.trial import Fleet, Outcome

MACHINE = Machine(
    day="2026-11-23", processor="P", cores=2, memory=8, system="S", python="C", packages={"a": "1"}, load=0.1
)


def outcome(rate: float, *, shares: tuple[float, ...] = (), highest: float = 0.0) -> Outcome:
    return Outcome(
        rate=rate,
        highest=highest or rate,
        shares=shares,
        workers=0.2,
        stub=0.1,
        others=0.03,
        state={"GetItem": 0.4, "BatchGetItem": 0.1, "TransactWriteItems": 0.2},
        lock_bytes=1_100,
        segment_bytes=400,
        written=10,
        kept=10,
    )


def fleet_results() -> FleetResults:
    """One worker writes 1,000 items a second, and eight of them eight times as many, as far as the ceiling lets them."""
    return FleetResults(
        machine=MACHINE,
        found={
            Fleet(workers=workers, ceiling=ceiling, threads=1): [
                outcome(min(ceiling, 1_000.0 * workers), shares=(90, 110) if workers > 1 else ())
            ]
            * 3
            for ceiling in CEILINGS
            for workers in (1, 8)
        },
        latency={"Scan": 0.06},
        warm_up=25,
        seconds=10,
    )
