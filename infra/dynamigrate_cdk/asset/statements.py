"""The imports that code carries out, and which of them may fail."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

_CAUGHT: Final = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
# Conditions on what runs the code; which way they go is not followed.
_SURROUNDINGS: Final = frozenset({"version_info", "platform", "name", "system", "machine", "hexversion"})
_MAIN: Final = "__main__"


class Import(NamedTuple):
    """
    One import of one module.

    Attributes:
        module: The module's name with its dots; of a relative import, what stands behind the first dots.
        names: What is taken from it; empty where the module itself is imported.
        level: With how many dots a relative import begins.
        needed: Whether the code around it can't run without it.
    """

    line: int
    module: str
    names: tuple[str, ...]
    level: int
    needed: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    @property
    def members(self) -> list[str]:
        """The names in full, each of which may be a module."""
        return [f"{self.module}.{name}" for name in self.names]


def imports_in(tree: ast.Module, has: Callable[[Import], bool]) -> Iterator[Import]:
    """
    All imports in *tree*, in functions too.

    Args:
        has: Tells whether something can be imported; where it can't, what stands in for it is needed.
    """
    return _imports(tree.body, has)


def _imports(body: list[ast.stmt], has: Callable[[Import], bool], *, needed: bool = True) -> Iterator[Import]:
    # With a stack, as a chain of `elif` may be any depth.
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
                # A stand-in is needed only where the module itself is not there.
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
    words = _words(test)
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    main = "__name__" in words and any(isinstance(one, ast.Constant) and one.value == _MAIN for one in ast.walk(test))
    if "TYPE_CHECKING" in words or main:
        return [(one, needed) for one in (node.body if negated else node.orelse)]
    needed = needed and not words & _SURROUNDINGS
    return [(one, needed) for one in [*node.body, *node.orelse]]


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether a failing import is dealt with there, rather than raised again in other words."""
    caught = handler.type is None or not _CAUGHT.isdisjoint(_words(handler.type))
    return caught and not isinstance(handler.body[-1], ast.Raise)


def _suppresses(item: ast.withitem) -> bool:
    call = item.context_expr
    return isinstance(call, ast.Call) and any(not _CAUGHT.isdisjoint(_words(arg)) for arg in call.args)


def _words(expression: ast.expr) -> set[str]:
    """All names in it, and those of attributes."""
    found = list(ast.walk(expression))
    return {one.id for one in found if isinstance(one, ast.Name)} | {
        one.attr for one in found if isinstance(one, ast.Attribute)
    }
