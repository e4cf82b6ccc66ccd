"""Max-min fair: who can't use an equal share leaves the rest to those who could."""

import math
import random

import pytest

from dynamigrate.backfill.capacity.share import Share, water_level


def _shares(ceiling: float, *demands: float, least: float = 0.0) -> list[float]:
    """What each of them may spend."""
    return [
        Share(mine, (*demands[:number], *demands[number + 1 :]), least).of(ceiling)
        for number, mine in enumerate(demands)
    ]


def test_alone_a_worker_has_all_of_it() -> None:
    """To the last bit."""
    for ceiling in (1.0, 0.1 * 3, 1234.567):
        assert Share(math.inf).of(ceiling) == ceiling


def test_those_who_could_use_more_share_equally() -> None:
    """However many they are."""
    assert _shares(1000, *[math.inf] * 8) == [125.0] * 8


def test_who_can_use_little_leaves_the_rest_to_the_others() -> None:
    """And the second little one too."""
    assert _shares(1000, 100, math.inf, 250, math.inf) == [100, 325, 250, 325]


def test_a_demand_above_an_equal_share_is_cut_to_it() -> None:
    """A large one is no claim."""
    assert _shares(900, 5000, math.inf, 301) == [300, 300, 300]


def test_what_nobody_asks_for_is_everybodys() -> None:
    """So that each can grow without asking."""
    assert _shares(1000, 100, 0, 200) == [pytest.approx(100 + 700 / 3), pytest.approx(700 / 3), pytest.approx(1300 / 3)]


def test_nobody_is_starved() -> None:
    """Not even one that others don't know of."""
    assert Share(0.0, (math.inf,) * 9, 0.05 / 10).of(1000) == pytest.approx(5)


@pytest.mark.parametrize("seed", range(200))
def test_shares_add_up_to_the_ceiling_whoever_is_late(seed: int) -> None:
    """Each may take its own demand for too low, and those of others for too high: the sum only falls."""
    dice = random.Random(seed)
    demands = [dice.choice((math.inf, dice.uniform(0, 400))) for _ in range(dice.randint(1, 12))]
    ceiling = dice.uniform(1, 2000)
    assert sum(_shares(ceiling, *demands)) == pytest.approx(ceiling)
    late = 0.0
    for number, mine in enumerate(demands):
        others = [demand * dice.uniform(1, 2) for place, demand in enumerate(demands) if place != number]
        late += Share(mine * dice.uniform(0.5, 1), tuple(others)).of(ceiling)
    assert late <= ceiling * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(100))
def test_nobody_who_wants_more_has_less_than_another(seed: int) -> None:
    """That is what max-min fair means."""
    dice = random.Random(seed)
    demands = [dice.choice((math.inf, dice.uniform(0, 400))) for _ in range(dice.randint(2, 12))]
    ceiling = dice.uniform(1, 0.999 * min(sum(demands), 1e6))
    shares = _shares(ceiling, *demands)
    for mine, demand in zip(shares, demands, strict=True):
        if mine < demand * (1 - 1e-9):
            assert mine >= max(shares) * (1 - 1e-9)


def test_the_level_is_infinite_where_all_can_be_met() -> None:
    """Also where nobody asks."""
    assert water_level(10, [2, 8]) == math.inf
    assert water_level(10, []) == math.inf
    assert water_level(10, [2, 8.1]) == pytest.approx(8)
