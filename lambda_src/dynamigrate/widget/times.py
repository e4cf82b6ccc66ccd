"""Moments, as the viewer's clock shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .amounts import duration
from .markup import NOTHING, Html, element
from .viewer import Viewer

# No locale's: a page in one language has its months in it.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, kw_only=True)
class Times:
    """
    Attributes:
        now: Seconds since the epoch.
    """

    now: float
    viewer: Viewer

    def at(self, moment: str) -> Html:
        """``14:03``, of another day ``24 Nov 14:03``; in UTC where the pointer rests on it. Empty for no moment."""
        found = _read(moment)
        if found is None:
            return NOTHING
        return element("time", self._local(found), datetime=_iso(found), title=f"{_iso(found)} (UTC)")

    def ago(self, moment: str) -> str:
        """``12 min ago``, ``in 3 h``; empty for no moment."""
        found = _read(moment)
        if found is None:
            return ""
        seconds = self.now - found.timestamp()
        if abs(seconds) < 1:
            return "just now"
        told = duration(abs(seconds), rough=True)
        return f"{told} ago" if seconds > 0 else f"in {told}"

    def since(self, moment: str) -> float | None:
        """Seconds from *moment* until now; None for no moment."""
        found = _read(moment)
        return None if found is None else self.now - found.timestamp()

    def is_past(self, moment: str) -> bool:
        """Whether there is such a moment, and it is over."""
        seconds = self.since(moment)
        return seconds is not None and seconds > 0

    def as_of(self) -> Html:
        """When this was looked at, by both clocks."""
        now = datetime.fromtimestamp(self.now, UTC)
        local = f"{self._shifted(now):%H:%M:%S} {self.viewer.zone}"
        return element(
            "time",
            local if not self.viewer.offset else f"{local} ({now:%H:%M} UTC)",
            datetime=_iso(now),
            title=f"{_iso(now)} (UTC)",
        )

    def _local(self, moment: datetime) -> str:
        here, today = self._shifted(moment), self._shifted(datetime.fromtimestamp(self.now, UTC))
        clock = f"{here:%H:%M}"
        if here.date() == today.date():
            return clock
        day = f"{here.day} {_MONTHS[here.month - 1]}"
        return f"{day} {clock}" if here.year == today.year else f"{day} {here.year} {clock}"

    def _shifted(self, moment: datetime) -> datetime:
        try:
            return moment + timedelta(minutes=self.viewer.offset)
        except OverflowError:
            return moment


def _read(moment: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    try:
        return found.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
