"""A walk along the requests of a detached migration's start and of its slices, with a fault at each."""

from collections.abc import Callable
from typing import Final

from tests.unit.handler.detached_front import PAGED, PAGES, DetachedFront, Pages
from tests.unit.handler.front import FIRST
from tests.unit.handler.long_run_front import Fault

_DAYS: Final = 4 * 86_400.0


# One for a walk that is no test.
front: Final = DetachedFront.outside_of_pytest


def in_its_start(detached: DetachedFront, at: int, *, lost: bool) -> str:
    """
    Have request number *at* of the deploy that starts it fail, or with *lost* its answer be lost; then all goes on.

    Returns the operation that was met, or nothing where fewer requests are sent.
    """
    _begin_anew(detached)
    with Fault(detached.dynamodb, detached.ssm, detached.stepfunctions, at=at, lost=lost) as fault:
        detached.begin()
    if fault.hit:
        assert len(detached.answers) == 1
        _check_end(detached)
    return fault.hit


def in_its_slices(detached: DetachedFront, at: int, *, lost: bool) -> str:
    """The same of the invocations by its state machine, of which one may have to be tried again."""
    _begin_anew(detached)
    detached.begin()
    [execution] = detached.own_executions
    with Fault(detached.dynamodb, detached.stepfunctions, at=at, lost=lost) as fault:
        detached.play_own(execution)
    if fault.hit:
        _check_end(detached)
    return fault.hit


PARTS: Final[dict[str, Callable[..., str]]] = {"start": in_its_start, "slices": in_its_slices}


def _begin_anew(detached: DetachedFront) -> None:
    detached.sources.clear()
    detached.add(f"{FIRST}_fill_in", PAGED)
    detached.forget_all()
    Pages.done.clear()


def _check_end(detached: DetachedFront) -> None:
    """
    However it was left, the next deploys get it done: every page, in order, and no more than the one at which the fault
    came is done again.
    """
    for _ in range(3):
        # Those of before too: what comes late finds nothing to go on with.
        for execution in detached.own_executions:
            detached.play_own(execution)
        record = detached.record
        if record is not None and not record.dirty:
            break
        if record is not None and record.left_dirty and not record.resumable:
            # It broke before it had saved a checkpoint, and a person has looked at what it left.
            detached.handle({"action": "repair", "migration": FIRST, "as": "pending", "confirm": True})
            Pages.done.clear()
        # What a dead process left counts for nothing by then.
        detached.clock.turn(_DAYS)
        detached.begin("Update")
    assert detached.state.done() == (FIRST,)
    assert detached.state.detached(FIRST).lock_status() is None
    assert Pages.done == sorted(Pages.done)
    assert set(Pages.done) == set(range(PAGES))
    assert len(Pages.done) <= PAGES + 1
