"""Durations as a person writes them: ``90m``, ``1h30m``, ``7d``."""

from __future__ import annotations

import re
from typing import Final

# A year: a migration that waits longer is one that nobody waits for.
_LONGEST_SOAK: Final = 366 * 86_400
_SECONDS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION: Final = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)


def seconds_of(text: object) -> int | None:
    """The seconds that *text* says; None: it says none."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if found is None:
        return None
    return sum(int(count) * seconds for count, seconds in zip(found.groups(), _SECONDS.values(), strict=True) if count)


def fault_of_soak(text: object) -> str:
    """What is wrong with *text* as a ``soak``, for the end of a sentence; empty: nothing."""
    seconds = seconds_of(text)
    if seconds is None:
        return f"{text!r} is none" if isinstance(text, str) else "it is no text"
    if not seconds:
        return f"{text!r} is no time at all"
    return f"{text!r} is more than a year" if seconds > _LONGEST_SOAK else ""
