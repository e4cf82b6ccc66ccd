"""How a worker of a fleet takes segments: seldom asking, and never for more than its threads want."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dynamigrate.backfill.fleet.claims import Claims
from dynamigrate.fleet import Fleet, Part


class Shelf:
    """The parts of a fleet, as one of its members has them."""

    def __init__(self, parts: int, *, workers: int = 2) -> None:
        self.fleet = Fleet(migration="1", workers=workers, parts=parts, began=0)
        self.number = 0
        self.claimed: list[set[int]] = []
        self.before_looking: Callable[[], object] = lambda: None
        self.error: Exception | None = None
        self.busy: set[int] = set()

    def parts(self, numbers: Sequence[int]) -> dict[int, Part]:
        self.before_looking()
        return {number: Part(owner="another" if number in self.busy else None) for number in numbers}

    def is_free(self, part: Part) -> bool:
        return part.owner is None

    def claim(self, parts: Mapping[int, Part]) -> set[int]:
        self.claimed.append(set(parts))
        if self.error is not None:
            raise self.error
        return set(parts)


def _claims(shelf: Any) -> Claims:
    return Claims(shelf, "token")


def _take_together(claims: Claims, shelf: Shelf, threads: int) -> list[Any]:
    """What so many threads take that ask at one time; the first one looks once all others wait."""
    waiting = threading.Barrier(threads, timeout=20)
    first = threading.Event()

    def before_looking() -> None:
        if not first.is_set():
            first.set()
            everybody.wait(20)

    everybody = threading.Event()
    shelf.before_looking = before_looking

    def take() -> Any:
        waiting.wait()
        try:
            return claims.take()
        except OSError as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        taken = [pool.submit(take) for _ in range(threads)]
        first.wait(20)
        while claims.wanted < threads:
            everybody.wait(0.001)
        everybody.set()
        return [one.result() for one in taken]


def test_threads_that_ask_at_one_time_are_asked_for_at_one_time() -> None:
    """Each claim is a transaction with the lock's item, and those of 64 workers stand in each other's way."""
    shelf = Shelf(40)
    taken = _take_together(_claims(shelf), shelf, 8)
    assert len({segment.number for segment in taken}) == 8
    [once] = shelf.claimed
    assert once == {segment.number for segment in taken}


def test_one_that_asks_alone_takes_one() -> None:
    shelf = Shelf(40)
    claims = _claims(shelf)
    assert claims.take() is not None
    assert [len(one) for one in shelf.claimed] == [1]
    assert len(claims.taken) == 1


def test_what_keeps_one_thread_from_it_is_not_waited_for_by_each() -> None:
    """Trying takes twenty seconds, where the table can't be reached: one after the other would outlast the function."""
    shelf = Shelf(40)
    shelf.error = OSError("no route")
    assert _take_together(_claims(shelf), shelf, 8) == [shelf.error] * 8
    assert len(shelf.claimed) == 1


def test_all_parts_are_taken_once_and_those_of_others_looked_at_twice() -> None:
    shelf = Shelf(250)
    shelf.busy = {3, 100, 249}
    claims = _claims(shelf)
    numbers = []
    while (segment := claims.take()) is not None:
        numbers.append(segment.number)
        if len(numbers) == 100:
            shelf.busy = {3}
    assert sorted(numbers) == [number for number in range(250) if number != 3]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_workers_own_share_comes_first(workers: int) -> None:
    claims = _claims(Shelf(30, workers=workers))
    first = [claims.take() for _ in range(30 // workers)]
    assert all(segment is not None and segment.number % workers == 0 for segment in first)
