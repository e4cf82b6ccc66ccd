"""What a migration may say of when it is ready."""

from __future__ import annotations

from typing import Final

from .durations import seconds_of

# A year: a migration that waits longer is one that nobody waits for.
_LONGEST_SECONDS = 366 * 86_400

# What is wrong with a ``soak`` where nothing is required, and what to do about it.
IDLE_SOAK: Final = (
    "soak says for how long what it requires must have been so, and it requires nothing",
    'Say what it waits for, as in requires = ["20261102090000"], or take soak out',
)


def fault_of_soak(text: object) -> str:
    """What is wrong with *text* as a ``soak``, for the end of a sentence; empty: nothing."""
    seconds = seconds_of(text)
    if seconds is None:
        return f"{text!r} is none" if isinstance(text, str) else "it is no text in quotes"
    if not seconds:
        return f"{text!r} is no time at all"
    return f"{text!r} is more than a year" if seconds > _LONGEST_SECONDS else ""
