"""Rules about reading whole tables."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..dynamodb_calls import argument, calls, has_more, method, texts
from ..folder import Folder
from ..reach import Function
from ..rule import Hit, Rule, Surroundings

_PAGES = frozenset({"LastEvaluatedKey", "ExclusiveStartKey"})


def _unbounded(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for function in folder.steps:
        if _keeps_checkpoints(function):
            continue
        # The first page and the ones after it are often asked for in two calls.
        found = next(_whole_reads(function), None)
        if found is not None:
            yield _hit(function, *found)


def _whole_reads(function: Function) -> Iterator[tuple[ast.Call, str]]:
    if _goes_on(function):
        yield from ((call, "scans") for call in calls(function, "scan") if _is_a_read(call))
    for call, operation in _paginated(function):
        if argument(call, "PaginationConfig") is None and not has_more(call):
            yield call, "scans" if operation == "scan" else "queries"


def _hit(function: Function, call: ast.Call, verb: str) -> Hit:
    what = "all of a table" if verb == "scans" else "whatever a partition has"
    return Hit(function.module, call, f"{function.name} {verb} {what}, and keeps no checkpoint on the way.")


def _first_page(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for function in folder.steps:
        if _goes_on(function):
            continue
        for call in calls(function, "scan"):
            limited = argument(call, "Limit") is not None or has_more(call)
            if _is_a_read(call) and not limited:
                yield Hit(
                    function.module, call, f"{function.name} scans once: what is beyond the first megabyte is not seen."
                )


def _is_a_read(call: ast.Call) -> bool:
    """DynamoDB's scan has arguments by name alone, or none."""
    return not call.args


def _goes_on(function: Function) -> bool:
    return not _PAGES.isdisjoint(texts(function))


def _keeps_checkpoints(function: Function) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"save", "save_segments"}
        and isinstance(node.value, ast.Attribute | ast.Name)
        and (node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id) == "checkpoint"
        for node in function.nodes
    )


def _paginated(function: Function) -> Iterator[tuple[ast.Call, str]]:
    """Calls of ``paginate``, with the operation of their paginators, as far as that is written out."""
    named: dict[str, str] = {}
    for node in function.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as made) if operation := _operation(made):
                named[name] = operation
    for call in calls(function, "paginate"):
        match call.func:
            case ast.Attribute(value=ast.Call() as made) if operation := _operation(made):
                yield call, operation
            case ast.Attribute(value=ast.Name(id=name)) if name in named:
                yield call, named[name]


def _operation(made: ast.Call) -> str:
    match made.args:
        case [ast.Constant(value="scan" | "query" as operation)] if method(made) == "get_paginator":
            return str(operation)
        case _:
            return ""


UNBOUNDED_SCAN = Rule(
    code="DYN102",
    name="unbounded-scan",
    reason="Going through a whole table takes as long as the table is large. One invocation of a function ends after "
    "fifteen minutes, and a do without checkpoints then begins again, or is left dirty; and it reads as fast as it can, "
    "which throttles the application.",
    fix="Make it a Backfill, which paces itself and goes on where it stopped; or save ctx.checkpoint after each page.",
    judge=_unbounded,
)

FIRST_PAGE_ONLY = Rule(
    code="DYN109",
    name="first-page-only",
    reason="One Scan answers with a megabyte of the table at most, and says in LastEvaluatedKey where to go on. A test's "
    "table fits into that; the real one does not, and the rest of it stays as it was.",
    fix='Go on while there is a LastEvaluatedKey, or use ctx.dynamodb.get_paginator("scan"); best is a Backfill. Where '
    "one page is enough, say so with Limit=.",
    judge=_first_page,
    at_synth=True,
)
