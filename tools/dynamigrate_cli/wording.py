"""Commands of the engine, as they are typed here."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dynamigrate.commands.command_line import ARGUMENTS, argument_words, command_line
from dynamigrate.commands.registry import COMMANDS

_INVOKE: Final = re.compile(r"\b([Ii])nvok(e|ing)\s+$")
_ARGUMENT: Final = re.compile(r'"(\w+)": ("[^"]*"|true|false|-?\d+(?:\.\d+)?)')


class Wording:
    """
    Says commands with the options that find the same place again.

    Args:
        where: Those options, such as ``["--stack", "Orders"]``.
    """

    def __init__(self, where: Sequence[str] = ()) -> None:
        self._where = list(where)

    def command(self, event: Mapping[str, Any], *, confirmed: bool = False) -> str:
        """
        The command line that does what *event* does.

        Args:
            confirmed: Whether it says that it need not ask, where *event* says so.
        """
        return command_line(event, self._where, confirmed=confirmed)

    def text(self, text: str) -> str:
        """*text* of an answer, with the commands in it as they are typed here."""
        confirmed = '"confirm": true: {' in text
        return _each_event(text, lambda event: self.command(event, confirmed=confirmed))

    def next_step(self, step: object) -> str:
        """A next step of an answer: a text, or an event."""
        if isinstance(step, Mapping):
            return self.command(step)
        return self.text(str(step)) if step else ""


def _each_event(text: str, word: Callable[[Mapping[str, Any]], str]) -> str:
    """*text* with each event in it as *word* says it; what is JSON and no event of ours stays."""
    said, rest = "", text
    while (begin := rest.find("{")) >= 0:
        before, rest = rest[:begin], rest[begin:]
        try:
            found, end = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            found, end = None, 1
        if isinstance(found, dict) and found.get("action") in COMMANDS:
            said += _INVOKE.sub(_run, _arguments(before)) + word(found)
        else:
            said += _arguments(before) + rest[:end]
        rest = rest[end:]
    return said + _arguments(rest)


def _run(match: re.Match[str]) -> str:
    return f"{'R' if match[1] == 'I' else 'r'}un{'ning' if match[2] == 'ing' else ''} "


def _arguments(text: str) -> str:
    """Arguments that stand alone in *text*, as options."""

    def option(match: re.Match[str]) -> str:
        name, value = match[1], json.loads(match[2])
        if name not in ARGUMENTS:
            return match[0]
        return shlex.join(argument_words("", name, value))

    return _ARGUMENT.sub(option, text)
