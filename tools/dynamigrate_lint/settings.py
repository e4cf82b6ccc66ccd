"""The settings of the linter, as ``pyproject.toml`` has them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final, Self

from dynamigrate.contract.names import is_id

from .errors import InvalidLintSetting

FILE: Final = "pyproject.toml"
TABLE: Final = "tool.dynamigrate.lint"
_PREFIX: Final = "DYN"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Attributes:
        select: Codes, or what they begin with; empty: all.
        ignore: The same, of what is left out; the longer of two that fit decides, and *ignore* where they are equal.
        require_undo: Whether each migration must have an undo.
        since: The id of the first migration that is judged; empty: all are. What keeps a folder from being deployed is
            always told.
        per_file_ignores: What is left out in files whose names fit a pattern.

    Raises:
        InvalidLintSetting: A value can't be what it is.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    require_undo: bool = False
    since: str = ""
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def from_table(cls, table: object, *, where: str) -> Self:
        """
        What a table of TOML says, with hyphens or underscores in its names.

        Args:
            where: The file, for messages.
        """
        at = f"[{TABLE}] in {where}"
        if not isinstance(table, Mapping):
            raise InvalidLintSetting(f"{at} is {table!r}.", 'Make it a table, with select = ["DYN1"] for example.')
        given = {str(name).replace("-", "_"): value for name, value in table.items()}
        known = [one.name for one in fields(cls)]
        for name in given:
            if name not in known:
                raise InvalidLintSetting(f"{at} has {name!r}.", f"Use {', '.join(known)}.")
        readers: dict[str, Callable[[object, str], Any]] = {
            "select": codes,
            "ignore": codes,
            "require_undo": _flag,
            "since": _id,
            "per_file_ignores": _per_file,
        }
        return cls(**{name: readers[name](value, f"{name} of {at}") for name, value in given.items()})

    def wants(self, code: str, file: str = "") -> bool:
        """Whether findings of *code* are wanted, in a file of that name."""
        chosen = _longest(self.select, code) if self.select else 0
        left_out = _longest(self.ignore, code)
        if chosen < 0 or left_out >= max(chosen, 0):
            return False
        fitting = [one for pattern, listed in self.per_file_ignores.items() if fnmatch(file, pattern) for one in listed]
        return _longest(fitting, code) < 0


def codes(value: object, what: str) -> tuple[str, ...]:
    """
    A list of codes, or of what codes begin with.

    Raises:
        InvalidLintSetting: It is none.
    """
    from .registry import RULES

    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, Sequence) or not all(isinstance(one, str) for one in listed):
        raise InvalidLintSetting(f"{what} is {value!r}.", 'Make it a list of codes: ["DYN101", "DYN2"].')
    found = tuple(one.strip().upper() for one in listed)
    for one in found:
        if not one.startswith(_PREFIX) or not any(rule.code.startswith(one) for rule in RULES):
            raise InvalidLintSetting(
                f"{what} has {one!r}, which no code begins with.",
                f"There are {', '.join(rule.code for rule in RULES)}.",
            )
    return found


def read_settings(folder: Path) -> tuple[Settings, dict[str, Any]]:
    """
    What the nearest ``pyproject.toml`` with a table of this tool says, from *folder* upwards; and all of that table.

    Raises:
        InvalidLintSetting: The file can't be read, or a value in it can't be what it is.
    """
    for place in (folder.resolve(), *folder.resolve().parents):
        path = place / FILE
        if not path.is_file():
            continue
        try:
            tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
        except (OSError, ValueError) as error:
            raise InvalidLintSetting(f"{path} can't be read: {error}.", "Correct the file.") from error
        if isinstance(tool, Mapping) and isinstance(table := tool.get("dynamigrate"), Mapping):
            return Settings.from_table(table.get("lint", {}), where=str(path)), dict(table)
    return Settings(), {}


def _flag(value: object, what: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidLintSetting(f"{what} is {value!r}.", "Make it true or false.")
    return value


def _id(value: object, what: str) -> str:
    if not is_id(value):
        raise InvalidLintSetting(f"{what} is {value!r}.", 'Make it the id of a migration: since = "20261123090000".')
    return str(value)


def _per_file(value: object, what: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise InvalidLintSetting(f"{what} is {value!r}.", 'Make it a table: {"*_seed.py" = ["DYN103"]}.')
    return {str(pattern): codes(listed, f"{what}, for {pattern!r},") for pattern, listed in value.items()}


def _longest(listed: Sequence[str], code: str) -> int:
    """How long the longest of *listed* is that *code* begins with; -1: none is."""
    return max((len(one) for one in listed if code.startswith(one)), default=-1)
