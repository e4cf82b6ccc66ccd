"""The background load: what others use of a table, from what was counted and what was our own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from ...consumption import MINUTE, Own

# How far back we look, and how many minutes of that are enough.
WINDOW_SECONDS: Final = 600
_MINUTES: Final = 3
# CloudWatch may be "a few minutes" late: what it has not counted by then was not used.
_LATE_SECONDS: Final = 180
# A minute with a count below this share of our own use is not counted whole yet.
_WHOLE: Final = 0.9


def background_load(
    counted: Mapping[int, float],
    own: Callable[[int], Own],
    *,
    now: float,
    since: float = 0.0,
    until: float = math.inf,
) -> float | None:
    """
    Units a second that others used, in the busiest of the last three minutes that can be compared; None: none can.

    The busiest minute counts, so that it is noticed as soon as others use more, and that one quiet minute is not taken
    for a trend. The count of a minute comes when the minute is over for a minute or more, and may come in parts. So a
    minute can't be compared while it goes on, while less was counted in it than we used ourselves, or while its count
    is missing: not before the count would have come, and not at all where we used something.

    Args:
        counted: Units in a minute, by its beginning.
        own: Our use in a minute.
        since: Earlier minutes can't be compared.
        until: A minute that was not over then can't be compared: not all that we used in it is known.
    """
    found: list[float] = []
    last = int(now // MINUTE) * MINUTE - MINUTE
    for minute in range(last, last - WINDOW_SECONDS, -MINUTE):
        if minute < since or len(found) == _MINUTES:
            break
        if minute + MINUTE > until:
            continue
        units, ours = counted.get(minute), own(minute)
        if units is None and (ours.most > 0 or now < minute + MINUTE + _LATE_SECONDS):
            continue
        units = units or 0.0
        if units >= ours.least * _WHOLE:
            found.append(max(units - ours.most, 0.0) / MINUTE)
    return max(found, default=None)
