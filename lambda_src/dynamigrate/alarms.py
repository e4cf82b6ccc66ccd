"""CloudWatch alarms that work waits for: how their state is told, and what several processes tell each other of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

IN_ALARM: Final = "ALARM"
# How long a state counts as known, while nothing newer can be learned; in seconds.
KNOWN_SECONDS: Final = 300.0

_MOST_DIGITS: Final = 15


class Alarms(Protocol):
    """Tells in which state alarms are."""

    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        """
        The state of each of *names*, at most a hundred: ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``. An alarm that does not
        exist is left out.

        Raises:
            Exception: Of any class: it can't be told now, and may be asked again later.
        """
        ...


@dataclass(frozen=True)
class Sighting:
    """
    What somebody saw when all alarms were looked at.

    Attributes:
        at: When they were asked for, in seconds since the epoch.
        alarm: The place of the first one that was in ALARM, counted from 0; None: none was.
    """

    at: float
    alarm: int | None = None

    @property
    def text(self) -> str:
        """As `read` finds it."""
        return f"@{self.at:.1f}:{'-' if self.alarm is None else self.alarm}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The sighting that *text* has in it, or None."""
        for word in text.split():
            at, colon, alarm = word.removeprefix("@").partition(":")
            if (
                colon
                and word.startswith("@")
                and _is_number(at.replace(".", "", 1))
                and (alarm == "-" or _is_number(alarm))
            ):
                return cls(float(at), None if alarm == "-" else int(alarm))
        return None

    @classmethod
    def newest(cls, texts: Iterable[str]) -> Self | None:
        """The newest one in *texts*, or None."""
        found = [one for one in map(cls.read, texts) if one is not None]
        return max(found, key=lambda one: one.at, default=None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def waits_for(alarm: str) -> str:
    """What work waits for, in words, while that alarm is in ALARM."""
    return f"the alarm {alarm}"
