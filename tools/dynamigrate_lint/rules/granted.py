"""A rule about tables that the function is not given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..folder import Folder
from ..rule import Hit, Rule, Surroundings


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    if around.tables is None:
        return
    known = ", ".join(sorted(map(str, around.tables))) or "none"
    for function in (*folder.steps, *folder.transforms):
        for node in function.nodes:
            match node:
                case ast.Subscript(value=ast.Attribute(attr="tables"), slice=ast.Constant(value=str() as name)):
                    if name not in around.tables:
                        told = f"{function.name} asks for ctx.tables[{name!r}], which is not given; there is {known}."
                        yield Hit(function.module, node, told)


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
