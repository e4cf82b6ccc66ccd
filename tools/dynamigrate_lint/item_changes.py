"""Changes of the item that a transform is given, in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from .item_names import ANY, ItemNames
from .reach import Function

_OF_DICTS = frozenset({"pop", "popitem", "setdefault", "update", "clear"})
_OF_VALUES = _OF_DICTS | {"append", "extend", "insert", "remove", "sort", "reverse", "add", "discard"}


class Change(NamedTuple):
    """
    Attributes:
        attribute: What is in it was changed; None: the item itself.
    """

    function: Function
    node: ast.AST
    attribute: str | None


def changes(function: Function, names: ItemNames) -> Iterator[Change]:
    for node in names.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, called = node.func.value, node.func.attr
            if names.is_item(owner):
                if called in _OF_DICTS:
                    yield Change(function, node, None)
            elif called in _OF_VALUES and (attribute := _inside(owner, names)):
                yield Change(function, node, attribute)
        for target in _targets(node):
            if names.is_item(target.value):
                yield Change(function, node, None)
            elif attribute := _inside(target.value, names):
                yield Change(function, node, attribute)


def _targets(node: ast.AST) -> Iterator[ast.Subscript]:
    """What is assigned to, or deleted, inside of something."""
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            yield from (one for one in targets if isinstance(one, ast.Subscript))
        case ast.AugAssign(target=ast.Subscript() as target) | ast.AnnAssign(target=ast.Subscript() as target):
            yield target


def _inside(owner: ast.expr, names: ItemNames) -> str:
    """The attribute of the item that *owner* is in; empty: it is in none, or that can't be told."""
    while True:
        match owner:
            case ast.Subscript(value=inner, slice=key) if names.is_item(inner):
                found = names.attribute(key)
            case ast.Call(func=ast.Attribute(value=inner, attr="get"), args=[key, *_]) if names.is_item(inner):
                found = names.attribute(key)
            case ast.Subscript(value=inner):
                owner = inner
                continue
            case _:
                return ""
        return "" if found == ANY else found
