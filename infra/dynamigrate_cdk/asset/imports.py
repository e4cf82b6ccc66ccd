"""Relative imports, which must find their file in the asset: in the function there is nothing else."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

from dynamigrate.contract.listing import NOT_DEPLOYED

from ..errors import SynthError
from .statements import Import, imports_in

# What Python imports beside source. Which platform and version it was built for shows only in the function.
_EXTENSION: Final = re.compile(r"(\.[\w-]+)*\.(so|pyd)")


def check_relative_imports(path: Path, folder: Path, tree: ast.Module) -> None:
    """
    Check the imports that are certain to be carried out once the code runs; others may fail.

    Raises:
        SynthError: One leads out of *folder*, to nothing, or to what is not deployed.
    """
    # Absolute imports are checked elsewhere.
    for statement in imports_in(tree, lambda _absolute: True):
        if not (statement.level and statement.needed):
            continue
        base = path.parent
        for _ in range(statement.level - 1):
            base = base.parent
        parts = statement.module.split(".") if statement.module else []
        dots = "." * statement.level
        if not base.is_relative_to(folder) or not _is_there(base, parts):
            raise _not_there(path, statement, f"{dots}{statement.module}", folder)
        place = base.joinpath(*parts)
        if not place.is_dir():
            _check_left_out(path, statement, folder, place)
            continue
        package = (place / "__init__.py").exists()
        for name in statement.names:
            # With an __init__.py a name may be one of its own: only running it would tell.
            there = package or name == "*" or _is_there(place, [name])
            if not there:
                inside = f"{dots}{statement.module}.{name}" if statement.module else f"{dots}{name}"
                raise _not_there(path, statement, inside, folder)
            _check_left_out(path, statement, folder, place / name if _is_there(place, [name]) else place)


def _check_left_out(path: Path, statement: Import, folder: Path, wanted: Path) -> None:
    for part in wanted.relative_to(folder).parts:
        if part in NOT_DEPLOYED and part not in path.relative_to(folder).parts:
            raise SynthError(
                f"{path}:{statement.line} imports from {wanted.relative_to(folder).as_posix()}, which is not deployed: "
                f"folders named {' or '.join(NOT_DEPLOYED)} are left out. Move what the migrations need to another "
                "folder, such as _helpers."
            )


def _not_there(path: Path, statement: Import, wanted: str, folder: Path) -> SynthError:
    return SynthError(
        f"{path}:{statement.line} imports from {wanted}, which is not in {folder}. "
        "Only that folder is deployed: put the helper into it, in a file whose name begins with an underscore."
    )


def _is_there(base: Path, parts: list[str]) -> bool:
    """Whether it is there by its exact name: a file system that ignores case would find what the function does not."""
    for number, part in enumerate(parts, start=1):
        names = [one.name for one in base.iterdir()] if base.is_dir() else []
        last = number == len(parts)
        if part in names and (base / part).is_dir():
            base /= part
        elif last:
            return any(
                name == f"{part}.py" or (name.startswith(f"{part}.") and _EXTENSION.fullmatch(name[len(part) :]))
                for name in names
            )
        else:
            return False
    return True
