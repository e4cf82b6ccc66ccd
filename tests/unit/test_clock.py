"""Moments, as they are told."""

import pytest

from dynamigrate.clock import timestamp


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (1_795_424_400.5, "2026-11-23T09:00:00.500Z"),
        # A backfill that hardly moves says that it has so many seconds left.
        (1e13, "9999-12-31T23:59:59.000Z"),
        (10**400, "9999-12-31T23:59:59.000Z"),
        (-1e300, "0001-01-01T00:00:00.000Z"),
    ],
)
def test_a_moment_that_no_calendar_has_is_told_all_the_same(seconds: float, told: str) -> None:
    """Else one estimate of millennia would cost a person the whole of the status, when it is needed most."""
    assert timestamp(seconds) == told
