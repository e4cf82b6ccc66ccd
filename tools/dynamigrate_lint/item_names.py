"""Which names of a function stand for the item it is given, and which attributes others are made from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import inf

from .dynamodb_calls import method
from .folder import Folder
from .reach import Function

# All attributes, or some that can't be told.
ANY = "*"
_COPIES = frozenset({"dict", "copy.copy", "copy.deepcopy", "deepcopy"})
_TARGETS = (ast.Name, ast.Tuple, ast.List, ast.Starred)


class ItemNames:
    """
    Attributes:
        item: Names of the item itself.
        copies: Names of dicts that were made of all of it.
        made_from: Other names, with the attributes that their values come from.
    """

    def __init__(self, function: Function, parameter: str, folder: Folder) -> None:
        self._function = function
        self._folder = folder
        self.nodes = function.nodes
        self.item = {parameter}
        self.copies = set[str]()
        self._until = self._first_rebinding(parameter)
        self.made_from: dict[str, set[str]] = {}
        for _ in range(3):  # as far as values are handed on in any code that people write
            for name, value in self._bindings():
                self._bind(name, value)

    def is_item(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id in self.item and node.lineno <= self._until

    def is_whole(self, node: ast.AST) -> bool:
        """Whether it is the item, or a copy of all of it."""
        return isinstance(node, ast.Name) and (node.id in self.item or node.id in self.copies)

    def attribute(self, expression: ast.expr) -> str:
        """The attribute that a subscript names, by a constant of the folder too."""
        if isinstance(expression, ast.Name):
            found = self._folder.reach.value(self._function.module, expression.id)
            expression = found[1] if found is not None and isinstance(found[1], ast.Constant) else expression
        is_text = isinstance(expression, ast.Constant) and isinstance(expression.value, str)
        return str(expression.value) if is_text and isinstance(expression, ast.Constant) else ANY

    def reads(self, expression: ast.AST) -> set[str]:
        """The attributes that the value of *expression* comes from."""
        found, passed = set[str](), set[ast.AST]()
        for node in ast.walk(expression):
            match node:
                case ast.Subscript(value=owner, slice=key) if self.is_whole(owner):
                    found.add(self.attribute(key))
                    passed.add(owner)
                case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[key, *_]) if self.is_whole(owner):
                    found.add(self.attribute(key))
                    passed.add(owner)
                case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[owner]) if self.is_whole(owner):
                    found.add(self.attribute(key))
                    passed.add(owner)
                case ast.Name() if node not in passed:
                    found |= {ANY} if self.is_whole(node) else self.made_from.get(node.id, set())
        return found

    def _first_rebinding(self, parameter: str) -> float:
        """The line from which on *parameter* is something else."""
        lines = [
            node.lineno
            for node in self.nodes
            if isinstance(node, ast.Name) and node.id == parameter and isinstance(node.ctx, ast.Store)
        ]
        return min(lines, default=inf)

    def _bindings(self) -> Iterator[tuple[str, ast.expr]]:
        for node in self.nodes:
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        yield from ((name, value) for name in _names(target))
                case (
                    ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value)
                ):
                    yield from ((name, value) for name in _names(target))
                case ast.NamedExpr(target=target, value=value):
                    yield target.id, value
                case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                    yield from ((name, value) for name in _names(target))
                case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                    yield from ((name, value) for name in _names(target))

    def _bind(self, name: str, value: ast.expr) -> None:
        if isinstance(value, ast.Name) and self.is_item(value):
            self.item.add(name)
        elif self._is_copy(value):
            self.copies.add(name)
        elif name not in self.item and name not in self.copies:
            self.made_from.setdefault(name, set()).update(self.reads(value))

    def _is_copy(self, value: ast.expr) -> bool:
        match value:
            case ast.Call(func=function, args=[only, *_]) if self.is_whole(only):
                return self._function.module.dotted(function) in _COPIES
            case ast.Call(func=ast.Attribute(value=owner)) if self.is_whole(owner):
                return method(value) == "copy"
            case ast.Dict(keys=keys, values=values):
                return any(key is None and self.is_whole(one) for key, one in zip(keys, values, strict=True))
            case ast.BinOp(op=ast.BitOr(), left=left):
                return self.is_whole(left)
            case _:
                return False


def _names(target: ast.AST) -> Iterator[str]:
    """Names that are bound; what is assigned into something is no name."""
    waiting = [target]
    while waiting:
        match waiting.pop():
            case ast.Name(id=name):
                yield name
            case ast.Tuple(elts=inner) | ast.List(elts=inner):
                waiting.extend(inner)
            case ast.Starred(value=inner):
                waiting.append(inner)
