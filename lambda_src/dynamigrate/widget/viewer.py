"""Who looks at a dashboard: theme, width and time zone, as CloudWatch tells them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from .part import Part

# ``offsetISO`` of the context's ``timezone``.
_OFFSET: Final = re.compile(r"([+-])(\d\d):?(\d\d)")
# Pixels, from which on a row has room for columns beside each other.
_WIDE: Final = 520


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """
    Attributes:
        dark: Whether the dashboard is dark.
        narrow: Whether there is no room for columns beside each other.
        offset: Minutes that the viewer's clock is ahead of UTC.
    """

    dark: bool = False
    narrow: bool = False
    offset: int = 0

    @classmethod
    def read(cls, context: object) -> Self:
        """
        From the ``widgetContext`` of an event, as the CloudWatch user guide describes it ("Details about custom
        widgets"); what makes no sense in it counts as missing.
        """
        given = Part(context)
        width = given.number("width")
        return cls(
            dark=given.text("theme").lower() == "dark",
            narrow=width is not None and width < _WIDE,
            offset=_offset(given.part("timezone").text("offsetISO")),
        )

    @property
    def zone(self) -> str:
        """``UTC``, or ``UTC+02:00``."""
        if not self.offset:
            return "UTC"
        hours, minutes = divmod(abs(self.offset), 60)
        return f"UTC{'+' if self.offset > 0 else '-'}{hours:02}:{minutes:02}"


def _offset(iso: str) -> int:
    """Not by ``offsetInMinutes``, of which JavaScript has the opposite sign."""
    found = _OFFSET.fullmatch(iso.strip()[:8])
    if found is None:
        return 0
    minutes = int(found[2]) * 60 + int(found[3])
    # The farthest there are: UTC-12:00 and UTC+14:00.
    return (minutes if found[1] == "+" else -minutes) if minutes <= 14 * 60 else 0
