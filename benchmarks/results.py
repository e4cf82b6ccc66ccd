"""What one run of the benchmarks found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .contenders import named
from .machine import Machine
from .spread import Spread
from .worker import Measurement


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """
    Contenders in one run, by name, each with a measurement a round.

    Attributes:
        latency: Seconds that the stub held back its answer to each operation; empty: none.
    """

    measured: Mapping[str, Sequence[Measurement]]
    latency: Mapping[str, float] = field(default_factory=dict)

    def ratio(self, name: str, base: str) -> Spread | None:
        """How many times as fast as *base*, of the same round each; None where one of the two was not measured."""
        if not (self.measured.get(name) and self.measured.get(base)):
            return None
        return Spread.of_ratios(self._rates(name), self._rates(base))

    def rate(self, name: str) -> Spread:
        """
        Items a second: of a whole core, or by the clock where there is latency.

        Whoever waits for each request is delayed at each by whatever else the machine does. Its rate is what it would
        be without, the sum of its processor's time and its waits, so that a busy machine does not flatter the others.
        """
        return Spread.of(self._rates(name))

    def cpu(self, name: str) -> Spread:
        """Microseconds an item."""
        return Spread.of(one.cpu for one in self.measured[name])

    def peak(self, name: str) -> float:
        """Bytes, in the middle one of the rounds."""
        return Spread.of(one.peak for one in self.measured[name]).median

    def stub(self, name: str) -> float:
        """How busy the stub was, in the middle one of the rounds, as a share of the time."""
        return Spread.of(one.stub for one in self.measured[name]).median

    def _rates(self, name: str) -> list[float]:
        return [self._rate(name, one) for one in self.measured[name]]

    def _rate(self, name: str, one: Measurement) -> float:
        if not self.latency:
            return 1e6 / one.cpu
        if not named(name).waits:
            return one.rate
        waits = sum(count * self.latency[operation] for operation, count in one.operations.items())
        return one.items / (one.items * one.cpu / 1e6 + waits)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Our own engine twice a round, *after* something was made harder."""

    before: Sequence[Measurement]
    after: Sequence[Measurement]

    @property
    def requests(self) -> Spread:
        """How many times the requests."""
        return Spread.of_ratios((one.requests for one in self.after), (one.requests for one in self.before))

    @property
    def peak(self) -> Spread:
        """How many times the memory."""
        return Spread.of_ratios((one.peak for one in self.after), (one.peak for one in self.before))


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
    Milliseconds of the processor's time in a fresh process, in each of several rounds.

    Attributes:
        tracer: Importing boto3 and Tracer, and a client: what others begin with.
        handler: Importing the handler, and the client of its own requests.
        migration: The same, and boto3's client, which a migration gets when it asks for it.
        source: The same, and loading the source, by the number of migrations in it.
        plan: The whole first invocation, the history in DynamoDB as long as the source, by the same number.
    """

    tracer: Sequence[float]
    handler: Sequence[float]
    migration: Sequence[float]
    source: Mapping[int, Sequence[float]]
    plan: Mapping[int, Sequence[float]]


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
        larger: The same with larger items, by the name of their kind.
        delayed: Against one with latency.
        refused: 30 % of the writes are sent back unprocessed, by contender.
        grown: The table is ten times as large.
    """

    machine: Machine
    at_once: Comparison
    larger: Mapping[str, Comparison]
    delayed: Comparison
    refused: Mapping[str, Pair]
    grown: Pair
    deploy: Deploy
    cold_start: ColdStart
    asset: AssetSize

    def measurements(self) -> Iterator[Measurement]:
        """Of all contenders, in all rounds."""
        for comparison in (self.at_once, *self.larger.values(), self.delayed):
            for rounds in comparison.measured.values():
                yield from rounds
        for pair in (*self.refused.values(), self.grown):
            yield from (*pair.before, *pair.after)
