"""Relative imports, which must find their file in the asset: in the function there is nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dynamigrate.contract.listing import NOT_DEPLOYED

from ..errors import SynthError

# What Python imports beside source; for which platform and version it was built shows in the function alone.
_EXTENSION: Final = re.compile(r"(\.[\w-]+)*\.(so|pyd)")
_MISSING: Final = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def check_relative_imports(path: Path, folder: Path, tree: ast.Module) -> None:
    """
    Those that are carried out for certain once the code runs; what stands under ``try`` or ``if TYPE_CHECKING`` may
    fail.

    Raises:
        SynthError: One leads out of *folder*, to nothing, or to what is not deployed.
    """
    for statement in _imports(tree):
        base = path.parent
        for _ in range(statement.level - 1):
            base = base.parent
        parts = statement.module.split(".") if statement.module else []
        dots = "." * statement.level
        if not base.is_relative_to(folder) or not _is_there(base, parts):
            raise _not_there(path, statement, f"{dots}{statement.module or ''}", folder)
        place = base.joinpath(*parts)
        if not place.is_dir():
            _check_left_out(path, statement, folder, place)
            continue
        package = (place / "__init__.py").exists()
        for alias in statement.names:
            # With an __init__.py a name may be one of its own: only running it would tell.
            there = package or alias.name == "*" or _is_there(place, [alias.name])
            if not there:
                inside = f"{dots}{statement.module}.{alias.name}" if statement.module else f"{dots}{alias.name}"
                raise _not_there(path, statement, inside, folder)
            _check_left_out(path, statement, folder, place / alias.name if _is_there(place, [alias.name]) else place)


def _check_left_out(path: Path, statement: ast.ImportFrom, folder: Path, wanted: Path) -> None:
    for part in wanted.relative_to(folder).parts:
        if part in NOT_DEPLOYED and part not in path.relative_to(folder).parts:
            raise SynthError(
                f"{path}:{statement.lineno} imports from {wanted.relative_to(folder).as_posix()}, which is not deployed: "
                f"folders named {' or '.join(NOT_DEPLOYED)} are left out. Move what the migrations need to another "
                "folder, such as _helpers."
            )


def _not_there(path: Path, statement: ast.ImportFrom, wanted: str, folder: Path) -> SynthError:
    return SynthError(
        f"{path}:{statement.lineno} imports from {wanted}, which is not in {folder}. "
        "Only that folder is deployed: put the helper into it, in a file whose name begins with an underscore."
    )


def _is_there(base: Path, parts: list[str]) -> bool:
    """By the very name: a file system that takes capitals for small letters would find what the function does not."""
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


def _imports(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    waiting: list[ast.AST] = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ImportFrom):
            if node.level:
                yield node
        elif not (isinstance(node, ast.Try) and _may_fail(node)) and not (
            isinstance(node, ast.If) and _is_for_types(node.test)
        ):
            waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _may_fail(statement: ast.Try) -> bool:
    """Whether an import in it that fails is caught."""
    caught = [
        one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "")
        for handler in statement.handlers
        for one in (handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type])
    ]
    return any(handler.type is None for handler in statement.handlers) or not _MISSING.isdisjoint(caught)


def _is_for_types(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
