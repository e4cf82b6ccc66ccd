"""A rule about writing over what is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..dynamodb_calls import argument, calls, has_more, method, same
from ..folder import Folder
from ..reach import Function
from ..rule import Hit, Rule, Surroundings

_CONDITIONS = ("ConditionExpression", "Expected")


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for function in folder.steps:
        made = [*(_table_of(one) for one in calls(function, "create_table")), *_made(function)]
        writers = set(_writers(function))
        for node in function.nodes:
            if isinstance(node, ast.Call) and (told := _told(node, writers, made)):
                yield Hit(function.module, node, f"{function.name} {told}")
            elif isinstance(node, ast.Dict) and (put := _put_in_transaction(node)):
                yield Hit(function.module, put, f"{function.name} puts an item in a transaction without a condition.")


def _told(call: ast.Call, writers: set[str], made: list[ast.expr | None]) -> str:
    name = method(call)
    if name == "put_item":
        if _is_named(call, writers):
            return "puts items by a batch writer, which knows no conditions."
        conditional = has_more(call) or any(argument(call, one) is not None for one in _CONDITIONS)
        if conditional or any(same(_table_of(call), one) for one in made):
            return ""
        return "puts an item without a condition: what the application wrote there meanwhile is lost."
    if name == "batch_write_item" and _has_puts(call):
        return "puts items in a batch, which knows no conditions."
    return ""


def _table_of(call: ast.Call) -> ast.expr | None:
    """A client's argument, or the table that the method is called on."""
    named = argument(call, "TableName")
    return named if named is not None or not isinstance(call.func, ast.Attribute) else call.func.value


def _made(function: Function) -> Iterator[ast.Name]:
    """The tables of a resource that the function has just created."""
    for node in function.nodes:
        match node:
            case ast.Assign(targets=[ast.Name() as name], value=ast.Call() as call) if method(call) == "create_table":
                yield name


def _writers(function: Function) -> Iterator[str]:
    """The names of batch writers."""
    for node in function.nodes:
        match node:
            case ast.withitem(context_expr=ast.Call() as made, optional_vars=ast.Name(id=name)):
                if method(made) == "batch_writer":
                    yield name
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as made):
                if method(made) == "batch_writer":
                    yield name


def _is_named(call: ast.Call, names: set[str]) -> bool:
    return (
        isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id in names
    )


def _has_puts(call: ast.Call) -> bool:
    items = argument(call, "RequestItems")
    return items is not None and any(
        isinstance(node, ast.Constant) and node.value == "PutRequest" for node in ast.walk(items)
    )


def _put_in_transaction(node: ast.Dict) -> ast.Dict | None:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "Put" and isinstance(value, ast.Dict):
            names = {one.value if isinstance(one, ast.Constant) else None for one in value.keys}
            if {"TableName", "Item"} <= names and None not in names and "ConditionExpression" not in names:
                return value
    return None


UNCONDITIONAL_PUT = Rule(
    code="DYN103",
    name="unconditional-put",
    reason="A put replaces the whole item. While a migration runs, the application goes on writing, and what it wrote "
    "between the migration's read and its put is gone, without a trace.",
    fix="Give it a ConditionExpression: attribute_not_exists(<key>) for a new item, the attributes that were read for one "
    "that is there; or make it a Backfill, whose writes have that condition.",
    judge=_judge,
)
