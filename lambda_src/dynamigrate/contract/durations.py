"""Durations as a person writes them: ``90m``, ``1h30m``, ``7d``."""

from __future__ import annotations

import re
from typing import Final

_SECONDS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION: Final = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)


def seconds_of(text: object) -> int | None:
    """The seconds that *text* says; None: it says none."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if found is None:
        return None
    return sum(int(count) * seconds for count, seconds in zip(found.groups(), _SECONDS.values(), strict=True) if count)
