"""What a migration may say of when it is ready."""

from __future__ import annotations

from .durations import seconds_of

# A year: a migration that waits longer is one that nobody waits for.
_LONGEST_SECONDS = 366 * 86_400


def fault_of_soak(text: object) -> str:
    """What is wrong with *text* as a ``soak``, for the end of a sentence; empty: nothing."""
    seconds = seconds_of(text)
    if seconds is None:
        return f"{text!r} is none" if isinstance(text, str) else "it is no text"
    if not seconds:
        return f"{text!r} is no time at all"
    return f"{text!r} is more than a year" if seconds > _LONGEST_SECONDS else ""
