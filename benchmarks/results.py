"""What one run of the benchmarks found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .contenders import named
from .machine import Machine
from .worker import Measurement


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """
    Contenders in one run, by name.

    Attributes:
        latency: Seconds that the stub held back its answer to each operation; empty: none.
    """

    measured: dict[str, Measurement]
    latency: Mapping[str, float] = field(default_factory=dict)

    def ratio(self, name: str, base: str) -> float:
        """How many times as fast as *base*."""
        return self.rate(name) / self.rate(base)

    def rate(self, name: str) -> float:
        """
        Items a second: of a whole core, or by the clock where there is latency.

        Whoever waits for each request is delayed at each by whatever else the machine does. Its rate is what it would
        be without, the sum of its processor's time and its waits, so that a busy machine does not flatter the others.
        """
        one = self.measured[name]
        if not self.latency:
            return 1e6 / one.cpu
        if not named(name).waits:
            return one.rate
        waits = sum(count * self.latency[operation] for operation, count in one.operations.items())
        return one.items / (one.items * one.cpu / 1e6 + waits)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Our own engine twice, *after* something was made harder."""

    before: Measurement
    after: Measurement

    @property
    def requests(self) -> float:
        """How many times the requests."""
        return self.after.requests / self.before.requests

    @property
    def peak(self) -> float:
        """How many times the memory."""
        return self.after.peak / self.before.peak


@dataclass(frozen=True, kw_only=True)
class Deploy:
    """
    Milliseconds of the processor's time, and requests, of a deploy with nothing to do.

    Attributes:
        long: How many migrations are applied in the long history.
        long_plan_cpu: Of planning alone, with that history.
    """

    applied: int
    noop_cpu: float
    noop_requests: float
    long: int
    long_noop_cpu: float
    long_noop_requests: float
    long_plan_cpu: float


@dataclass(frozen=True, kw_only=True)
class ColdStart:
    """
    Milliseconds of the processor's time in a fresh process.

    Attributes:
        tracer: Importing boto3 and Tracer, and a client: what others begin with.
        handler: Importing the handler, and the client of its own requests.
        migration: The same, and boto3's client, which a migration gets when it asks for it.
        source: The same, and loading the source, by the number of migrations in it.
        plan: The whole first invocation, the history in DynamoDB as long as the source, by the same number.
    """

    tracer: float
    handler: float
    migration: float
    source: dict[int, float]
    plan: dict[int, float]


@dataclass(frozen=True, kw_only=True)
class AssetSize:
    """Bytes of the asset with *migrations* migrations, and of the same zipped."""

    migrations: int
    size: int
    zipped: int


@dataclass(frozen=True, kw_only=True)
class Results:
    """
    Attributes:
        at_once: Against a stub that answers at once.
        delayed: Against one with latency.
        refused: 30 % of the writes are sent back unprocessed, by contender.
        grown: The table is ten times as large.
    """

    machine: Machine
    at_once: Comparison
    delayed: Comparison
    refused: dict[str, Pair]
    grown: Pair
    deploy: Deploy
    cold_start: ColdStart
    asset: AssetSize
