"""The backfills that a file makes, as far as its syntax tree tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

UNKNOWN: Final = object()

_BACKFILL: Final = "Backfill"
_ENGINE: Final = "dynamigrate"


def backfills(tree: ast.Module) -> Iterator[ast.Call]:
    """
    Calls of `Backfill`, in functions too, whether they are ever carried out or not; and those that are made later:
    ``partial(Backfill, ...)``.
    """
    names = {_BACKFILL, *_aliases(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and any(_name(one) in names for one in (node.func, *node.args[:1])):
            yield node


def written_out(value: ast.expr, tree: ast.Module) -> object:
    """
    The value of a literal, or of a name that the file binds once, at its top level, to one; `UNKNOWN` for all that only
    running the file would tell.
    """
    if isinstance(value, ast.Name):
        found = _bound_once(value.id, tree)
        if found is None:
            return UNKNOWN
        value = found
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNKNOWN


def _bound_once(name: str, tree: ast.Module) -> ast.expr | None:
    stores = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name and not _is_read(node)]
    values = [
        statement.value
        for statement in tree.body
        if (isinstance(statement, ast.Assign) and stores == statement.targets)
        or (isinstance(statement, ast.AnnAssign) and stores == [statement.target])
    ]
    return values[0] if values else None


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _aliases(tree: ast.Module) -> Iterator[str]:
    """Other names that the file imports it by."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == _ENGINE:
            yield from (one.asname for one in node.names if one.name == _BACKFILL and one.asname)


def _name(expression: ast.expr) -> str:
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
