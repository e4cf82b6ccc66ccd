"""What all messages have: a subject that SNS takes, commands as they are typed, and where to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ...clock import timestamp
from ...next_step import Command
from .place import Place

# "Publish" in SNS's reference: printable ASCII, one line, less than 100 characters.
_LONGEST_SUBJECT: Final = 99
# Of a text that comes from a migration's code, in characters.
LONGEST_REASON: Final = 1_500


@dataclass(frozen=True)
class Message:
    """
    Attributes:
        subject: As SNS takes it.
        body: Lines of text.
    """

    subject: str
    body: str


def subject_of(what: str, history: str) -> str:
    """*what*, and of which history, as SNS takes it."""
    text = f"dynamigrate: {what} ({history})"
    plain = "".join(one if " " <= one <= "~" else "?" for one in " ".join(text.split()))
    return plain if len(plain) <= _LONGEST_SUBJECT else f"{plain[: _LONGEST_SUBJECT - 3]}..."


def typed(place: Place, does: str, command: Command) -> list[str]:
    """What *command* is there for, and each way of giving it."""
    return [f"{does}:", *(f"  {line}" for line in place.ways(command)), ""]


def where(place: Place, history: str) -> list[str]:
    """Where to look."""
    lines = [
        f"History:  {history}, in {place.region}, account {place.account}",
        f"Function: {place.function_url}",
    ]
    return [*lines, f"Log:      {place.log_url}"] if place.log_url else lines


def moment(seconds: float) -> str:
    """``2026-11-24 09:12:40 UTC``, of seconds since the epoch."""
    return f"{timestamp(seconds)[:19].replace('T', ' ')} UTC"
