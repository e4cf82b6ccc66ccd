"""Why a folder was not judged. What is wrong in it is a finding, and no error."""

from __future__ import annotations


class LintError(Exception):
    """
    Nothing was judged, as it was asked for wrongly, or what was asked for can't be had.

    Attributes:
        message: What happened, and where.
        next_step: What to do about it.
    """

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(f"{message} {next_step}")
        self.message = message
        self.next_step = next_step


class InvalidLintSetting(LintError, ValueError):
    """A setting has a value that can't work."""


class NoBase(LintError):
    """There is nothing to compare the folder with: no repository, no such revision, or not enough of its history."""
