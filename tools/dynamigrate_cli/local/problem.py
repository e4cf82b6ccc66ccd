"""What keeps `local` from going on."""

from __future__ import annotations


class Problem(Exception):
    """
    Attributes:
        message: What is wrong, and where.
        next_step: What to do about it; empty: the message says it.
        usage: It is how the command was called, or what it was given, that is wrong.
    """

    def __init__(self, message: str, next_step: str = "", *, usage: bool = False) -> None:
        super().__init__(f"{message} {next_step}".strip())
        self.message = message
        self.next_step = next_step
        self.usage = usage
