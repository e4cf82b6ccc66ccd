"""What it costs to be in an app, as if it had been measured."""

from benchmarks.machine import Machine
from benchmarks.presence.counts import Counts
from benchmarks.presence.series import Deploys, Presences, Synth
from benchmarks.presence.variants import ALL, DEPLOYED

MACHINE = Machine(
    day="2026-11-26", processor="A", cores=2, memory=4, system="Linux", python="CPython 3.13", packages={}, load=0.5
)


def counts_of(resources: int = 4, *, alarms: int = 0, dashboards: int = 0, zips: tuple[int, ...] = ()) -> Counts:
    return Counts(resources=resources, policies=1, functions=1, alarms=alarms, dashboards=dashboards, zips=zips)


def presences(**seconds: float) -> Presences:
    """Each takes four seconds to synthesize and forty to deploy, but for those that are said to take other ones."""
    synths = {one.name: [Synth(seconds=seconds.get(one.name, 4.0), cpu=2.0)] * 3 for one in ALL}
    deploys = {one.name: [Deploys(first=40.0, again=20.0)] * 3 for one in DEPLOYED}
    resources = {"alone": 4, "provider": 12, "provider-long": 24, "short": 15, "ours": 21, "watched": 37}
    counts = {name: counts_of(number) for name, number in resources.items()}
    return Presences(machine=MACHINE, synths=synths, deploys=deploys, counts=counts, cdk="2.275.0")
