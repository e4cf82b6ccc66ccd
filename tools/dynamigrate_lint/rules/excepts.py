"""A rule about excepts that catch what is not theirs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ..dynamodb_calls import method
from ..folder import Folder
from ..module import Module
from ..reach import Function
from ..rule import Hit, Rule, Surroundings

# All of them catch StopRequested, which is a MigrationsError, and that an Exception.
_WIDE = frozenset({"BaseException", "Exception", "MigrationsError"})
_STOPS = frozenset({"StopRequested", "LockLost", "MigrationsError"})
# They stand for any failure of a request.
_FAILURES = frozenset({"ClientError", "BotoCoreError", "Boto3Error"})
_ENDS = frozenset({"sys.exit", "os._exit", "exit", "quit"})
_TELLING = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "str", "repr", "append_log"}
)
_OF_RUN = frozenset({"checkpoint", "progress", "stop_reason", "require_lock", "save"})
# Requests that a migration makes.
_REQUESTS = frozenset(
    {
        *("scan", "query", "get_item", "put_item", "update_item", "delete_item", "paginate", "batch_writer"),
        *("batch_get_item", "batch_write_item", "transact_get_items", "transact_write_items"),
        *("execute_statement", "batch_execute_statement", "execute_transaction"),
        *("create_table", "update_table", "delete_table", "describe_table", "update_time_to_live", "wait"),
    }
)


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for function in dict.fromkeys((*folder.steps, *folder.transforms)):
        for node in function.nodes:
            if isinstance(node, ast.Try | ast.TryStar):
                handler = _swallowing(node, function.module)
                if handler is not None and _matters(folder, function, node.body, handler):
                    caught = "A bare except" if handler.type is None else f"except {_shown(handler.type)}"
                    yield Hit(function.module, handler, f"{caught} {_TOLD}")
            elif isinstance(node, ast.With | ast.AsyncWith):
                for item in node.items:
                    if _suppresses_all(item.context_expr, function.module) and _requests(folder, function, node.body):
                        yield Hit(function.module, item.context_expr, f"suppress(...) {_TOLD}")


def _judge_failures(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for function in folder.steps:
        for node in function.nodes:
            if isinstance(node, ast.Try) and _requests(folder, function, node.body):
                for handler in node.handlers:
                    if handler.type is not None and _names(handler.type) & _FAILURES and _is_lost(handler, function):
                        caught = f"except {_shown(handler.type)}"
                        yield Hit(function.module, handler, f"{caught} goes on, whatever the failure was.")


def _is_lost(handler: ast.ExceptHandler, function: Function) -> bool:
    """Whether nobody asks which failure it was, and nobody hears of it but a log."""
    asks = any(
        (isinstance(node, ast.Attribute) and node.attr in {"response", "operation_name"})
        or (isinstance(node, ast.Constant) and node.value == "Code")
        for statement in handler.body
        for node in ast.walk(statement)
    )
    return not (asks or _passes_on(handler.body, function.module) or _is_kept(handler, function))


_TOLD = "catches all that goes wrong, and StopRequested and LockLost too: the run does not end where it has to."


def _shown(expression: ast.expr | None) -> str:
    match expression:
        case ast.Tuple(elts=elements):
            return f"({', '.join(map(_shown, elements))})"
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return "..."


def _swallowing(node: ast.Try | ast.TryStar, module: Module) -> ast.ExceptHandler | None:
    """The handler that keeps all errors to itself; None: there is none."""
    for handler in node.handlers:
        if handler.type is not None and _names(handler.type) & _STOPS and _passes_on(handler.body, module):
            return None
        if (handler.type is None or _names(handler.type) & _WIDE) and not _passes_on(handler.body, module):
            return handler
    return None


def _names(expression: ast.expr) -> set[str]:
    """The last part of each class's name."""
    listed = expression.elts if isinstance(expression, ast.Tuple) else [expression]
    return {_shown(one) for one in listed}


def _passes_on(body: Iterable[ast.stmt], module: Module) -> bool:
    return any(
        isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and module.dotted(node.func) in _ENDS)
        for statement in body
        for node in ast.walk(statement)
    )


def _matters(folder: Folder, function: Function, body: list[ast.stmt], handler: ast.ExceptHandler) -> bool:
    if _asks_the_run(body):
        return True
    return not _is_kept(handler, function) and _requests(folder, function, body)


def _asks_the_run(body: Iterable[ast.stmt]) -> bool:
    """Whether *body* itself calls what raises StopRequested."""
    return any(_is_asking(node) for statement in body for node in ast.walk(statement))


def _is_asking(node: ast.AST) -> bool:
    owners = {"ctx", "context", "checkpoint"}
    return isinstance(node, ast.Attribute) and node.attr in _OF_RUN and _shown(node.value) in owners


def _is_kept(handler: ast.ExceptHandler, function: Function) -> bool:
    """Whether the error is put by, for a raise at the end."""
    if not handler.name or not any(isinstance(node, ast.Raise) for node in function.nodes):
        return False
    for statement in handler.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and (method(node) or _shown(node.func)) not in _TELLING:
                given = [*node.args, *(one.value for one in node.keywords)]
                if any(
                    isinstance(one, ast.Name) and one.id == handler.name for each in given for one in ast.walk(each)
                ):
                    return True
    return False


def _requests(folder: Folder, function: Function, body: Iterable[ast.stmt]) -> bool:
    """Whether something in *body*, or what it calls in the folder, makes a request or asks the run."""
    inside = [node for statement in body for node in ast.walk(statement)]
    if any(_is_request(node) or _is_asking(node) for node in inside):
        return True
    called = [
        found
        for node in inside
        if isinstance(node, ast.Name | ast.Attribute)
        for found in folder.reach.named(function.module, node)
    ]
    further = folder.reach.from_each(called)
    return any(_is_request(node) or _is_asking(node) for one in further for node in one.nodes)


def _is_request(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and method(node) in _REQUESTS


def _suppresses_all(expression: ast.expr, module: Module) -> bool:
    match expression:
        case ast.Call(func=function, args=args):
            wide = any(_shown(one) in _WIDE for one in args)
            return wide and module.dotted(function) in {"contextlib.suppress", "suppress"}
        case _:
            return False


SWALLOWED_STOP = Rule(
    code="DYN106",
    name="swallowed-stop",
    reason="A run that has to stop raises StopRequested at a checkpoint, and LockLost where its lock is gone; both are "
    "Exceptions. Caught, the migration writes on without a lock. And what fails without raising counts as applied: the "
    "deploy goes on, with the data half done.",
    fix="Catch the error that is meant (ctx.dynamodb.exceptions.ConditionalCheckFailedException), or end the except with "
    "a raise.",
    judge=_judge,
    at_synth=True,
)

LOST_FAILURE = Rule(
    code="DYN110",
    name="lost-failure",
    reason="A ClientError is whatever the service answered: a condition that did not hold, but also a permission that is "
    "missing, a table that is not there, or throttling. Where it is only told, the migration counts as applied, and what "
    "it did not write is missed by nobody.",
    fix="Catch the one that is meant (ctx.dynamodb.exceptions.ConditionalCheckFailedException), or look at its code "
    '(error.response["Error"]["Code"]) and raise the others.',
    judge=_judge_failures,
    at_synth=True,
)
