"""What a worker says of itself: short, and read with patience."""

import math
import random

import pytest

from dynamigrate.backfill.capacity.demand import Demand, Gauge, Need
from dynamigrate.backfill.capacity.rate_limiter import RateLimiter
from tests.unit.fakes import FakeClock


def test_it_is_read_as_it_was_said() -> None:
    """In some twenty-five characters."""
    said = Demand(4711, Need(12.5, 14.38), Need(100.0, math.inf, 3))
    assert said.text == "4711 12.5 14.38 0 100 + 3"
    assert Demand.read(said.text) == said


def test_large_and_small_figures_are_short_too() -> None:
    """256 of them are in one item."""
    for figure in (0.0, 1 / 3, 123456.789, 40_000.0, 1e-9):
        said = Demand(9999, Need(figure, figure), Need(figure, figure))
        assert len(said.text) <= 52
        assert Demand.read(said.text).writes.could == pytest.approx(figure, rel=1e-3)


@pytest.mark.parametrize(
    "nonsense",
    [None, 7, b"1 2 3 4 5", "", " ", "x", "1", "-1 a b c d e f", "1 nan nan nan nan nan nan", "1 -5 -5 -5 -5 -5 -5", "\u0661 . , ; !", "9" * 99, f"1 2 + 3 4 + {'9' * 5000}", "1 inf inf inf inf inf inf"],
)  # fmt: skip
def test_nonsense_is_a_worker_that_could_use_whatever_it_gets(nonsense: object) -> None:
    """It gets an equal share, and nobody falls over it."""
    read = Demand.read(nonsense)
    assert (read.reads.could, read.writes.could) == (math.inf, math.inf)
    assert (read.reads.halved, read.writes.halved) in {(0, 0), (3, 0)}


def test_what_a_later_version_says_beside_it_is_passed_over() -> None:
    """Two versions may be at work for some minutes."""
    assert Demand.read("1 2 3 4 5 6 7 eight") == Demand(1, Need(2, 3, 4), Need(5, 6, 7))


def test_any_text_can_be_read() -> None:
    """Whatever stands in the item."""
    dice = random.Random(7)
    for _ in range(2000):
        read = Demand.read("".join(dice.choices("0123456789+-. e\u00b2naif\n", k=dice.randint(0, 40))))
        assert read.beat >= 0
        for need in (read.reads, read.writes):
            assert 0 <= need.used < math.inf
            assert need.could >= 0


def _use(limiter: RateLimiter, gauge: Gauge, clock: FakeClock, *, rate: float, seconds: int, pieces: int = 5) -> None:
    """So many units a second, if the limiter lets them through."""
    end, free = clock.monotonic() + seconds, clock.monotonic()
    while clock.monotonic() < end:
        reservation = limiter.reserve(pieces)
        free = max(free + pieces / rate, clock.monotonic() - 1)
        while (delay := max(limiter.delay(reservation), free - clock.monotonic())) > 1e-9:
            clock.turn(min(delay, 0.25))
            gauge.poll()
        limiter.settle(reservation, float(pieces), pieces)


def test_who_has_only_begun_could_use_whatever_it_gets() -> None:
    """Nobody knows better yet."""
    clock = FakeClock()
    assert Gauge(RateLimiter(clock, ceiling=100), clock).need() == Need(0.0, math.inf)


def test_who_is_held_back_by_the_limiter_could_use_more() -> None:
    """How much more, nobody knows."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=100)
    gauge = Gauge(limiter, clock)
    _use(limiter, gauge, clock, rate=1000, seconds=30)
    need = gauge.need()
    assert need.used == pytest.approx(100, rel=0.05)
    assert need.could == math.inf


@pytest.mark.parametrize("rate", [1.0, 10.0, 80.0])
def test_who_is_not_held_back_could_use_little_more_than_it_does(rate: float) -> None:
    """Some room to grow is left to it."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1000)
    gauge = Gauge(limiter, clock)
    _use(limiter, gauge, clock, rate=rate, seconds=30, pieces=1)
    gauge.need()
    _use(limiter, gauge, clock, rate=rate, seconds=30, pieces=1)
    need = gauge.need()
    assert need.used == pytest.approx(rate, rel=0.1)
    assert need.could == pytest.approx(need.used * 1.25)


def test_who_was_not_held_back_for_long_is_taken_to_need_twice_as_much_first() -> None:
    """It may be by chance; if it lasts, it isn't."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1000)
    gauge = Gauge(limiter, clock)
    for _ in range(8):
        _use(limiter, gauge, clock, rate=80, seconds=5, pieces=1)
        gauge.need()
    limiter.limit(100)
    said = []
    for _ in range(5):
        _use(limiter, gauge, clock, rate=1000, seconds=5, pieces=1)
        said.append(gauge.need().could)
    assert pytest.approx(200, rel=0.1) in said
    assert said[-1] == math.inf


def test_who_is_throttled_could_use_more() -> None:
    """How often the table itself was the reason is told beside it."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=100)
    gauge = Gauge(limiter, clock)
    _use(limiter, gauge, clock, rate=1000, seconds=30)
    limiter.throttled(0, table=True)
    _use(limiter, gauge, clock, rate=1000, seconds=2)
    limiter.throttled(0)
    limiter.throttled(0, table=False)
    assert gauge.need().could == math.inf
    assert gauge.need().halved == 1


def test_who_stood_still_for_minutes_is_looked_at_anew() -> None:
    """A frozen process knows nothing of what it could use now."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=100)
    gauge = Gauge(limiter, clock)
    _use(limiter, gauge, clock, rate=10, seconds=30)
    clock.turn(600)
    assert gauge.need().could == math.inf
