"""A request that fails, or whose answer is lost, at each place of a detached migration's start and of its slices."""

import pytest

from tests.unit.handler.detached_front import PAGED, PAGES, DetachedFront, Pages
from tests.unit.handler.front import FIRST
from tests.unit.handler.long_run_front import Fault

# More than one invocation sends.
_MOST = 60
_SHARES = 4
_DAYS = 4 * 86_400.0


@pytest.fixture
def alone(detached: DetachedFront) -> DetachedFront:
    """There is nothing but the one migration."""
    detached.sources.clear()
    detached.add(f"{FIRST}_fill_in", PAGED)
    return detached


def _begin(front: DetachedFront) -> None:
    front.forget_all()
    Pages.done.clear()


def _end(front: DetachedFront) -> None:
    """
    However it was left, the next deploys get it done: every page, in order, and no more than the one at which the fault
    came is done again.
    """
    for _ in range(3):
        # Those of before too: what comes late finds nothing to go on with.
        for execution in front.own_executions:
            front.play_own(execution)
        record = front.record
        if record is not None and not record.dirty:
            break
        if record is not None and record.left_dirty and not record.resumable:
            # It broke before it had saved a checkpoint, and a person has looked at what it left.
            front.handle({"action": "repair", "migration": FIRST, "as": "pending", "confirm": True})
            Pages.done.clear()
        # What a dead process left counts for nothing by then.
        front.clock.turn(_DAYS)
        front.begin("Update")
    assert front.state.done() == (FIRST,)
    assert front.state.detached(FIRST).lock_status() is None
    assert Pages.done == sorted(Pages.done)
    assert set(Pages.done) == set(range(PAGES))
    assert len(Pages.done) <= PAGES + 1


@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize("share", range(_SHARES))
@pytest.mark.parametrize("lost", [False, True], ids=["denied", "its answer lost"])
def test_in_the_deploy_that_starts_it_neither_loses_it_nor_runs_it_twice(
    alone: DetachedFront, *, lost: bool, share: int
) -> None:
    for at in range(share, _MOST, _SHARES):
        _begin(alone)
        fault = Fault(alone.dynamodb, alone.ssm, alone.stepfunctions, at=at, lost=lost)
        alone.begin()
        fault.over = True
        if not fault.hit:
            return
        assert len(alone.answers) == 1
        _end(alone)


@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize("share", range(_SHARES))
@pytest.mark.parametrize("lost", [False, True], ids=["denied", "its answer lost"])
def test_in_a_slice_neither_loses_it_nor_runs_it_twice(alone: DetachedFront, *, lost: bool, share: int) -> None:
    for at in range(share, _MOST, _SHARES):
        _begin(alone)
        alone.begin()
        [execution] = alone.own_executions
        fault = Fault(alone.dynamodb, alone.stepfunctions, at=at, lost=lost)
        alone.play_own(execution)
        fault.over = True
        if not fault.hit:
            return
        _end(alone)
