"""What ``[tool.dynamigrate.local]`` says of `local`, where the command line says nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ..faults import UsedWrongly
from ..pyproject import Pyproject

_TABLE: Final = "local"
_TEXT: Final = "a text, in quotes"


@dataclass(frozen=True, kw_only=True)
class Configured:
    """
    Each as the option of that name.

    Attributes:
        seed: Relative to the file that says it.
    """

    app: str | None = None
    stacks: tuple[str, ...] = ()
    context: dict[str, str] = field(default_factory=dict)
    seed: Path | None = None
    watch: bool = False
    port: int = 0

    @classmethod
    def read(cls, pyproject: Pyproject) -> Configured:
        """
        Raises:
            UsedWrongly: A key is none of these, or its value can't be; with its line.
        """
        table = pyproject.values.get(_TABLE, {})
        if not isinstance(table, dict):
            raise _wrong(pyproject, (), f"is {table!r}", f"It is a table: write [tool.dynamigrate.{_TABLE}].")
        for key, value in table.items():
            if key not in _CHECKS:
                raise _wrong(pyproject, (key,), "is no setting", f"The keys are {', '.join(_CHECKS)}.")
            what, fits = _CHECKS[key]
            if not fits(value):
                raise _wrong(pyproject, (key,), f"is {value!r}", f"It is {what}.")
        found: dict[str, Any] = dict(table)
        if "seed" in found:
            found["seed"] = pyproject.folder / found["seed"]
        if "stacks" in found:
            found["stacks"] = tuple(found["stacks"])
        return cls(**found)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_table_of_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _is_port(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 65535


_CHECKS: Final = {
    "app": (_TEXT, _is_text),
    "stacks": ('a list of names, such as ["Data", "Migrations"]', _are_texts),
    "context": ('a table of texts, such as { stage = "dev" }', _is_table_of_texts),
    "seed": (_TEXT, _is_text),
    "watch": ("true or false, without quotes", lambda value: isinstance(value, bool)),
    "port": ("a number from 0 to 65535, without quotes", _is_port),
}


def _wrong(pyproject: Pyproject, keys: tuple[str, ...], what: str, expected: str) -> UsedWrongly:
    named = ".".join((_TABLE, *keys))
    return UsedWrongly(
        f"{pyproject.where(_TABLE, *keys)}: {named} {what}.", f"{expected} Nothing was done.", kind="InvalidSetting"
    )
