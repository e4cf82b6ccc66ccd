"""
Which files of a folder are migrations.

What looks like one and would not run is refused: nobody would notice that it never did.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..errors import InvalidMigration, InvalidMigrationName, MigrationsError, NoMigrationsAvailable
from .names import parse_file_name

# Folders that are not deployed, at any depth: what tests the migrations.
NOT_DEPLOYED: Final = ("tests", "test")

_SOURCE: Final = ".py"
# What stands for a source that is not there: compiled, or only its types.
_STAND_INS: Final = (".pyc", ".pyo", ".pyi", ".pyw")
_BEGINS_WITH_DIGIT: Final = re.compile(r"[0-9]")


def migration_files(folder: Path) -> list[Path]:
    """
    The files in *folder* that are named as migrations, sorted by name.

    Dot files, and what begins with an underscore, are passed over; so is what does not look like a migration at all.

    Raises:
        NoMigrationsAvailable: There is no such folder, or it can't be read.
        InvalidMigrationName: A Python file is named neither as a migration nor as a helper.
        InvalidMigration: Something is named like a migration and can't be one: a folder, a link that leads nowhere, a
            compiled file without its source; or a migration is in a subfolder, where none is looked for.
    """
    found = []
    for path, fault in looked_at(folder):
        if fault is not None:
            raise fault
        found.append(path)
    return found


def looked_at(folder: Path) -> Iterator[tuple[Path, MigrationsError | None]]:
    """
    The same files, one after the other, and between them what keeps the folder from being deployed, with the reason.

    Raises:
        NoMigrationsAvailable: There is no such folder, or it can't be read.
    """
    if not folder.is_dir():
        raise NoMigrationsAvailable(f"{folder} is no folder.", next_step="Name the folder that holds the migrations.")
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise NoMigrationsAvailable(
            f"{folder} can't be read: {error.strerror or error}.",
            next_step="Allow this user to read the folder that holds the migrations.",
        ) from error
    for name in names:
        path = folder / name
        if name.startswith((".", "_")):
            continue
        try:
            found = _is_migration(path, folder, names)
        except MigrationsError as fault:
            yield path, fault
        else:
            if found:
                yield path, None


def _is_migration(path: Path, folder: Path, names: list[str]) -> bool:
    """
    Raises:
        InvalidMigrationName, InvalidMigration: As in `migration_files`.
    """
    if path.suffix.strip().lower() == _SOURCE:
        _check_file(path)
        return True
    if path.suffix in _STAND_INS:
        _check_stand_in(path, names)
    elif path.is_dir() and path.name not in NOT_DEPLOYED:
        _check_subfolder(path, folder)
    return False


def files_below(folder: Path) -> Iterator[Path]:
    """
    All files of *folder* that belong to its code, sorted: not those whose name begins with a dot, nor what is in such
    folders or in ``__pycache__``. Links are followed, but none twice, and none upwards.
    """
    start, seen = os.path.realpath(folder), set[str]()
    for root, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen or start.startswith(real.rstrip(os.sep) + os.sep):
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
        yield from (Path(root, name) for name in sorted(files) if not name.startswith("."))


def _check_file(path: Path) -> None:
    if path.is_symlink() and not path.exists():
        raise InvalidMigration(
            f"{path} is a link that leads nowhere: to {path.readlink()}.",
            next_step="Bring back what it leads to, or remove the link.",
        )
    if path.is_dir():
        raise InvalidMigration(
            f"{path} is a folder, and is named like a file of Python: nothing in it would run.",
            next_step="Rename it, or put a file in its place; a folder of helpers begins with an underscore.",
        )
    if not path.is_file():
        raise InvalidMigration(f"{path} is no regular file.", next_step="Put a file in its place, or remove it.")
    parse_file_name(path.name)


def _check_stand_in(path: Path, names: list[str]) -> None:
    stem = path.name.partition(".")[0]
    if _BEGINS_WITH_DIGIT.match(stem) and f"{stem}{_SOURCE}" not in names:
        raise InvalidMigration(
            f"{path} looks like a migration and would not run: {stem}{_SOURCE} is not there.",
            next_step="Bring back its source, or remove the file.",
        )


def _check_subfolder(path: Path, folder: Path) -> None:
    if (path / "__init__.py").exists() and _is_migration_name(f"{path.name}{_SOURCE}"):
        raise InvalidMigration(
            f"{path} is a package, and is named like a migration: a migration is one file.",
            next_step=(
                f"Put its code into {path.name}{_SOURCE}; what else it needs into a folder whose name begins with an "
                "underscore, such as _helpers."
            ),
        )
    for file in files_below(path):
        hidden = any(part.startswith("_") or part in NOT_DEPLOYED for part in file.relative_to(path).parts)
        if not hidden and file.suffix.strip().lower() == _SOURCE and _looks_like_a_migration(file):
            raise InvalidMigration(
                f"{file} looks like a migration and would not run: it is in a subfolder.",
                next_step=(
                    f"Move it to {folder}; or, if it is not to run, have the name of its folder begin with an "
                    f"underscore: _{path.name}."
                ),
            )


def _looks_like_a_migration(file: Path) -> bool:
    """Whether it is meant as a migration, by its name and its ``do``: files of other tools have such names too."""
    if not _BEGINS_WITH_DIGIT.match(file.name):
        return False
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return _is_migration_name(file.name)
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(
        (isinstance(one, functions) and one.name == "do")
        or (isinstance(one, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "do" for to in one.targets))
        for one in tree.body
    )


def _is_migration_name(name: str) -> bool:
    try:
        parse_file_name(name)
    except InvalidMigrationName:
        return False
    return True
