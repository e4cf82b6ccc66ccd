"""Commands of the engine as they are typed in a terminal, for whoever shows them: functions too, which have no command line."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final

_PROGRAM: Final = "dynamigrate"
# Arguments of events, as options; those that are positional, or said by the command's name, are below.
_OPTIONS: Final[Mapping[str, str]] = {
    "as": "--as",
    "wait": "--wait",
    "read_units": "--read-units",
    "write_units": "--write-units",
    "for": "--for",
    "sample": "--sample",
}
_FLAGS: Final[Mapping[str, str]] = {
    "check": "--checks",
    "force": "--force",
    "confirm": "--yes",
    "dry_run": "--dry-run",
    "mask": "--mask",
}
ARGUMENTS: Final = frozenset({*_OPTIONS, *_FLAGS})
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "migrate": ("up",),
    "undo": ("down",),
    "rewind": ("down", "--all"),
}
# Commands that take a migration or a number by its place.
_PLACED: Final = frozenset(
    {"to", "step", "repair", "baseline", "verify", "pause", "resume", "cancel", "unlock", "workers"}
)
# The id that a construct has where nobody chose another one.
_USUAL: Final = "Migrations"


def command_line(event: Mapping[str, Any], options: Sequence[str] = (), *, confirmed: bool = False) -> str:
    """
    What is typed to have done what *event* does.

    Args:
        options: Those that find the same place again, such as ``["--stack", "Orders"]``.
        confirmed: Whether it says that it need not ask, where *event* says so.
    """
    action = str(event.get("action", "status"))
    words = [_PROGRAM, *_NAMES.get(action, (action,))]
    for name, value in event.items():
        if name != "action" and (confirmed or name != "confirm"):
            words += argument_words(action, str(name), value)
    return shlex.join([*words, *options])


def argument_words(action: str, name: str, value: object) -> list[str]:
    """One argument of the event of that *action*; nothing for a flag that is not set."""
    if name in _FLAGS:
        return [_FLAGS[name]] if value is True else []
    if name in _OPTIONS:
        return [_OPTIONS[name], str(value)]
    if name == "migration":
        if action in _PLACED and action != "workers":
            return [str(value)]
        return ["--to" if action == "plan" else "--migration", str(value)]
    if name == "n":
        if action in _PLACED:
            return [str(value)]
        return ["--step" if action == "plan" else "-n", str(value)]
    return [f"--{name.replace('_', '-')}", str(value)]


def options_of(history: str) -> tuple[str, ...]:
    """
    The options by which the command line finds *history*.

    Args:
        history: The stack's name, and the path of the construct in it; empty: not known.
    """
    stack, _, construct = history.partition("/")
    if not stack:
        return ()
    return ("--stack", stack, *(("--construct", construct) if construct not in ("", _USUAL) else ()))
