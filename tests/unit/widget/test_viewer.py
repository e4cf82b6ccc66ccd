"""What CloudWatch tells of whoever looks, and what anybody else may send in its place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamigrate.widget.times import Times
from dynamigrate.widget.viewer import Viewer
from tests.unit.handler.test_fuzz import JSON, TEXT

# The example of the CloudWatch user guide, "Details about custom widgets".
CONTEXT = {
    "dashboardName": "Name-of-current-dashboard",
    "widgetId": "widget-16",
    "accountId": "012345678901",
    "locale": "en",
    "timezone": {"label": "UTC", "offsetISO": "+00:00", "offsetInMinutes": 0},
    "period": 300,
    "isAutoPeriod": True,
    "timeRange": {"mode": "relative", "start": 1627236199729, "end": 1627322599729, "relativeStart": 86400012},
    "theme": "light",
    "linkCharts": True,
    "title": "Tweets for Amazon website problem",
    "forms": {"all": {}},
    "params": {"original": "param-to-widget"},
    "width": 588,
    "height": 369,
}


def test_a_context_is_read() -> None:
    """As the user guide has it."""
    assert Viewer.read(CONTEXT) == Viewer(dark=False, narrow=False, offset=0)
    assert Viewer.read({**CONTEXT, "theme": "dark", "width": 400}) == Viewer(dark=True, narrow=True)


@pytest.mark.parametrize(
    ("iso", "offset", "zone"),
    [
        ("+02:00", 120, "UTC+02:00"),
        ("-03:30", -210, "UTC-03:30"),
        ("+0530", 330, "UTC+05:30"),
        ("Z", 0, "UTC"),
        ("+99:99", 0, "UTC"),
        ("+02:00<script>", 0, "UTC"),
    ],
)
def test_the_time_zone_is_that_of_its_offset(iso: str, offset: int, zone: str) -> None:
    """What is none counts as UTC."""
    viewer = Viewer.read({"timezone": {"offsetISO": iso}})
    assert (viewer.offset, viewer.zone) == (offset, zone)


@given(context=JSON | st.dictionaries(st.sampled_from(["theme", "width", "timezone", "params"]), JSON))
def test_any_context_is_a_viewer(context: Any) -> None:
    """Whoever sends it."""
    viewer = Viewer.read(context)
    assert -14 * 60 <= viewer.offset <= 14 * 60


@given(moment=TEXT | st.datetimes().map(str), now=st.floats(0, 4e9), offset=st.integers(-840, 840))
def test_any_moment_is_told(moment: str, now: float, offset: int) -> None:
    """Or left out, where it is none."""
    times = Times(now=now, viewer=Viewer(offset=offset))
    assert bool(times.at(moment)) == bool(times.ago(moment))
    assert times.as_of()


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-11-26T14:00:00.000Z", "3 min ago"),
        ("2026-11-26T14:03:12.000Z", "just now"),
        ("2026-11-26T16:03:12.000Z", "in 2 h"),
        ("2026-11-20T14:03:12.000Z", "6 days ago"),
        ("soon", ""),
        ("", ""),
    ],
)
def test_how_long_ago_something_was(moment: str, told: str) -> None:
    """In the largest unit."""
    assert Times(now=1_795_701_792, viewer=Viewer()).ago(moment) == told


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-11-26T23:30:00.000Z", ">27 Nov 01:30<"),
        ("2026-11-26T10:00:00.000Z", ">12:00<"),
        ("2025-11-26T10:00:00.000Z", ">26 Nov 2025 12:00<"),
    ],
)
def test_a_day_is_the_viewers(moment: str, told: str) -> None:
    """Of today there is the time alone, of another year the year too."""
    assert told in Times(now=1_795_701_792, viewer=Viewer(offset=120)).at(moment)
