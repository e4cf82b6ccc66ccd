"""A rule about tables that are deleted."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..dynamodb_calls import calls
from ..folder import Folder
from ..reach import Function
from ..rule import Hit, Rule, Surroundings

_MAKING = ("create_table", "restore_table_from_backup", "restore_table_to_point_in_time", "import_table")


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for role in folder.roles:
        if role.kind == "undo" and _makes_one(folder, role.home.path.name):
            continue
        if role.kind in {"do", "undo", "check"}:
            for function in folder.reached_by(role):
                for call in _deletions(function):
                    yield Hit(function.module, call, f"{role.kind} deletes a table, and all that is in it.")


def _makes_one(folder: Folder, file: str) -> bool:
    """Whether the migration's own do makes a table, which its undo then takes away."""
    own = [role for role in folder.roles if role.kind == "do" and role.home.path.name == file]
    return any(list(calls(one, *_MAKING)) for role in own for one in folder.reached_by(role))


def _deletions(function: Function) -> Iterator[ast.Call]:
    yield from calls(function, "delete_table")
    named = {
        target.id
        for node in function.nodes
        if isinstance(node, ast.Assign) and _is_table(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in calls(function, "delete"):
        if not call.args and not call.keywords and isinstance(call.func, ast.Attribute):
            owner = call.func.value
            if _is_table(owner) or (isinstance(owner, ast.Name) and owner.id in named):
                yield call


def _is_table(expression: ast.expr) -> bool:
    return (
        isinstance(expression, ast.Call)
        and isinstance(expression.func, ast.Attribute)
        and expression.func.attr == "Table"
    )


DELETED_TABLE = Rule(
    code="DYN104",
    name="deleted-table",
    reason="A deleted table takes its items with it, and no undo brings them back. The application's old code runs until "
    "the deploy is over, and a stack that has the table no longer matches.",
    fix="Take the table out of its stack with a removal policy; or, where no stack has it, say so: "
    '# dynamigrate: ignore[DYN104] because ..., with restore_point = "required" in the file.',
    judge=_judge,
)
