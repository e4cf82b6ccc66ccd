"""A run that one process hands over, and another takes up."""

from contextlib import ExitStack

from dynamigrate import DynamoDBTarget, MemorySource, Outcome, migrate
from dynamigrate.continuation import Continuation
from dynamigrate.records import Run
from dynamigrate.runtime import Runtime
from tests.unit.fakes import MORNING, FakeClock

UNTIL = MORNING + 3000
CONTINUATION = Continuation(run=Run(id="run-1"), began=MORNING, ends=UNTIL)


def go_on(source: MemorySource, target: DynamoDBTarget, clock: FakeClock) -> Outcome:
    return migrate(source, target, runtime=Runtime(clock=clock, run=CONTINUATION.run, takes_up=True))


def hand_over(target: DynamoDBTarget) -> None:
    with target.lock() as lease:
        lease.hand_over(CONTINUATION, until=UNTIL)


def stay_with(stack: ExitStack, target: DynamoDBTarget) -> None:
    """Take the run up until *stack* ends."""
    stack.enter_context(target.take_up("run-1"))
