"""A folder of migrations, read without running any of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from dynamigrate.contract.faults import Fault, read_each
from dynamigrate.contract.listing import NOT_DEPLOYED, files_below
from dynamigrate.contract.manifest import ManifestEntry

from .module import Module
from .reach import Function, Reach
from .roles import Role, roles_of

_TOO_DEEP: Final = (
    "has an expression that is nested too deeply for Python.",
    "Write it as a loop, or as data in a file.",
)


@dataclass(frozen=True)
class Folder:
    """
    Attributes:
        path: As it was given.
        entries: The migrations that can be read, by their files' names.
        faults: What keeps the folder from being deployed, but for two files of one id.
        modules: All files of Python that can be parsed, helpers too, by their places in it.
        remembered: What was worked out of it, by what did so.
    """

    path: Path
    entries: tuple[ManifestEntry, ...]
    faults: tuple[Fault, ...]
    modules: dict[tuple[str, ...], Module]
    remembered: dict[Any, dict[Any, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Folder:
        """
        Raises:
            NoMigrationsAvailable: There is no such folder, or it can't be read.
        """
        entries, faults = read_each(path)
        told = {fault.path for fault in faults}
        modules, more = {}, []
        for file in _python_files(path):
            read = _parsed(file, path)
            if isinstance(read, Module):
                modules[read.parts] = read
            elif file not in told:
                more.append(read)
        return cls(path, entries, (*faults, *more), modules)

    @cached_property
    def migrations(self) -> dict[str, tuple[ManifestEntry, Module]]:
        """By the name of the file."""
        found = {entry.file: self.modules.get((entry.file.removesuffix(".py"),)) for entry in self.entries}
        entries = {entry.file: entry for entry in self.entries}
        return {name: (entries[name], module) for name, module in found.items() if module is not None}

    @cached_property
    def reach(self) -> Reach:
        return Reach(self.modules)

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """What the engine calls: ``do``, ``undo`` and ``check`` of each migration, and the transforms of backfills."""
        return tuple(roles_of([module for _, module in self.migrations.values()], self.modules, self.reach))

    @cached_property
    def steps(self) -> tuple[Function, ...]:
        """What runs once: ``do``, ``undo``, ``check``, and what they call."""
        return self._reached("do", "undo", "check")

    @cached_property
    def transforms(self) -> tuple[Function, ...]:
        """What runs for each item: transforms, and what they call."""
        return self._reached("transform")

    def reached_by(self, role: Role) -> tuple[Function, ...]:
        """The function of *role*, and what it calls."""
        return self.reach.from_each([role.function])

    def _reached(self, *kinds: str) -> tuple[Function, ...]:
        return self.reach.from_each([role.function for role in self.roles if role.kind in kinds])


def _python_files(path: Path) -> Iterator[Path]:
    for file in files_below(path):
        inside = file.relative_to(path)
        if file.suffix == ".py" and file.is_file() and not any(part in NOT_DEPLOYED for part in inside.parts):
            yield file


def _parsed(file: Path, folder: Path) -> Module | Fault:
    try:
        source = file.read_bytes()
        tree = ast.parse(source, filename=str(file))
    except OSError as error:
        return Fault(file, 1, f"can't be read: {error.strerror or error}.", "Allow this user to read it, or remove it.")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        return Fault(file, line, f"is not valid Python: {getattr(error, 'msg', None) or error}.", "Correct the file.")
    except (RecursionError, MemoryError):
        return Fault(file, 1, *_TOO_DEEP)
    parts = file.relative_to(folder).with_suffix("").parts
    return Module(file, parts, source, tree, package=folder.resolve().name)
