"""What a person is told where a command can't be carried out, and the exit codes."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What the program ends with."""

    DONE = 0
    FAILED = 1
    USED_WRONGLY = 2
    # With --check: something is pending or dirty.
    PENDING = 3
    # As a shell reports it: 128 and the signal's number.
    INTERRUPTED = 130
    # As of a program that the signal ended: whoever read the answer had enough of it.
    CLOSED_PIPE = 141


class Fault(Exception):
    """
    A command can't be carried out.

    Attributes:
        message: What happened, and to what.
        next_step: What to do about it.
        kind: A word for programs: ``type`` of the error in the answer.
        said: The answer in which it was said; None: it was not asked for.
    """

    code = ExitCode.FAILED

    def __init__(self, message: str, next_step: str = "", *, kind: str = "") -> None:
        super().__init__(f"{message} {next_step}".rstrip())
        self.message = message
        self.next_step = next_step
        self.kind = kind or type(self).__name__
        self.said: dict[str, Any] | None = None

    def answer(self) -> dict[str, object]:
        """The fault in the shape of an answer that failed."""
        error = {"type": self.kind, "message": self.message, "next": self.next_step}
        return {"ok": False, "error": error}


class Declined(Fault):
    """Somebody was asked, and said no."""


class Interrupted(Fault):
    """Somebody pressed Ctrl-C while a function was at work."""

    code = ExitCode.INTERRUPTED


class UsedWrongly(Fault):
    """The command, or a setting, was not given as it should be. Nothing was done."""

    code = ExitCode.USED_WRONGLY


class Unreachable(Fault):
    """What the command is about could not be reached, or not be asked."""
