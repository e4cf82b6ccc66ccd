"""What calls the processes of a run that goes on in a fleet, and calls again what fails or dies."""

from collections.abc import Callable, Iterator
from threading import Event
from typing import Any, Final

from dynamigrate import Backfill, DynamoDBTarget, MemorySource, Migration, Update, migrate
from dynamigrate.context import Environment
from dynamigrate.continuation import Continuation
from dynamigrate.dynamodb.retries import is_passing
from dynamigrate.errors import HandedOver, NothingToTakeUp
from dynamigrate.fleet import WorkerEnd
from dynamigrate.fleet_worker import FleetWorker
from dynamigrate.records import Run
from dynamigrate.runtime import Runtime
from dynamigrate.targets import HeldLock
from tests.acting import acting
from tests.unit.fakes import MORNING, FakeClock

from .trial import LEASE, SKEW, Tables

ID: Final = "20261126090000"
TABLES: Final = Tables("fleet", "fleet-lock", "fleet-items")
WORKERS: Final = 2
SEGMENTS: Final = 3
_LIMIT: Final = MORNING + 3000
_SECONDS: Final = 100.0
_MOST_CALLS: Final = 30
# How often the state machine calls where a call fails.
_TRIES: Final = 4
# And how long it waits where a call asks for it.
_WAIT: Final = 10.0


class FleetMachine:
    """
    Calls the coordinator and its workers, one after the other.

    Workers take turns, each call with time for one segment, so that their requests are the same ones each time.

    Attributes:
        applied: What the run applied; None: this machine did not see its end.
        scanned: How many items the backfill had counted in the end.
        errors: What processes failed of.
        ends: Why workers ended.
        at: What is called: the first function, a slice, the fleet, a worker by its number, the slice after the fleet.
        before_call: Called before each; ``after_call`` after it.
    """

    def __init__(self, client: Any, items: Any, clock: FakeClock, run_id: str) -> None:
        self.applied: tuple[str, ...] | None = None
        self.scanned: int | None = None
        self.errors: list[BaseException] = []
        self.ends: list[WorkerEnd] = []
        self.at = "first"
        self.before_call: Callable[[], None] = lambda: None
        self.after_call: Callable[[], None] = lambda: None
        self.clock = clock
        self._client = client
        self._items = items
        self._run = Run(id=run_id)
        self._stopwatch = _Stopwatch(0)

    @property
    def target(self) -> DynamoDBTarget:
        """As a process of its own has it."""
        return DynamoDBTarget(
            self._client,
            table_name=TABLES.state,
            lock_table_name=TABLES.lock,
            lease=LEASE,
            skew=SKEW,
            clock=self.clock,
            remaining=lambda: _SECONDS,
            run_id=self._run.id,
        )

    def work(self, at: str = "first") -> None:
        """From there on to the end of the run."""
        states: dict[str, Callable[[], str]] = {
            "first": lambda: self.process(takes_up=False),
            "slice": self._slice,
            "fleet": self._fleet,
            "after": lambda: self.process(takes_up=True),
        }
        for _ in range(_MOST_CALLS):
            call = states[at]
            found = self._called(at, call)
            # The first function has answered by itself, if it could.
            at = found or ("slice" if at == "first" else at)
            if at == "over":
                return
        raise AssertionError(f"the run has not come to its end after {_MOST_CALLS} calls: {self.errors}")

    def worker(self, number: int, *, items: int = 1) -> str:
        """One call of a worker, with time for so many items and the rest of their segment; returns why it ended."""
        target = self.target
        if (member := target.join(self._run.id, number)) is None:
            return WorkerEnd.OVER
        before, self._stopwatch = self._stopwatch, _Stopwatch(items)
        runtime = Runtime(run=self._run, clock=self.clock, remaining=self._stopwatch.remaining, reserve=1.0)
        environment = Environment(connect=lambda: self._items, runtime=runtime)
        try:
            worker = FleetWorker(
                self._source(), target, member, environment, run_id=self._run.id, is_passing=is_passing
            )
            self.ends.append(end := worker.work())
            return end
        finally:
            self._stopwatch = before

    def process(self, *, takes_up: bool) -> str:
        """One process that has the run to itself; returns what is called next."""
        runtime = Runtime(
            run=self._run,
            clock=self.clock,
            remaining=lambda: _SECONDS,
            reserve=1.0,
            limit=_LIMIT,
            takes_up=takes_up,
            continue_elsewhere=_hand_over,
            fleets=True,
        )
        try:
            outcome = migrate(
                self._source(), self.target, dynamodb=self._items, runtime=runtime, logger=_Listener(self)
            )
        except HandedOver:
            return "slice"
        except NothingToTakeUp as nothing:
            if not nothing.busy:
                return "over"
            self.clock.turn(_WAIT)
            return "slice"
        self.applied = outcome.applied
        return "over"

    def _called(self, at: str, call: Callable[[], str]) -> str | None:
        """What *call* returned; None: it failed."""
        self.at = at
        self.before_call()
        try:
            return call()
        except AssertionError:
            raise
        except BaseException as error:
            self.errors.append(error)
            return None
        finally:
            self.after_call()

    def _slice(self) -> str:
        status = self.target.lock_status()
        if status is None or status.run_id != self._run.id or status.continuation is None:
            return "over"
        if status.waiting and status.continuation.fleet is not None:
            return "fleet"
        return self.process(takes_up=True)

    def _fleet(self) -> str:
        children = {number: self._child(number) for number in reversed(range(WORKERS))}
        for _ in range(_MOST_CALLS):
            for number, child in list(children.items()):
                if next(child, None) is None:
                    del children[number]
            if not children:
                return "after"
        raise AssertionError(f"the fleet has not come to its end after {_MOST_CALLS} rounds: {self.errors}")

    def _child(self, number: int) -> Iterator[bool]:
        """One child of the map, call after call; it ends with its worker, or when that has failed too often in a row."""
        failures = 0
        while failures < _TRIES:
            end = self._called(str(number), lambda: self.worker(number))
            if end == WorkerEnd.OVER:
                return
            if end == WorkerEnd.PARKED:
                self.clock.turn(_WAIT)
            failures = 0 if end else failures + 1
            yield True

    def _source(self) -> MemorySource:
        def transform(item: Any, _ctx: Any) -> Update:
            self._stopwatch.item()
            return Update(set={"times": item.get("times", 0) + 1})

        source = MemorySource()
        backfill = Backfill(
            table=TABLES.application,
            transform=acting(transform),
            workers=WORKERS,
            segments=SEGMENTS,
            threads=1,
            max_read_units=1e6,
            max_write_units=1e6,
            once=True,
        )
        source.add(Migration(ID, "count", do=backfill))
        return source


class _Stopwatch:
    """The time of one process: it is up once so many items were seen, which is noticed before the next one is."""

    def __init__(self, items: int) -> None:
        self._left = items
        self._noticed = Event()

    def remaining(self) -> float:
        if self._left > 0:
            return _SECONDS
        self._noticed.set()
        return 0.0

    def item(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._noticed.wait(5)


class _Listener:
    """A logger that has the machine know what the backfill had counted at its end."""

    def __init__(self, machine: FleetMachine) -> None:
        self._machine = machine

    def log(self, _level: int, _sentence: str, *, extra: dict[str, Any], **_: Any) -> None:
        if extra["event"] == "backfill.finished":
            self._machine.scanned = extra["scanned"]


def _hand_over(lock: HeldLock, continuation: Continuation) -> str:
    lock.hand_over(continuation, until=_LIMIT)
    return "a fleet"
