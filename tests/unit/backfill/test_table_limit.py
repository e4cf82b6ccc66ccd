"""Workers agree on what a table took of them all when it throttled them."""

import math

import pytest

from dynamigrate.backfill.capacity.demand import Need
from dynamigrate.backfill.capacity.table_limit import TableLimit
from tests.unit.fakes import FakeClock

CEILING = 4000.0


def _needs(workers: int, used: float, *halved: int) -> dict[str, Need]:
    return {
        str(number): Need(used, math.inf, halved[number] if number < len(halved) else 0) for number in range(workers)
    }


def test_there_is_none_before_anybody_was_throttled() -> None:
    """The ceiling alone holds."""
    limit = TableLimit(FakeClock())
    limit.learn(_needs(4, 1000), CEILING)
    assert limit.of(CEILING) == math.inf


def test_it_is_what_all_used_when_they_were_throttled() -> None:
    """From the news of it on."""
    limit = TableLimit(FakeClock())
    limit.learn(_needs(4, 500, 7), CEILING)
    assert limit.of(CEILING) == math.inf
    limit.learn(_needs(4, 500, 8), CEILING)
    assert limit.of(CEILING) == 2000


def test_a_worker_that_begins_anew_brings_no_news() -> None:
    """It counts from zero again, and one that is new has counted before."""
    limit = TableLimit(FakeClock())
    limit.learn(_needs(4, 500, 7), CEILING)
    limit.learn(_needs(4, 500, 0), CEILING)
    limit.learn(_needs(5, 500, 0, 0, 0, 0, 3), CEILING)
    assert limit.of(CEILING) == math.inf


def test_it_rises_again_slowly_first_and_then_fast() -> None:
    """It looks carefully whether the table takes more, and is back soon where it does."""
    clock = FakeClock()
    limit = TableLimit(clock)
    for halved in (0, 1):
        limit.learn(_needs(4, 500, halved), CEILING)
    risen = []
    for _ in range(5):
        clock.turn(20)
        limit.learn(_needs(4, 500, 1), CEILING)
        risen.append(limit.of(CEILING))
    assert risen == [pytest.approx(2480), pytest.approx(3920), math.inf, math.inf, math.inf]


def test_of_many_workers_one_is_no_news() -> None:
    """It may have met a limit that was met for a moment."""
    limit = TableLimit(FakeClock())
    limit.learn(_needs(100, 20), CEILING)
    limit.learn(_needs(100, 20, *[1] * 4), CEILING)
    assert limit.of(CEILING) == math.inf
    limit.learn(_needs(100, 20, *[1] * 5), CEILING)
    assert limit.of(CEILING) == 2000


def test_news_of_what_was_before_changes_nothing() -> None:
    """All need some seconds to hear of it, and to say what came of it."""
    clock = FakeClock()
    limit = TableLimit(clock)
    for halved, used in ((0, 500.0), (1, 500.0), (2, 100.0), (3, 100.0)):
        limit.learn(_needs(4, used, halved), CEILING)
        clock.turn(3)
    assert limit.of(CEILING) >= 2000


def test_more_news_only_lowers_it_and_not_by_much_at_once() -> None:
    """What was used since may be more than was allowed; and who ends takes what it used with it."""
    clock = FakeClock()
    limit = TableLimit(clock)
    for halved, used in ((0, 500.0), (1, 500.0), (2, 900.0)):
        limit.learn(_needs(4, used, halved), CEILING)
        clock.turn(10)
    assert limit.of(CEILING) <= 2300
    assert limit.of(CEILING) >= 2000
    limit.learn(_needs(4, 10, 3), CEILING)
    assert 1200 <= limit.of(CEILING) <= 1500
