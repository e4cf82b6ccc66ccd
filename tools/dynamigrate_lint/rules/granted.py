"""A rule about tables that the function is not given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..folder import Folder
from ..reach import Function
from ..rule import Hit, Rule, Surroundings


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    if around.tables is None:
        return
    known = ", ".join(sorted(map(str, around.tables))) or "none"
    for function in (*folder.steps, *folder.transforms):
        for node in function.nodes:
            if not isinstance(node, ast.Subscript) or not _is_tables(node.value):
                continue
            name = _text(node.slice, function, folder)
            if name is not None and name not in around.tables:
                told = f"{function.name} asks for ctx.tables[{name!r}], which is not given; there is {known}."
                yield Hit(function.module, node, told)


def _is_tables(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Attribute) and expression.attr == "tables"


def _text(expression: ast.expr, function: Function, folder: Folder) -> str | None:
    """The text that is written there, or in a constant of the folder."""
    if isinstance(expression, ast.Name):
        found = folder.reach.value(function.module, expression.id)
        value = found[1] if found is not None else None
    else:
        value = expression
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


UNKNOWN_TABLE = Rule(
    code="DYN108",
    name="unknown-table",
    reason="The function may use the tables that the construct was given, by these names. Another one is a KeyError in "
    "the middle of a deploy.",
    fix='Give it to the construct, tables={"orders": orders}; at the keyboard, name it in [tool.dynamigrate.tables] too.',
    judge=_judge,
    is_asked=lambda around: around.tables is not None,
    at_synth=True,
)
