"""The modules that migrations import, as far as it can be known without running them: the function must have them."""

from __future__ import annotations

import ast
import glob
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from ..errors import SynthError
from .vendored import is_dropped

_CAUGHT: Final = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
# Conditions on what runs the code; which way they go is not followed.
_SURROUNDINGS: Final = frozenset({"version_info", "platform", "name", "system", "machine", "hexversion"})
_MAIN: Final = "__main__"


def is_module(path: Path) -> bool:
    """Whether what is imported by *path*, which has no suffix, is there: a package, a file, or a compiled module."""
    name = glob.escape(path.name)
    found = [*path.parent.glob(f"{name}.py"), *path.parent.glob(f"{name}.so"), *path.parent.glob(f"{name}.*.so")]
    return path.is_dir() or bool(found)


class Import(NamedTuple):
    """
    One import of one module.

    Attributes:
        module: With its dots; of a relative one what stands behind the first dots.
        names: What is taken from it; empty where the module itself is imported.
        level: How many dots a relative one has.
        needed: Without it the code around it can't run.
    """

    line: int
    module: str
    names: tuple[str, ...]
    level: int
    needed: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


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
        return self.whole_powertools or not any(map(is_dropped, [one.module, *_members(one)]))


@dataclass
class _Reading:
    """The files that migrations lead to, and what they import that is nowhere."""

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
            for one in _imports(tree.body, self.around.has):
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
        """In any folder of the folder, as `sys.path` may lead there."""
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
            f"Pin packages with == in {around.requirements}, or have a layer bring them (layers=). An import that may "
            "fail stands in try, with except ImportError."
        )
    return tuple(
        f"{reading.at(path, one)} imports {one.module}, which is not in the function's code: {elsewhere} must bring it."
        for path, one in missing
    )


def _reason(root: Path, one: Import, around: Surroundings) -> str:
    if is_module(root / one.top):
        return f"lies in the folder, which is a package: write `from .{one.module} import ...`."
    if one.top in around.modules:
        return "is a part of Powertools that is not packed; pin aws-lambda-powertools to have all of it."
    if one.top in sys.stdlib_module_names:
        return f"is not in Python {around.python} on Linux."
    return "is neither in Python, nor in the runtime, nor in the function's code."


def _members(one: Import) -> list[str]:
    return [f"{one.module}.{name}" for name in one.names]


def _imports(body: list[ast.stmt], has: Callable[[Import], bool], *, needed: bool = True) -> Iterator[Import]:
    """All imports below *body*, in functions too; with a stack, as a chain of `elif` may be any depth."""
    stack: list[tuple[ast.AST, bool]] = [(one, needed) for one in reversed(body)]
    while stack:
        node, needed = stack.pop()
        match node:
            case ast.Import(names=aliases):
                yield from (Import(node.lineno, alias.name, (), 0, needed) for alias in aliases)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                yield Import(node.lineno, module or "", tuple(alias.name for alias in aliases), level, needed)
            case ast.Try() | ast.TryStar() if any(map(_catches, node.handlers)):
                tried = list(_imports(node.body, has, needed=False))
                yield from tried
                # What stands in for it is needed only where it is not there.
                failed = not all(map(has, tried))
                rest = [*(node.handlers if failed else node.orelse), *node.finalbody]
                stack.extend((one, needed) for one in rest)
            case ast.If(test=test):
                stack.extend(_branches(node, test, needed=needed))
            case ast.With(items=items) | ast.AsyncWith(items=items) if any(map(_suppresses, items)):
                stack.extend((one, False) for one in node.body)
            case _:
                below = ("body", "handlers", "orelse", "finalbody", "cases")
                found = [one for name in below if isinstance(value := getattr(node, name, None), list) for one in value]
                stack.extend((one, needed) for one in found)


def _branches(node: ast.If, test: ast.expr, *, needed: bool) -> list[tuple[ast.AST, bool]]:
    words = {one.id for one in ast.walk(test) if isinstance(one, ast.Name)}
    words |= {one.attr for one in ast.walk(test) if isinstance(one, ast.Attribute)}
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    main = "__name__" in words and any(isinstance(one, ast.Constant) and one.value == _MAIN for one in ast.walk(test))
    if "TYPE_CHECKING" in words or main:
        return [(one, needed) for one in (node.body if negated else node.orelse)]
    needed = needed and not words & _SURROUNDINGS
    return [(one, needed) for one in [*node.body, *node.orelse]]


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether a failing import is dealt with there, and not told in other words."""
    names = {"ImportError"} if handler.type is None else {one.id for one in _names(handler.type)}
    return bool(names & _CAUGHT) and not isinstance(handler.body[-1], ast.Raise)


def _suppresses(item: ast.withitem) -> bool:
    call = item.context_expr
    return isinstance(call, ast.Call) and any(one.id in _CAUGHT for arg in call.args for one in _names(arg))


def _names(expression: ast.expr) -> Iterator[ast.Name]:
    return (one for one in ast.walk(expression) if isinstance(one, ast.Name))


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
