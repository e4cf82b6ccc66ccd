"""Hooks on a client of boto3's that a transport of our own does without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

Hook = TypeVar("Hook", bound=Callable[..., Any])

_MARK: Final = "dispensable_to_transports"


def dispensable(hook: Hook) -> Hook:
    """Mark *hook*: requests that do not go through the client lack nothing without it."""
    setattr(hook, _MARK, True)
    return hook


def is_dispensable(hook: object) -> bool:
    """Whether *hook* was marked."""
    return getattr(hook, _MARK, False) is True
