"""What is said of an alarm where the history can't be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...contract.metrics import RunMetric, WatchMetric
from ...error_text import printable
from ...next_step import Command
from .alarm_change import AlarmChange
from .place import Place
from .wording import LONGEST_REASON, Message, subject_of, typed, where

_ABOUT: Final[Mapping[RunMetric | WatchMetric, str]] = {
    RunMetric.FAILED_RUNS: "a run that failed",
    WatchMetric.DIRTY_SECONDS: "a migration that is dirty for long",
    WatchMetric.LOCK_OVERDUE_SECONDS: "a lock past its deadline",
    WatchMetric.STALLED_SECONDS: "a detached migration that stands still",
}


def blind_message(change: AlarmChange, *, why: str, advice: str, history: str, place: Place) -> Message:
    """
    That an alarm has changed, and no more.

    Args:
        why: What keeps the function from looking.
        advice: What would mend that.
    """
    about = _ABOUT[change.metric] if change.metric else "something else"
    subject, what = f"{about}, but its history can't be read", "went off"
    if change.state == "OK":
        subject = "nobody knows whether it is over: the history can't be read"
        what = "is OK again, which it also is where nothing can be measured"
    lines = [
        f"The alarm {change.alarm} {what}. It is about {about}.",
        f"No more is known, as the function that watches can't look at the history: {printable(why, LONGEST_REASON)}",
        *([printable(advice, LONGEST_REASON)] if advice else []),
        f"What CloudWatch says: {printable(change.reason, LONGEST_REASON)}",
        "",
        *typed(place, "It shows how everything stands", Command("status")),
        *where(place, history),
    ]
    return Message(subject_of(subject, history), "\n".join(lines) + "\n")
