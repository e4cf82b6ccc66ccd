"""What gives a setting its value: an option, a variable of the environment, a key of ``pyproject.toml``, or its default."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .faults import UsedWrongly
from .options import Setting
from .pyproject import Pyproject

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"", "0", "false", "no", "off"})
_DEFAULT: Final = "default"


@dataclass(frozen=True)
class Given:
    """
    A value, and where it was given.

    Attributes:
        origin: In words: ``--table``, ``DYNAMIGRATE_TABLE``, ``pyproject.toml:7``, or ``default``.
        rank: 0 for an option, 1 for the environment, 2 for the file, 3 for a default: the lower wins.
    """

    value: Any
    origin: str
    rank: int


def merged(setting: Setting, sources: Sequence[Mapping[str, Given]]) -> dict[str, Given]:
    """The strongest of each; of a table, of each of its names."""
    if setting.kind == "texts":
        found: dict[str, Given] = {}
        for source in reversed(sources):
            found |= source
        return found
    for source in sources:
        if setting.key in source:
            return {setting.key: source[setting.key]}
    return {setting.key: Given(setting.default, _DEFAULT, 3)}


def from_options(setting: Setting, options: Mapping[str, Any]) -> Iterator[tuple[str, Given]]:
    """
    Raises:
        UsedWrongly: An entry of a table is none.
    """
    value = options.get(setting.name)
    if value is None:
        return
    if setting.kind != "texts":
        if isinstance(value, list):
            value = tuple(value) if len(value) > 1 else value[0]
        yield setting.key, Given(value, setting.option, 0)
        return
    for one in value:
        name, equals, text = one.partition("=")
        if not (equals and name):
            raise UsedWrongly(
                f"{setting.option} {one!r} is no {setting.metavar}.",
                f"For example {setting.option} {_example(setting)}; nothing was done.",
            )
        yield f"{setting.key}.{name}", Given(text, f"{setting.option} {name}", 0)


def from_environment(setting: Setting, environ: Mapping[str, str]) -> Iterator[tuple[str, Given]]:
    """
    Raises:
        UsedWrongly: The variable can't be what it is.
    """
    text = environ.get(setting.variable)
    if text is None:
        return
    variable = setting.variable
    if setting.kind == "texts":
        try:
            value = json.loads(text or "{}")
        except ValueError:
            value = None
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            name, _, example = _example(setting).partition("=")
            raise wrong(variable, "is no JSON object of texts", f"It looks like {json.dumps({name: example})}.")
        for name, one in value.items():
            yield f"{setting.key}.{name}", Given(one, variable, 1)
    elif setting.kind == "flag":
        if text.lower() not in _TRUE | _FALSE:
            raise wrong(variable, f"is {text!r}", "It is true or false.")
        yield setting.key, Given(text.lower() in _TRUE, variable, 1)
    else:
        # An empty variable takes back what a file gives.
        yield setting.key, Given(_checked(setting, text or setting.default, variable), variable, 1)


def from_file(setting: Setting, pyproject: Pyproject) -> Iterator[tuple[str, Given]]:
    """
    Raises:
        UsedWrongly: The key can't be what it is.
    """
    if setting.key not in pyproject.values:
        return
    value, where = pyproject.values[setting.key], pyproject.where(setting.key)
    named = f"{where}: {setting.key}"
    if setting.kind == "texts":
        if not isinstance(value, dict):
            raise wrong(named, f"is {value!r}", f"It is a table: write [tool.dynamigrate.{setting.key}].")
        for name, one in value.items():
            inner = pyproject.where(setting.key, name)
            if not isinstance(one, str):
                raise wrong(f"{inner}: {setting.key}.{name}", f"is {one!r}", "It is a text, in quotes.")
            yield f"{setting.key}.{name}", Given(one, inner, 2)
    elif setting.kind == "flag":
        if not isinstance(value, bool):
            raise wrong(named, f"is {value!r}", "It is true or false, without quotes.")
        yield setting.key, Given(value, where, 2)
    elif not isinstance(value, str) or not value:
        raise wrong(named, f"is {value!r}", "It is a text, in quotes.")
    else:
        value = str(pyproject.folder / value) if setting.kind == "path" else value
        yield setting.key, Given(_checked(setting, value, named), where, 2)


def _checked(setting: Setting, value: Any, where: str) -> Any:
    if setting.choices and value not in setting.choices:
        raise wrong(where, f"is {value!r}", f"It is one of {', '.join(setting.choices)}.")
    return value


def _example(setting: Setting) -> str:
    return "orders=Data-Orders-1X2Y" if setting.key == "tables" else "batch=7"


def wrong(where: str, what: str, expected: str) -> UsedWrongly:
    """
    Args:
        where: Which setting, and where it was given.
        what: What it is, with its verb.
        expected: What it should be, as a sentence.
    """
    return UsedWrongly(f"{where} {what}.", f"{expected} Nothing was done.", kind="InvalidSetting")
