"""A stack as the command line names it: ``Orders``, ``Orders@production``, ``live=Orders@production``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from .faults import UsedWrongly


@dataclass(frozen=True, kw_only=True)
class StackName:
    """
    Attributes:
        label: What it is called beside others; as it was given, where no other name was.
        profile: Of AWS's own settings, by which it is reached; empty: the one of all.
    """

    label: str
    stack: str
    profile: str

    @classmethod
    def read(cls, text: str, origin: str) -> Self:
        """
        Args:
            origin: Where it was given, in words.

        Raises:
            UsedWrongly: It names no stack, or ends where a profile should be named.
        """
        # Neither sign may be in a stack's name, nor in its ARN; either may be in that of a profile.
        before, at, profile = text.partition("@")
        label, equals, stack = before.rpartition("=")
        if not stack or (at and not profile) or (equals and not label):
            raise UsedWrongly(
                f"{origin} {text!r} names no stack, or no profile after the @.",
                "Write it as Orders, Orders@production or live=Orders@production. Nothing was done.",
                kind="InvalidSetting",
            )
        return cls(label=label or text, stack=stack, profile=profile)
