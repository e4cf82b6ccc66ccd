"""A walk along the requests of a run that goes on in the state machine, with a fault at each."""

from collections.abc import Callable
from typing import Final

from tests.unit.handler.front import FIRST, GOOD, SECOND
from tests.unit.handler.long_run_front import LONG, Fault, LongRunFront

# One for a walk that is no test.
front: Final = LongRunFront.outside_of_pytest


def in_the_first_invocation(long: LongRunFront, at: int, *, lost: bool) -> str:
    """
    Have request number *at* of CloudFormation's invocation fail, or with *lost* its answer be lost; then all goes on.

    Returns the operation that was met, or nothing where fewer requests are sent.
    """
    _begin_anew(long)
    with Fault(long.dynamodb, long.ssm, long.stepfunctions, at=at, lost=lost) as fault:
        long.begin()
    if fault.hit:
        _check_end(long, fault, long.play())
    return fault.hit


def in_a_slice(long: LongRunFront, at: int, *, lost: bool) -> str:
    """The same of the invocations by the state machine, of which one may have to be tried again."""
    _begin_anew(long)
    long.begin()
    with Fault(long.dynamodb, long.ssm, at=at, lost=lost) as fault:
        statuses = long.play()
    if fault.hit:
        _check_end(long, fault, statuses)
    return fault.hit


PARTS: Final[dict[str, Callable[..., str]]] = {"first invocation": in_the_first_invocation, "slices": in_a_slice}


def _begin_anew(long: LongRunFront) -> None:
    long.write(LONG, GOOD)
    long.start_over()


def _check_end(long: LongRunFront, fault: Fault, statuses: list[str]) -> None:
    """However it ended: somebody answers, and nothing is left that nobody would take away."""
    lock = long.state.lock_status()
    if statuses[-1:] == ["gave up"]:
        # The responder's part begins, which finds the event, unless all was answered before.
        assert long.kept == [long.run_id] or long.answers
        return
    assert len(set(long.answers)) == 1, long.answers
    assert long.kept == []
    # One that could not be given back frees itself: nobody beats for it.
    assert lock is None or (fault.hit == "DeleteItem" and not lock.waiting)
    if long.answers[0] == "SUCCESS":
        assert long.state.done() == (FIRST, SECOND)
