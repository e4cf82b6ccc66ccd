"""Commands of the engine, as they are pasted into the Lambda console and typed into a terminal."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .markup import NOTHING, Html, element, joined, text

# What the command line calls what the function calls otherwise.
_NAMES: Final[Mapping[str, str]] = {"migrate": "up", "undo": "down"}
_OPTIONS: Final[Mapping[str, str]] = {"as": "--as"}
_FLAGS: Final[Mapping[str, str]] = {"force": "--force"}
# The id that a construct has where nobody chose another one.
_USUAL: Final = "Migrations"
# No command that is shown here is longer; a text is as long as somebody's error.
_LONGEST: Final = 600


def where(history: str) -> tuple[str, ...]:
    """
    The options by which the command line finds *history*.

    Args:
        history: The stack's name, and the path of the construct in it; empty: not known.
    """
    stack, _, construct = history.partition("/")
    if not stack:
        return ()
    return ("--stack", stack, *(("--construct", construct) if construct not in ("", _USUAL) else ()))


def line(event: Mapping[str, Any], options: Sequence[str] = ()) -> str:
    """The command line that does what *event* does; it asks for the confirmation that *event* has."""
    action = str(event.get("action", ""))
    words = ["dynamigrate", _NAMES.get(action, action)]
    for name, value in event.items():
        if name == "migration":
            words.append(str(value))
        elif name in _OPTIONS:
            words += [_OPTIONS[name], str(value)]
        elif name in _FLAGS and value is True:
            words.append(_FLAGS[name])
    return shlex.join([*words, *options])


def command(step: object, history: str) -> Html:
    """
    What to do next, to be copied: a command in both its forms, anything else as its text.

    Args:
        step: As an answer has it under ``next``.
    """
    if isinstance(step, Mapping) and isinstance(step.get("action"), str):
        return joined(
            _copyable("Console", json.dumps(step, default=str)),
            _copyable("Terminal", line(step, where(history))),
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
