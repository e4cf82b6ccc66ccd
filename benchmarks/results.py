"""What one run of the benchmarks found."""

from __future__ import annotations

from dataclasses import dataclass

from .machine import Machine
from .worker import Measurement


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """
    Contenders in one run, by name.

    Attributes:
        latency: Whether the stub held its answers back.
    """

    measured: dict[str, Measurement]
    latency: bool = False

    def ratio(self, name: str, base: str) -> float:
        """How many times as fast as *base*: by the processor's time an item, or by the clock where there is latency."""
        one, other = self.measured[name], self.measured[base]
        return one.rate / other.rate if self.latency else other.cpu / one.cpu

    def rate(self, name: str) -> float:
        """Items a second: of a whole core, or by the clock where there is latency."""
        one = self.measured[name]
        return one.rate if self.latency else 1e6 / one.cpu


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
        handler: Importing the handler, and its client.
        source: The same, and loading the source, by the number of migrations in it.
        plan: The whole first invocation, the history in DynamoDB as long as the source, by the same number.
    """

    tracer: float
    handler: float
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
