"""The table ``[tool.dynamigrate]`` of the nearest ``pyproject.toml`` that has one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .faults import UsedWrongly

_FILE = "pyproject.toml"
_TABLE = "tool.dynamigrate"


@dataclass(frozen=True)
class Pyproject:
    """
    What one file says; an empty one where there is no such file.

    Attributes:
        path: The file; None: there is none with such a table.
        values: The table ``[tool.dynamigrate]``.
    """

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def find(cls, folder: Path) -> Pyproject:
        """
        The nearest file with such a table, from *folder* upwards.

        Raises:
            UsedWrongly: A file on the way can't be read.
        """
        for place in (folder, *folder.parents):
            path = place / _FILE
            if path.is_file() and (table := _table(path)) is not None:
                return cls(path, table)
        return cls()

    @property
    def folder(self) -> Path:
        """What relative paths in the file are relative to."""
        return self.path.parent if self.path else Path()

    def where(self, *keys: str) -> str:
        """File and line of a key, such as ``pyproject.toml:12``."""
        if self.path is None:
            return _FILE
        line = _line(self.path.read_text(encoding="utf-8"), keys)
        return f"{_shown(self.path)}:{line}" if line else _shown(self.path)


def _table(path: Path) -> Mapping[str, Any] | None:
    try:
        text = path.read_bytes().decode("utf-8")
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsedWrongly(
            f"{_shown(path)} is no valid TOML: {error}.", "Mend that line; nothing was done.", kind="InvalidSetting"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"byte {error.start} is no UTF-8"
        raise UsedWrongly(f"{_shown(path)} can't be read: {reason}.", kind="InvalidSetting") from error
    tool = whole.get("tool", {})
    found = tool.get("dynamigrate") if isinstance(tool, dict) else None
    if found is None:
        return None
    if not isinstance(found, dict):
        raise UsedWrongly(
            f"{_shown(path)}: {_TABLE} is {found!r}, and should be a table.",
            f'Write [{_TABLE}] on a line of its own, and below it keys such as migrations = "migrations".',
            kind="InvalidSetting",
        )
    return found


def _line(text: str, keys: tuple[str, ...]) -> int | None:
    """The line of a key, as it is mostly written: below its table's header, or dotted. None: it is written otherwise."""
    *tables, key = keys
    header = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if match := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$", line):
            header = re.sub(r"[\s\"']", "", match[1])
            if header == ".".join((_TABLE, *keys)):
                return number
        elif match := re.match(r"\s*([\w.\-\"' ]+?)\s*=", line):
            written = re.sub(r"[\s\"']", "", match[1])
            if f"{header}.{written}" == ".".join((_TABLE, *tables, key)):
                return number
    return None


def _shown(path: Path) -> str:
    """*path* as a person would write it: from here, where it is below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
