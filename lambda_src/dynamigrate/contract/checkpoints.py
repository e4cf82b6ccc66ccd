"""Whether a migration keeps checkpoints, as far as its syntax tree tells."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

_BACKFILL: Final = "Backfill"
_SAVES: Final = ("save", "save_segments")
_CODE: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def may_keep_checkpoints(tree: ast.Module, names: Mapping[str, ast.AST | None]) -> bool:
    """
    Whether ``do`` may go on where it stopped: it is a `Backfill`, or it saves checkpoints.

    It may where that can't be seen: it is imported, made by a call, or hands its context to something imported.

    Args:
        names: What the module binds, by whose values; None: nothing that can be seen.
    """
    do, seen = names.get("do"), {"do"}
    while isinstance(do, ast.Name) and do.id in names and do.id not in seen:
        seen.add(do.id)
        do = names[do.id]
    if not isinstance(do, _CODE) or getattr(do, "decorator_list", None):
        return True
    contexts = {one.args.args[0].arg for one in ast.walk(tree) if isinstance(one, _CODE) and one.args.args}
    return any(_may_save(node, names, contexts) for node in ast.walk(tree))


def _may_save(node: ast.AST, names: Mapping[str, ast.AST | None], contexts: set[str]) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name == _BACKFILL:
            return True
        case ast.Attribute(value=ast.Attribute(attr="checkpoint") | ast.Name(id="checkpoint"), attr=name):
            return name in _SAVES
        case ast.Assign(value=ast.Attribute(attr="checkpoint")):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name)), args=args):
            imported = name in names and names[name] is None
            return imported and any(isinstance(one, ast.Name) and one.id in contexts for one in args)
        case _:
            return False
