"""The rate rises while it is used up, halves when throttled, and never exceeds its ceiling."""

import pytest

from dynamigrate.backfill.capacity.rate_limiter import RateLimiter
from dynamigrate.backfill.control import RunControl
from dynamigrate.backfill.errors import Stopping
from tests.unit.fakes import FakeClock


def _spend(limiter: RateLimiter, clock: FakeClock, seconds: float, pieces: int = 25) -> float:
    """Units that get through in *seconds* when one piece costs one unit."""
    spent, end = 0.0, clock.monotonic() + seconds
    while True:
        reservation = limiter.reserve(pieces)
        wait = max(limiter.delay(reservation), 0.0)
        if clock.monotonic() + wait >= end:
            limiter.settle(reservation, 0.0, 0)
            clock.turn(max(0.0, end - clock.monotonic()))
            return spent
        clock.turn(wait)
        limiter.settle(reservation, float(pieces), pieces)
        spent += pieces


def test_starts_low_and_rises_to_the_ceiling_and_no_further() -> None:
    """A step a second."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1000)
    assert limiter.rate == 100
    spent = [_spend(limiter, clock, 1) for _ in range(40)]
    assert spent[0] <= 200
    assert spent == sorted(spent[:10]) + spent[10:]
    assert limiter.rate == 1000
    assert sum(spent[-10:]) == pytest.approx(10_000, rel=0.05)


def test_does_not_rise_while_nobody_waits_for_it() -> None:
    """What is not used up tells nothing of what the table takes."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1000)
    for _ in range(20):
        limiter.settle(limiter.reserve(1), 1.0, 1)
        clock.turn(1)
    assert limiter.rate == 100


def test_halves_once_a_second_when_throttled() -> None:
    """All that is on its way was sent at the old rate."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1000)
    _ = [_spend(limiter, clock, 1) for _ in range(30)]
    limiter.throttled(0)
    limiter.throttled(1)
    assert limiter.rate == 500
    clock.turn(1.01)
    limiter.throttled(0)
    assert limiter.rate == 250


def test_one_segment_that_is_throttled_slows_itself_alone() -> None:
    """A hot key is not the table."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1000, segments=16)
    for _ in range(10):
        limiter.throttled(7)
    assert limiter.rate == 100
    for segment in range(5):
        limiter.throttled(segment)
    assert limiter.rate == 50


def test_the_service_says_which_it_was() -> None:
    """Where it does, nothing has to be guessed."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1000, segments=16)
    for segment in range(16):
        limiter.throttled(segment, table=False)
    assert limiter.rate == 100
    limiter.throttled(3, table=True)
    assert limiter.rate == 50


def test_beside_others_it_heeds_the_limits_of_many_ranges_too() -> None:
    """One of many is a hot key, many are a table that has too few partitions for all workers."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1000, segments=16, workers=2)
    for segment in range(4):
        limiter.throttled(segment, table=False)
    assert limiter.rate == 100
    limiter.throttled(4, table=False)
    assert limiter.rate == 50
    assert limiter.usage().halved == 0


def test_what_was_consumed_replaces_what_was_expected() -> None:
    """Large items make it slower, by themselves."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=20)
    for _ in range(60):
        reservation = limiter.reserve(1)
        clock.turn(max(limiter.delay(reservation), 0.0))
        limiter.settle(reservation, 10.0, 1)
    began = clock.monotonic()
    for _ in range(20):
        reservation = limiter.reserve(1)
        clock.turn(max(limiter.delay(reservation), 0.0))
        limiter.settle(reservation, 10.0, 1)
    assert 20 * 10.0 / (clock.monotonic() - began) <= 21


def test_who_waits_comes_sooner_when_less_was_consumed() -> None:
    """A first page is taken for its number of items; on a small table that would be minutes for each of the others."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=2.5)
    reservations = [limiter.reserve(250) for _ in range(8)]
    assert limiter.delay(reservations[7]) > 1000
    for number, reservation in enumerate(reservations):
        assert limiter.delay(reservation) <= number
        clock.turn(max(limiter.delay(reservation), 0.0))
        limiter.settle(reservation, 1.0, 250)
    assert limiter.delay(limiter.reserve(250)) <= 1.0


def test_a_pause_is_not_made_up_for() -> None:
    """Not with more than a quarter of a second's worth."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=100)
    _ = [_spend(limiter, clock, 1) for _ in range(30)]
    clock.turn(600)
    assert _spend(limiter, clock, 1) <= 150


def test_a_lower_ceiling_holds_at_once() -> None:
    """Also for those who wait already."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1000)
    _ = [_spend(limiter, clock, 1) for _ in range(30)]
    reservations = [limiter.reserve(25) for _ in range(40)]
    assert limiter.delay(reservations[-1]) < 1
    limiter.limit(50)
    assert limiter.rate == 50
    assert limiter.delay(reservations[-1]) == pytest.approx(975 / 50, rel=0.05)
    clock.turn(limiter.delay(reservations[-1]))
    for reservation in reservations:
        limiter.settle(reservation, 25.0, 25)
    assert _spend(limiter, clock, 100) <= 50 * 101


def test_a_higher_ceiling_is_reached_by_the_usual_steps() -> None:
    """A tenth of it a second."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=50)
    _ = [_spend(limiter, clock, 1, pieces=5) for _ in range(30)]
    limiter.limit(1000)
    assert limiter.rate == 50
    _ = [_spend(limiter, clock, 1) for _ in range(4)]
    assert 350 <= limiter.rate <= 450
    _ = [_spend(limiter, clock, 1) for _ in range(10)]
    assert limiter.rate == 1000


def test_those_who_waited_at_a_low_rate_go_on_at_a_high_one() -> None:
    """A batch that had minutes to wait must not wait for them when others have left."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1)
    reservations = [limiter.reserve(25) for _ in range(8)]
    assert limiter.delay(reservations[-1]) > 170
    limiter.limit(1000)
    for _ in range(12):
        clock.turn(0.25)
        for reservation in reservations:
            limiter.delay(reservation)
    assert limiter.delay(reservations[-1]) <= 0


def test_what_rounding_leaves_over_is_no_wait() -> None:
    """A clock may be too coarse to get past it, and nobody's reservation would ever come."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=0.3 * 7)
    clock.turn(1e9 / 3)
    for _ in range(200):
        reservation, waits = limiter.reserve(7), 0
        while (delay := limiter.delay(reservation)) > 0:
            clock.turn(delay)
            waits += 1
        assert waits <= 3
        limiter.settle(reservation, 7 / 3, 7)


def test_it_is_never_slower_than_one_unit_a_second() -> None:
    """So that it ends, whatever it is limited to."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1000)
    limiter.limit(0)
    assert limiter.rate == 1
    for _ in range(5):
        limiter.throttled(0, table=True)
        clock.turn(2)
    assert limiter.rate == 1


def test_many_processes_are_never_slower_than_one_unit_a_second_together() -> None:
    """Each of them may be."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=1000, workers=256)
    limiter.limit(0)
    assert limiter.rate == 1 / 256
    limiter.limit(0.5)
    for _ in range(12):
        clock.turn(60)
        limiter.throttled(0, table=True)
    assert limiter.rate == 1 / 256


def test_it_tells_what_it_was_used_for() -> None:
    """And for how much of the time somebody had to wait for it."""
    clock = FakeClock()
    limiter = RateLimiter(clock, ceiling=100)
    limiter.limit(10)
    limiter.settle(limiter.reserve(20), 20.0, 20)
    clock.turn(5)
    usage = limiter.usage()
    assert (usage.units, usage.passed, usage.halved) == (20, 50, 0)
    assert usage.queued == pytest.approx(2)
    limiter.throttled(0, table=True)
    limiter.settle(limiter.reserve(10), None, 10)
    clock.turn(0.5)
    assert limiter.usage().units == 30
    assert limiter.usage().queued == pytest.approx(2.5)
    clock.turn(2)
    limiter.throttled(0)
    assert limiter.usage().halved == 1


def test_waiting_ends_when_the_backfill_has_to() -> None:
    """Within a quarter of a second."""
    clock = FakeClock()
    control = RunControl(clock)
    clock.before_sleep = lambda: setattr(control, "stopping", len(clock.slept) >= 3)
    with pytest.raises(Stopping):
        control.wait(60)
    assert sum(clock.slept) <= 0.75


def test_who_is_paused_waits_until_it_is_over() -> None:
    """Before a page, and before a batch."""
    clock = FakeClock()
    control = RunControl(clock)
    for wait in (control.enter, lambda: control.wait(0)):
        clock.slept.clear()
        control.paused = True
        clock.before_sleep = lambda: setattr(control, "paused", len(clock.slept) < 5)
        wait()
        assert len(clock.slept) == 5


def test_a_pause_does_not_keep_from_stopping() -> None:
    """Stopping wins."""
    control = RunControl(FakeClock())
    control.paused = control.stopping = True
    with pytest.raises(Stopping):
        control.enter()


def test_jitter_is_full_and_grows_to_a_limit() -> None:
    """Somewhere between nothing and twice as much each time, at most five seconds."""
    clock = FakeClock()
    control = RunControl(clock)
    longest = []
    for attempt in (0, 3, 30):
        waits = []
        for _ in range(200):
            clock.slept.clear()
            control.back_off(attempt)
            waits.append(sum(clock.slept))
        longest.append(max(waits))
        assert min(waits) < longest[-1] / 4
    assert longest[0] <= 0.05 < longest[1] <= 0.4 < longest[2] <= 5
