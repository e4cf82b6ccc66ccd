"""Test events for the function, as its page in the console offers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .commands import EXAMPLES

_AS_TEXT: Final = ("status", "plan", "history")


def console_events() -> dict[str, dict[str, Any]]:
    """
    The events by name: each command's, and those that look once more as text.

    None of them is confirmed. What undoes or overrides answers with the event to send: nobody rewinds a history by a
    click in a list.
    """
    plain = {name: _unconfirmed(event) for name, event in EXAMPLES.items()}
    return {**plain, **{f"{name}-text": {**plain[name], "format": "text"} for name in _AS_TEXT}}


def _unconfirmed(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "confirm"}
