"""One file of Python, and what the names in it stand for, as far as its syntax tree tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

Code = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Brought(NamedTuple):
    """
    A name that is imported from the folder itself.

    Attributes:
        parts: The module, as parts of its path in the folder.
        name: What is taken from it; None: the module itself.
    """

    parts: tuple[str, ...]
    name: str | None


class Module:
    """
    Attributes:
        path: As it was given.
        parts: Its place in the folder, without the suffix.
    """

    def __init__(self, path: Path, parts: tuple[str, ...], source: bytes, tree: ast.Module, *, package: str) -> None:
        self.path = path
        self.parts = parts
        self.source = source
        self.tree = tree
        self._package = package
        self._inside: dict[ast.AST, tuple[ast.AST, ...]] = {}

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All of its nodes, outer ones first."""
        return tuple(ast.walk(self.tree))

    def inside(self, code: Code) -> tuple[ast.AST, ...]:
        """What is in a function, functions inside of it too; not its decorators and defaults, which run at import."""
        if code not in self._inside:
            body = code.body if isinstance(code.body, list) else [code.body]
            self._inside[code] = tuple(node for one in body for node in ast.walk(one))
        return self._inside[code]

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def imports(self) -> dict[str, str]:
        """Names, wherever in the file they are imported, with what they stand for: ``now`` for ``datetime.datetime``."""
        found = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for one in node.names:
                    found[one.asname or one.name.partition(".")[0]] = (
                        one.name if one.asname else one.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.update({one.asname or one.name: f"{node.module}.{one.name}" for one in node.names})
        return found

    @cached_property
    def brought(self) -> dict[str, Brought]:
        """Names that are imported from other files of the folder."""
        found = {}
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom) and (start := self._start(node)) is not None:
                for one in node.names:
                    whole = Brought((*start, one.name), None) if not node.module else Brought(start, one.name)
                    found[one.asname or one.name] = whole
        return found

    def _start(self, node: ast.ImportFrom) -> tuple[str, ...] | None:
        """The module that *node* imports from, in the folder; None: it is elsewhere."""
        named = tuple((node.module or "").split(".")) if node.module else ()
        if node.level:
            above = len(self.parts) - node.level
            return (*self.parts[:above], *named) if above >= 0 else None
        return named[1:] if named[:1] == (self._package,) and len(named) > 1 else None

    @cached_property
    def bound(self) -> dict[str, ast.AST]:
        """What the file's own statements, those in blocks too, bind to names: a definition, or the expression assigned."""
        found: dict[str, ast.AST] = {}
        for node in _statements(self.tree.body):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    found[name] = node
                case ast.Assign(targets=targets, value=value):
                    found.update({target.id: value for target in targets if isinstance(target, ast.Name)})
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    found[name] = value
        return found

    def dotted(self, expression: ast.AST) -> str:
        """
        What *expression* is called in full, ``boto3.client().put_item`` for example; empty: it has no name.

        A local name stands as it is; calls on the way are ``()``.
        """
        parts: list[str] = []
        while True:
            match expression:
                case ast.Attribute(value=inner, attr=name):
                    parts.append(f".{name}")
                    expression = inner
                case ast.Call(func=inner):
                    parts.append("()")
                    expression = inner
                case ast.Name(id=name):
                    return self.imports.get(name, name) + "".join(reversed(parts))
                case _:
                    return ""


def _statements(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """All that run with the module, in order; those inside of functions and classes don't."""
    waiting: list[ast.AST] = list(reversed(body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _DEFINITIONS):
            waiting.extend(reversed([one for one in ast.iter_child_nodes(node) if isinstance(one, _BLOCKS)]))
