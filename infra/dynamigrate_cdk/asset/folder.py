"""The user's folder of migrations, checked as far as it can be without running it."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final

from dynamigrate.contract.listing import NOT_DEPLOYED, files_below
from dynamigrate.contract.manifest import Manifest, read_folder

from ..errors import InvalidProp, SynthError
from .backfill_options import check_options
from .imports import check_relative_imports
from .workers import check_workers

# What the runtime itself has on its path beside the standard library: boto3 and what that brings along.
RUNTIME_PACKAGES: Final = frozenset(
    {"awslambdaric", "boto3", "botocore", "bootstrap", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
)


def check_folder(folder: Path, *, where: str, taken: Collection[str], machine: bool) -> Manifest:
    """
    What is in *folder*, or the first reason why it can't be deployed.

    Args:
        folder: Absolute.
        where: The construct, for messages.
        taken: Names at the asset's top level that belong to others.
        machine: Whether there is a state machine.

    Raises:
        InvalidProp: The folder's name hides a module that the function needs, or there is no machine for a backfill's
            workers.
        SynthError: A helper can't be read or does not parse, a relative import leads nowhere in the asset, or an option
            of a backfill can't be.
        MigrationsError: As in `read_folder`.
    """
    _check_name(folder, where, taken)
    manifest = read_folder(folder)
    _check_links(folder)
    for path in files_below(folder):
        if any(part in NOT_DEPLOYED for part in path.relative_to(folder).parts):
            continue
        if not _is_utf_8(path.relative_to(folder)):
            raise SynthError(
                f"{os.fsencode(path)!r} has a name that is not UTF-8, which no zip file can have. Rename it, or remove it."
            )
        if not path.is_file():
            raise SynthError(f"{path} {_what(path)}, and can't be deployed. Put a file in its place, or remove it.")
        if not os.access(path, os.R_OK):
            raise SynthError(f"{path} can't be read. Allow this user to read it, or remove it.")
        if path.suffix == ".py":
            tree = _parse(path)
            check_relative_imports(path, folder, tree)
            check_options(path, tree)
            check_workers(path, tree, where=where, machine=machine)
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


def _check_links(folder: Path) -> None:
    """Refuse a link to a folder that it is in: a copy would go round in circles."""
    for root, folders, _ in os.walk(folder):
        for link in (Path(root, name) for name in folders if Path(root, name).is_symlink()):
            if link.parent.resolve().is_relative_to(link.resolve()):
                raise SynthError(f"{link} leads back to {link.resolve()}, which it is in. Remove the link.")


def _is_utf_8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _what(path: Path) -> str:
    return f"is a link that leads nowhere (to {path.readlink()})" if path.is_symlink() else "is no regular file"


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except OSError as error:
        raise SynthError(
            f"{path} can't be read: {error.strerror or error}. Allow this user to read it, or remove it."
        ) from error
    except (RecursionError, MemoryError) as error:
        raise SynthError(
            f"{path} has an expression that is nested too deeply for Python. Write it as a loop, or as data in a file."
        ) from error
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        at = f"{path}:{line}" if line else str(path)
        raise SynthError(
            f"{at} is not valid Python: {getattr(error, 'msg', None) or error}. Correct the file and deploy again."
        ) from error
