"""Durations, sums and shares, in few words."""

import pytest

from dynamigrate.widget.amounts import dollars, duration, number, percent


@pytest.mark.parametrize(
    ("seconds", "told", "rough"),
    [
        (0.31, "0.3 s", "0 s"),
        (42, "42 s", "42 s"),
        (59.7, "1 min", "1 min"),
        (250, "4 min 10 s", "4 min"),
        (3_900, "1 h 05 min", "1 h"),
        (86_400 * 3, "3 days", "3 days"),
        (None, "", ""),
        (-5, "", ""),
    ],
)
def test_durations(seconds: float | None, told: str, rough: str) -> None:
    """Two units at most, and roughly one."""
    assert (duration(seconds), duration(seconds, rough=True)) == (told, rough)


@pytest.mark.parametrize(
    ("share", "told"),
    [(0, "0 %"), (0.004, "0.4 %"), (0.64, "64 %"), (0.9994, "99.9 %"), (0.99999, "99.9 %"), (1, "100 %")],
)
def test_what_is_not_all_is_not_told_as_all(share: float, told: str) -> None:
    """Nor is little told as nothing."""
    assert percent(share) == told


@pytest.mark.parametrize(
    ("amount", "told"), [(0, "$0.00"), (0.002, "less than $0.01"), (12.5, "$12.50"), (1_234.5, "$1,234.50")]
)
def test_sums_of_money(amount: float, told: str) -> None:
    """In cents."""
    assert dollars(amount) == told


@pytest.mark.parametrize(("amount", "told"), [(7_680, "7,680"), (2.25, "2.2"), (310.5, "310")])
def test_numbers(amount: float, told: str) -> None:
    """As exact as anybody wants to know."""
    assert number(amount) == told
