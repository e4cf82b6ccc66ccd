"""How the engine writes to its log: a sentence for a person, with the event's name and its fields beside it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from .error_text import printable

_SHOWN: Final = 12
# Names that a record of `logging` has already: it raises where a field has one of them, and some formatters would print
# the field in its place.
TAKEN: Final = frozenset(vars(logging.makeLogRecord({}))) | frozenset(
    ("asctime", "event", "level", "location", "message", "service", "taskName", "timestamp")
)


def log_event(
    logger: Any,
    level: int,
    event: str,
    sentence: str,
    /,
    *,
    exc_info: Any = None,
    **fields: Any,
) -> None:
    """
    Write one line. *sentence* is its message, because that is all that a terminal shows of it; *event*, which programs
    look for, and *fields* stand beside it.

    What a handler raises goes no further: the run goes on, whoever set the handler up.
    """
    extra = {f"{name}_" if name in TAKEN else name: value for name, value in fields.items()}
    extra["event"] = event
    with suppress(Exception):
        # One level up, so that the line is placed where its caller is.
        logger.log(level, one_line(sentence), extra=extra, exc_info=exc_info, stacklevel=2)


def one_line(text: str) -> str:
    """*text* as one line of a terminal."""
    return " ".join(printable(text).split())


def duration_text(seconds: float) -> str:
    """A duration in words."""
    return f"{seconds:,.1f} s"


def counted(count: int, noun: str) -> str:
    """``1 item``, ``1,200 items``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """*names* in words, the first few where there are many."""
    if len(names) <= _SHOWN:
        return ", ".join(names)
    return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"
