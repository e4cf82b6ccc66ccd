"""The user's folder of migrations, checked as far as it can be without running it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final

from dynamigrate.contract.manifest import Manifest, read_folder

from ..errors import InvalidProp, SynthError

# What the runtime itself has on its path beside the standard library: boto3 and what that brings along.
RUNTIME_PACKAGES: Final = frozenset(
    {"awslambdaric", "boto3", "botocore", "bootstrap", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
)
# Not deployed: what tests the migrations.
LEFT_OUT: Final = ("tests", "test")


def check_folder(folder: Path, *, where: str, taken: Collection[str]) -> Manifest:
    """
    What is in *folder*, or the first reason why it can't be deployed.

    Args:
        folder: Absolute.
        where: The construct, for messages.
        taken: Names at the asset's top level that belong to others.

    Raises:
        InvalidProp: The folder's name hides a module that the function needs.
        SynthError: A helper does not parse, or a relative import leads nowhere.
        MigrationsError: As `read_folder` has it.
    """
    _check_name(folder, where, taken)
    manifest = read_folder(folder)
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder).parts
        if not any(part.startswith(".") or part in LEFT_OUT for part in inside):
            _check_imports(path, folder, _parse(path))
    return manifest


def _check_name(folder: Path, where: str, taken: Collection[str]) -> None:
    name = folder.name
    if name in taken:
        what = "is what the function's own code is called"
    elif name in sys.stdlib_module_names:
        what = "is a module of Python's standard library"
    elif name in RUNTIME_PACKAGES:
        what = "is a package of the Lambda runtime"
    else:
        return
    raise InvalidProp(
        where,
        f"the folder of migrations, {folder}, is named {name!r}, which {what}: one would hide the other.",
        "Rename the folder, to migrations for example.",
    )


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        at = f"{path}:{line}" if line else str(path)
        raise SynthError(
            f"{at} is not valid Python: {getattr(error, 'msg', None) or error}. Correct the file and deploy again."
        ) from error


def _check_imports(path: Path, folder: Path, tree: ast.Module) -> None:
    """Relative imports at the top level must find their file: in the function there is nothing else."""
    for statement in tree.body:
        if not isinstance(statement, ast.ImportFrom) or statement.level == 0:
            continue
        base = path.parent
        for _ in range(statement.level - 1):
            base = base.parent
        wanted = base.joinpath(*statement.module.split(".")) if statement.module else base
        # Without a module (`from . import _money`) the names may be modules or not: only running it would tell.
        there = wanted.is_dir() or wanted.with_name(f"{wanted.name}.py").is_file()
        if not base.is_relative_to(folder) or not there:
            dots = "." * statement.level
            raise SynthError(
                f"{path}:{statement.lineno} imports from {dots}{statement.module or ''}, which is not in {folder}. "
                "Only that folder is deployed: put the helper into it, in a file whose name begins with an underscore."
            )
