"""The modules that migrations import, as far as it can be known without running them: the function must have them."""

from __future__ import annotations

import ast
import glob
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import SynthError
from .statements import Import, imports_in
from .vendored import is_dropped


def is_module(path: Path) -> bool:
    """Whether there is something to import at *path*, which has no suffix: a package, a file, or a compiled module."""
    name = glob.escape(path.name)
    found = [*path.parent.glob(f"{name}.py"), *path.parent.glob(f"{name}.so"), *path.parent.glob(f"{name}.*.so")]
    return path.is_dir() or bool(found)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """
    What can be imported in the function beside the folder itself.

    Attributes:
        package: The folder's name at the asset's top level.
        modules: Top-level names: of Python, the runtime and the asset.
        whole_powertools: Whether all of Powertools is there, and not the engine's part alone.
        elsewhere: What else may bring modules, in words; empty where nothing does.
        python: The function's version, for messages.
        requirements: Where a missing package would be listed, for messages.
    """

    package: str
    modules: frozenset[str]
    whole_powertools: bool
    elsewhere: str
    python: str
    requirements: Path

    def has(self, one: Import) -> bool:
        if one.level:
            return True
        if one.top not in self.modules and one.top != self.package:
            return False
        return self.whole_powertools or not any(map(is_dropped, [one.module, *one.members]))


@dataclass
class _Reading:
    """The files that migrations lead to, and what they import that is not there."""

    root: Path
    shown: Path
    around: Surroundings
    missing: list[tuple[Path, Import]] = field(default_factory=list)
    changes_path: bool = False

    def follow(self, starts: Iterable[Path]) -> None:
        queue = deque(starts)
        seen: set[Path] = set()
        while queue:
            path = queue.popleft()
            if path in seen or not path.is_file():
                continue
            seen.add(path)
            tree = ast.parse(path.read_bytes(), filename=str(path))
            self.changes_path = self.changes_path or _changes_path(tree)
            for one in imports_in(tree, self.around.has):
                if one.level or one.top == self.around.package:
                    queue.extend(found for found in self._inside(path, one) if found.is_relative_to(self.root))
                elif one.needed and not self.around.has(one):
                    self.missing.append((path, one))

    def _inside(self, path: Path, one: Import) -> Iterator[Path]:
        """The files that an import from the folder itself may run; whether they are there is checked elsewhere."""
        base = path.parents[min(one.level, len(path.parents)) - 1] if one.level else self.root.parent
        for part in one.module.split(".") if one.module else []:
            base /= part
            yield from (base / "__init__.py", base.with_name(f"{base.name}.py"))
        for name in one.names:
            yield from (base / name / "__init__.py", base / f"{name}.py")

    def at(self, path: Path, one: Import) -> str:
        return f"{self.shown / path.relative_to(self.root)}:{one.line}"

    def has_anywhere(self, name: str) -> bool:
        """Whether it is in any folder below: `sys.path` may lead there."""
        folders = [self.root, *(path for path in self.root.rglob("*") if path.is_dir())]
        return any(is_module(folder / name) for folder in folders)


def check_imports(root: Path, shown: Path, starts: Iterable[str], around: Surroundings) -> tuple[str, ...]:
    """
    Read the migrations, and the helpers that they lead to.

    An import under ``try`` with ``except ImportError``, or under ``if TYPE_CHECKING``, may fail.

    Args:
        root: The folder as it is deployed.
        shown: Where the user has it, for messages.
        starts: The migrations' files.

    Returns:
        Warnings: what may or may not be there.

    Raises:
        SynthError: Something is imported that the function will not have.
    """
    reading = _Reading(root, shown, around)
    reading.follow([root / "__init__.py", *(root / name for name in starts)])
    missing = [
        (path, one) for path, one in reading.missing if not (reading.changes_path and reading.has_anywhere(one.top))
    ]
    elsewhere = "a change of sys.path" if reading.changes_path else around.elsewhere
    if missing and not elsewhere:
        lines = "\n".join(
            f"    {reading.at(path, one)}: {one.module} {_reason(root, one, around)}" for path, one in missing
        )
        raise SynthError(
            f"The function will not have all that its migrations import:\n{lines}\n"
            f"Pin packages with == in {around.requirements}, or have a layer bring them (layers=); put code of your own "
            "into the folder, and import it relatively. An import that may fail stands in try, with except ImportError."
        )
    return tuple(
        f"{reading.at(path, one)} imports {one.module}, which is not in the function's code: {elsewhere} must bring it."
        for path, one in missing
    )


def _reason(root: Path, one: Import, around: Surroundings) -> str:
    if is_module(root / one.top):
        return f"lies in the folder, which is a package: write `from .{one.module} import ...`."
    if around.package in one.module.split(".")[1:]:
        return f"is the folder by a path that the function does not have: import from it relatively, or as {around.package}."
    if one.top in around.modules:
        return "is a part of Powertools that is not packed; pin aws-lambda-powertools to have all of it."
    if one.top in sys.stdlib_module_names:
        return f"is not in Python {around.python} on Linux."
    return "is neither in Python, nor in the runtime, nor in the function's code."


def _changes_path(tree: ast.Module) -> bool:
    """Whether anything is put on `sys.path`."""
    aliases = {"sys"}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                aliases |= {one.asname for one in names if one.name == "sys" and one.asname}
            case ast.ImportFrom(module="sys", names=names) if any(one.name == "path" for one in names):
                return True
            case ast.Call(func=ast.Attribute(attr="addsitedir") | ast.Name(id="addsitedir")):
                return True
    for node in ast.walk(tree):
        match node:
            case (
                ast.Call(func=ast.Attribute(value=path))
                | ast.AugAssign(target=path)
                | ast.Assign(targets=[ast.Subscript(value=path) | path])
            ) if isinstance(path, ast.Attribute) and path.attr == "path":
                if isinstance(path.value, ast.Name) and path.value.id in aliases:
                    return True
    return False
