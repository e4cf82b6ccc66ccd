"""Which dirty migrations are at work in a run of their own, told by two reads that are not one."""

from collections.abc import Callable

import pytest

from dynamigrate.records import Record
from dynamigrate.targets.lock_status import LockStatus
from dynamigrate.targets.running import with_running
from tests.unit.fakes import MORNING, FakeClock

DIRTY = Record(id="1", dirty=True, detached="own-1")
APPLIED = Record(id="1", dirty=False)
AGAIN = Record(id="1", dirty=True, detached="own-2")


def lock(run_id: str = "own-1", *, ends: float = 60, waiting: bool = True) -> LockStatus:
    return LockStatus(
        lock_id="own",
        owner="token",
        lease_ms=20_000,
        deadline_ms=round((MORNING + ends) * 1000),
        run_id=run_id,
        waiting=waiting,
    )


def found(reads: list[Record], locks: list[LockStatus | None]) -> list[tuple[str | None, bool, bool]]:
    """Run, mark and what is told of each, where these are read one after the other."""
    read: Callable[[], tuple[Record, ...]] = lambda: (reads.pop(0) if len(reads) > 1 else reads[0],)  # noqa: E731
    records = with_running(read, lambda _id: locks.pop(0), FakeClock())
    return [(record.detached, record.dirty, record.running) for record in records]


@pytest.mark.parametrize(
    ("status", "running"),
    [
        (lock(), True),
        (lock(ends=-1), False),
        (lock(ends=-599, waiting=False), True),
        (lock(ends=-601, waiting=False), False),
        (lock("another"), False),
        (None, False),
    ],
    ids=["it waits", "nobody took it up", "a slice died just now", "no slice came", "of another run", "it is free"],
)
def test_the_lock_tells_it(status: LockStatus | None, running: bool) -> None:
    """With the time that a machine takes for the next slice."""
    assert found([DIRTY], [status]) == [("own-1", True, running)]


def test_one_that_finished_in_between_is_applied() -> None:
    """It frees its lock after it has recorded that: what was read before is old."""
    assert found([DIRTY, APPLIED], [None]) == [(None, False, False)]


def test_one_that_was_started_again_in_between_is_running() -> None:
    assert found([DIRTY, AGAIN], [None, lock("own-2")]) == [("own-2", True, True)]


def test_one_that_was_running_and_is_not_dirty_any_more_is_applied() -> None:
    """Another one's lock was asked about in between."""
    other = Record(id="2", dirty=True, detached="other")
    reads = [(DIRTY, other), (APPLIED, other)]
    locks = {"1": lock(), "2": None}
    records = with_running(lambda: reads.pop(0) if len(reads) > 1 else reads[0], lambda one: locks[one], FakeClock())
    assert [(record.dirty, record.running) for record in records] == [(False, False), (True, False)]


def test_what_has_no_run_of_its_own_costs_no_look() -> None:
    """As most histories have."""
    assert found([Record(id="1", dirty=True)], []) == [(None, True, False)]
