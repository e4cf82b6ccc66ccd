"""Calls of DynamoDB, as far as their names tell: of a client, of a resource's table, of a batch writer."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .reach import Function

WRITES = frozenset(
    {
        *("put_item", "update_item", "delete_item", "batch_write_item", "transact_write_items", "batch_writer"),
        *("create_table", "update_table", "delete_table", "update_time_to_live"),
    }
)


def calls(function: Function, *names: str) -> Iterator[ast.Call]:
    """Calls of methods with one of these names in *function*."""
    for node in function.nodes:
        if isinstance(node, ast.Call) and method(node) in names:
            yield node


def method(call: ast.Call) -> str:
    """The name of the method; empty: it is a call of something else."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def argument(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def has_more(call: ast.Call) -> bool:
    """Whether some of its arguments can't be seen: ``**given``."""
    return any(one.arg is None for one in call.keywords)


def texts(function: Function) -> set[str]:
    """All strings in *function*, those of f-strings too."""
    return {node.value for node in function.nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def same(one: ast.AST | None, other: ast.AST | None) -> bool:
    """Whether two expressions are written in the same way."""
    if one is None or other is None:
        return one is other
    waiting = [(one, other)]
    while waiting:
        left, right = waiting.pop()
        if type(left) is not type(right):
            return False
        for name in left._fields:
            mine, theirs = getattr(left, name, None), getattr(right, name, None)
            mine, theirs = (mine, theirs) if isinstance(mine, list) and isinstance(theirs, list) else ([mine], [theirs])
            if len(mine) != len(theirs):
                return False
            for first, second in zip(mine, theirs, strict=True):
                if isinstance(first, ast.AST) and isinstance(second, ast.AST):
                    if not isinstance(first, ast.expr_context):
                        waiting.append((first, second))
                elif first is not second and first != second:
                    return False
    return True
