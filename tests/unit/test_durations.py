"""Durations as a person writes them."""

import pytest

from dynamigrate.contract.durations import seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90m", 5400), ("1h30m", 5400), ("7d", 604800), ("45s", 45), ("1d2h3m4s", 93784), ("0m", 0), ("0s", 0)],
)
def test_is_read_as_it_is_meant(text: str, seconds: int) -> None:
    """In days, hours, minutes and seconds, each once and in this order."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "90", "m", "1.5h", "-1m", "30m1h", "1h 30m", "1w", "٣m", None, 90, ["1m"], "1m\n"]
)
def test_anything_else_is_none(text: object) -> None:
    """It is not guessed at."""
    assert seconds_of(text) is None
