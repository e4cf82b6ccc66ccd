"""Commands of the engine, as they are pasted into the Lambda console and typed into a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from ..commands.command_line import command_line, options_of
from .markup import NOTHING, Html, element, joined, text

# No command that is shown here is longer; a text is as long as somebody's error.
_LONGEST: Final = 600


def command(step: object, history: str) -> Html:
    """
    What to do next, to be copied: a command in both its forms, anything else as its text.

    Args:
        step: As an answer has it under ``next``.
    """
    if isinstance(step, Mapping) and isinstance(step.get("action"), str):
        return joined(
            _copyable("Console", json.dumps(step, default=str)),
            _copyable("Terminal", command_line(step, options_of(history))),
        )
    return element("p", text(step, _LONGEST), css="said") if isinstance(step, str) and step else NOTHING


def _copyable(label: str, told: str) -> Html:
    return element("div", element("span", label), code(told), css="command")


def code(told: str) -> Html:
    """A command, marked whole by one click. No line ends within an option, as it would after a hyphen."""
    words = told[:_LONGEST].split(" ")
    return element(
        "code", *(element("span", one, css="word") if one.startswith("-") else text(one) for one in words), by=" "
    )
