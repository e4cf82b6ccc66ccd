"""One run in one process after the other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dynamigrate import MemoryTarget, Outcome
from dynamigrate.continuation import Continuation
from dynamigrate.errors import HandedOver
from dynamigrate.records import Run
from dynamigrate.targets import HeldLock
from tests.unit.fakes import MORNING, FakeClock, migrate_in

RUN = Run(id="run-1", actor="deploy of shop", deploy_id="d-1", app_version="1.2.3")
IDS = ("1", "2", "3", "4", "5")
SECONDS = 10.0
RESERVE = 5.0
LIMIT = MORNING + 3600


@dataclass
class Processes:
    """
    One run in processes of ten seconds each, which end with five to spare; between two of them a minute passes.

    Attributes:
        handed: What each of them handed over.
        before_handing: Called before the lock is given away.
        settings: Of `migrate` and its `Runtime`.
    """

    target: MemoryTarget
    clock: FakeClock
    source: Any
    handed: list[Continuation] = field(default_factory=list)
    before_handing: Callable[[], None] = lambda: None
    seconds: float = SECONDS
    settings: dict[str, Any] = field(default_factory=dict)

    def first(self, **settings: Any) -> Outcome:
        """The one in which the run begins."""
        end = self.clock.monotonic() + self.seconds
        given = {
            "clock": self.clock,
            "run": RUN,
            "remaining": lambda: end - self.clock.monotonic(),
            "reserve": RESERVE,
            "continue_elsewhere": self.continue_elsewhere,
            "limit": LIMIT,
        }
        return migrate_in(self.source, self.target, **{**given, **self.settings, **settings})

    def next(self, **settings: Any) -> Outcome:
        """One that goes on with it."""
        self.clock.turn(60)
        return self.first(takes_up=True, **settings)

    def all(self) -> Outcome:
        """As many as it takes."""
        process: Callable[[], Outcome] = self.first
        while True:
            try:
                return process()
            except HandedOver:
                process = self.next

    def continue_elsewhere(self, lock: HeldLock, continuation: Continuation) -> str:
        self.before_handing()
        self.handed.append(continuation)
        lock.hand_over(continuation, until=continuation.ends + 120)
        return "the next process"


def handed_over(target: MemoryTarget, **about: Any) -> None:
    """A run waits that did *about* before."""
    with target.lock() as lock:
        lock.hand_over(Continuation(**{"run": RUN, "began": MORNING, "ends": LIMIT, **about}), until=LIMIT + 120)


def recorded(target: MemoryTarget) -> list[tuple[str, tuple[str, ...], str]]:
    """Of each run in the history: how it ended, what it applied, and why."""
    return [(record.result, record.applied, record.note) for record in target.runs()]
