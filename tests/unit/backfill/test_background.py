"""Which minutes are compared, and what is then known of others."""

import math
from collections.abc import Mapping

import pytest

from dynamigrate.backfill.capacity.background import background_load
from dynamigrate.consumption import MINUTE, CapacityKey, Own, OwnConsumption
from tests.unit.fakes import MORNING

WRITES = CapacityKey("write")
NINE = int(MORNING)


def at(minutes: float) -> int:
    return NINE + int(minutes * MINUTE)


def nothing(minute: int) -> Own:
    """We used nothing, ever."""
    return Own(0.0, 0.0)


def ours(**minutes: float) -> OwnConsumption:
    """So many units in the minutes m0, m1 and so on after nine."""
    use = OwnConsumption()
    for name, units in minutes.items():
        moment = at(int(name[1:]) + 0.5)
        use.note("orders", "write", {"": units}, sent=moment, answered=moment)
    return use


def others(
    counted: Mapping[int, float], use: OwnConsumption, *, now: float, since: float = 0.0, until: float = math.inf
) -> float | None:
    return background_load(
        {at(minute): units for minute, units in counted.items()},
        lambda minute: use.minute("orders", WRITES, minute),
        now=now,
        since=since,
        until=until,
    )


def test_before_we_began_all_use_is_others() -> None:
    """The minute that goes on is not over, and does not count yet."""
    assert others({-3: 6000, -2: 6000, -1: 6000, 0: 60}, ours(), now=at(0.5)) == 100


def test_our_own_use_is_not_others() -> None:
    """Of each minute its own."""
    counted = {0: 60_000, 1: 120_000, 2: 90_000}
    assert others(counted, ours(m0=60_000, m1=120_000, m2=90_000), now=at(3.5)) == 0
    assert others(counted, ours(m0=54_000, m1=114_000, m2=84_000), now=at(3.5)) == 100


def test_the_busiest_of_the_last_three_minutes_counts() -> None:
    """More use shows with the first minute of it, less with the third."""
    assert others({0: 60, 1: 60, 2: 60, 3: 6000}, ours(), now=at(4.1)) == 100
    assert others({0: 60, 1: 6000, 2: 60, 3: 60}, ours(), now=at(4.1)) == 100
    assert others({0: 6000, 1: 60, 2: 60, 3: 60}, ours(), now=at(4.1)) == 1


def test_a_minute_that_is_not_told_yet_is_passed_over() -> None:
    """It comes a minute or more late, and until then what was before it counts."""
    assert others({-4: 6000, -3: 6000}, ours(), now=at(0.1)) == 100


def test_a_minute_that_would_be_told_by_now_was_not_used() -> None:
    """A table that nobody uses has no figures at all."""
    assert others({}, ours(), now=at(0)) == 0
    assert others({-9: 6000}, ours(), now=at(0)) == 0


def test_a_minute_in_which_we_used_something_and_that_is_missing_is_late() -> None:
    """However long: there must be at least our own."""
    use = ours(m0=60, m1=60, m2=60, m3=60, m4=60, m5=60, m6=60, m7=60, m8=60, m9=60)
    assert others({}, use, now=at(10)) is None
    assert others({0: 6060}, use, now=at(10)) == 100


def test_a_minute_with_less_than_our_own_is_not_whole_yet() -> None:
    """Figures may come in parts."""
    use = ours(m0=60_000, m1=60_000)
    assert others({0: 66_000, 1: 30_000}, use, now=at(2.1)) == 100


def test_what_was_under_way_when_a_minute_turned_is_taken_for_nobodys() -> None:
    """The service may have counted it in either; neither may look like others' use."""
    use = OwnConsumption()
    use.note("orders", "write", {"": 6000.0}, sent=at(1) - 0.5, answered=at(1) + 0.5)
    for counted in ({0: 6000, 1: 0}, {0: 0, 1: 6000}, {0: 3000, 1: 3000}):
        assert others(counted, use, now=at(2.1)) == 0


def test_minutes_of_which_our_own_use_is_not_known_are_left_out() -> None:
    """After our clock was set."""
    counted = {0: 60_000, 1: 60_000, 2: 6000}
    assert others(counted, ours(), now=at(3.1), since=at(1.5)) == 100
    assert others(counted, ours(), now=at(3.1), since=at(2.5)) is None


def test_only_the_last_ten_minutes_are_looked_at() -> None:
    """What was an hour ago tells nothing."""
    use = ours(**{f"m{minute}": 60.0 for minute in range(10)})
    assert others({-1: 6000}, use, now=at(10.5)) is None


@pytest.mark.parametrize("late", [60, 100, 170])
@pytest.mark.parametrize("lag", [0.0, 0.4])
def test_whatever_we_do_we_are_not_taken_for_others(late: float, lag: float) -> None:
    """Two steady minutes, a burst, a pause, a burst on the turn of a minute; counted when the service has it, told late."""
    use, counted = OwnConsumption(), dict[int, float]()
    rates = [2000] * 115 + [6000] * 10 + [0] * 100 + [40] * 70 + [8000] * 10 + [2000] * 60
    for tick, rate in enumerate(number for second in rates for number in [second] * 2):
        sent = NINE + tick / 2
        minute = int((sent + lag / 2) // MINUTE) * MINUTE
        counted[minute] = counted.get(minute, 0.0) + rate / 2
        use.note("orders", "write", {"": rate / 2}, sent=sent, answered=sent + lag)
        told = {one: units for one, units in counted.items() if one + MINUTE + late <= sent}
        found = background_load(told, lambda one: use.minute("orders", WRITES, one), now=sent + lag)
        assert found in (None, 0.0)


def test_nobody_is_there_at_all() -> None:
    """Neither we nor others."""
    assert background_load({}, nothing, now=MORNING) == 0


def test_a_minute_of_which_siblings_did_not_tell_all_is_left_out() -> None:
    """What is missing of their use would be taken for others'."""
    counted = {0: 60_000, 1: 60_000, 2: 60_000}
    use = ours(m0=60_000, m1=60_000, m2=50_000)
    assert others(counted, use, now=at(3.5)) == pytest.approx(10_000 / MINUTE)
    assert others(counted, use, now=at(3.5), until=at(2.9)) == 0
    assert others(counted, use, now=at(3.5), since=at(0), until=at(0.5)) is None
