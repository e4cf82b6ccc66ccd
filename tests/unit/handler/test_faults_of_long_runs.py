"""A request that fails, or whose answer is lost, at each place of a run that goes on in the state machine."""

import pytest

from tests.unit.handler.front import FIRST, GOOD, SECOND
from tests.unit.handler.long_run_front import LONG, Fault, LongRunFront

# More than one invocation sends.
_MOST = 60
_SHARES = 4


def _end(long: LongRunFront, fault: Fault, statuses: list[str]) -> None:
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


@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize("share", range(_SHARES))
@pytest.mark.parametrize("lost", [False, True], ids=["denied", "its answer lost"])
def test_in_the_first_invocation_leaves_one_answer(long: LongRunFront, *, lost: bool, share: int) -> None:
    long.write(LONG, GOOD)
    for at in range(share, _MOST, _SHARES):
        long.start_over()
        fault = Fault(long.dynamodb, long.ssm, long.stepfunctions, at=at, lost=lost)
        long.begin()
        if not fault.hit:
            return
        fault.over = True
        _end(long, fault, long.play())


@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize("share", range(_SHARES))
@pytest.mark.parametrize("lost", [False, True], ids=["denied", "its answer lost"])
def test_in_a_slice_leaves_one_answer(long: LongRunFront, *, lost: bool, share: int) -> None:
    long.write(LONG, GOOD)
    for at in range(share, _MOST, _SHARES):
        long.start_over()
        long.begin()
        fault = Fault(long.dynamodb, long.ssm, at=at, lost=lost)
        statuses = long.play()
        fault.over = True
        if not fault.hit:
            return
        _end(long, fault, statuses)
