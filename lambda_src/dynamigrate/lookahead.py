"""
What a migration is certain to ask for, found out before it is marked as begun.

A name that is not in ``ctx.tables`` is then an error that leaves nothing behind. Only what runs whatever happens
counts: lookups in the function itself, and in functions that it hands its context to, that stand under no condition, in
no loop and in no ``try``. For any other it is not known what was done before, so the migration is dirty when it fails
there.
"""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

from .callables import has_method
from .table_names import UnknownTable

if TYPE_CHECKING:
    from .context import Context

_DEEPEST: Final = 5
_CODE: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_SIMPLE: Final = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return)
_Found = tuple[str, str] | Callable[["Context"], object]


def look_ahead(function: Callable[[Context], object], ctx: Context) -> None:
    """
    Ask *ctx* for the tables that *function* will ask for, and whatever has a ``before_start(ctx)`` whether it can
    begin.

    Raises:
        UnknownTable: It will ask for a table that was not given.
        NotReady: It will use a table that can't be used.
        MigrationsError: As ``before_start`` raised it.
    """
    for found in _certain(function, _DEEPEST):
        if callable(found):
            found(ctx)
            continue
        name, where = found
        try:
            ctx.tables[name]
        except UnknownTable as error:
            raise UnknownTable(f"{error.message.rstrip('.')} ({where}).", next_step=error.next_step) from None


def _certain(function: Any, depth: int) -> Iterator[_Found]:
    """Tables that a call of *function* with the context as its next argument looks up, with where; and checks."""
    if has_method(function, "before_start"):
        yield function.before_start
        return
    place = 0
    while not isinstance(function, FunctionType):
        if isinstance(function, functools.partial):
            place += len(function.args)
            function = function.func
        elif isinstance(function, MethodType):
            place += 1
            function = function.__func__
        elif isinstance(called := inspect.getattr_static(type(function), "__call__", None), FunctionType):
            place += 1
            function = called
        else:
            return
    # A generator's code does not run when it is called, and what a decorator makes of the context is its own affair.
    runs = not function.__code__.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR)
    if depth and runs and not hasattr(function, "__wrapped__") and place < function.__code__.co_argcount:
        node = _source(function)
        if node is not None:
            yield from _Body(function, node, function.__code__.co_varnames[place], depth).found()


def _source(function: FunctionType) -> ast.FunctionDef | ast.Lambda | None:
    code = function.__code__
    nodes = _functions("".join(linecache.getlines(code.co_filename, function.__globals__)))
    found = nodes.get((code.co_firstlineno, code.co_name), [])
    return found[0] if len(found) == 1 else None


# The functions of a migration, and many migrations of one module, come one after the other.
@functools.lru_cache(maxsize=4)
def _functions(text: str) -> Mapping[tuple[int, str], list[ast.FunctionDef | ast.Lambda]]:
    """All functions in a file, by first line and name."""
    nodes: dict[tuple[int, str], list[ast.FunctionDef | ast.Lambda]] = {}
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return nodes
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            nodes.setdefault((node.lineno, getattr(node, "name", "<lambda>")), []).append(node)
    return nodes


class _Body:
    """A function's code, as far as it is certain to run."""

    def __init__(self, function: FunctionType, node: ast.FunctionDef | ast.Lambda, ctx: str, depth: int) -> None:
        self._function = function
        self._node = node
        self._ctx = ctx
        self._depth = depth
        self._tables: set[str] = set()
        self._local = {*function.__code__.co_varnames, *function.__code__.co_cellvars, *function.__code__.co_freevars}

    def found(self) -> Iterator[_Found]:
        if self._is_rebound():
            return
        self._tables = self._other_names()
        body = [ast.Expr(self._node.body)] if isinstance(self._node, ast.Lambda) else self._node.body
        for statement in body:
            for expression in _first_expressions(statement):
                yield from self._in_expression(expression)
            if isinstance(statement, ast.Return | ast.Raise) or _may_return(statement):
                return

    def _is_rebound(self) -> bool:
        """Whether the context's name, or its tables, may be assigned anew on the way."""
        return any(
            isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
            and self._ctx in (getattr(node, "id", ""), getattr(getattr(node, "value", None), "id", ""))
            for node in ast.walk(self._node)
        )

    def _other_names(self) -> set[str]:
        """Variables that are set once, to the context's tables."""
        stored = [
            node.id
            for node in ast.walk(self._node)
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
        ]
        set_to_tables = [
            target.id
            for node in ast.walk(self._node)
            if isinstance(node, ast.Assign) and self._is_tables(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        return {name for name in set_to_tables if stored.count(name) == 1}

    def _in_expression(self, expression: ast.expr) -> Iterator[_Found]:
        waiting: list[ast.AST] = [expression]
        while waiting:
            node = waiting.pop()
            match node:
                case ast.Subscript(value=value, slice=index) if self._is_tables(value):
                    if (name := self._text(index)) is not None:
                        yield name, f"{PurePath(self._function.__code__.co_filename).name}:{node.lineno}"
                case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=self._ctx), *_]) if name not in self._local:
                    called = self._function.__globals__.get(name)
                    if called is not None and called is not self._function and not isinstance(called, type):
                        yield from _certain(called, self._depth - 1)
            waiting.extend(_certain_parts(node))

    def _is_tables(self, node: ast.AST) -> bool:
        match node:
            case ast.Attribute(value=ast.Name(id=self._ctx), attr="tables"):
                return True
            case ast.Name(id=name):
                return name in self._tables
            case _:
                return False

    def _text(self, index: ast.expr) -> str | None:
        if isinstance(index, ast.Name) and index.id not in self._local:
            value = self._function.__globals__.get(index.id)
        else:
            value = getattr(index, "value", None) if isinstance(index, ast.Constant) else None
        return value if isinstance(value, str) else None


def _first_expressions(statement: ast.stmt) -> list[ast.expr]:
    """The expressions of *statement* that are evaluated whatever happens."""
    match statement:
        case ast.If(test=test) | ast.While(test=test):
            return [test]
        case ast.For(iter=iterated):
            return [iterated]
        case ast.With(items=items):
            return [items[0].context_expr]
        case ast.Match(subject=subject):
            return [subject]
        case ast.Assert(test=test):
            return [test]
        case _ if isinstance(statement, _SIMPLE):
            return [] if statement.value is None else [statement.value]
        case _:
            return []


def _certain_parts(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.IfExp(test=test):
            return [test]
        case ast.BoolOp(values=[first, *_]):
            return [first]
        case ast.Compare(left=left, comparators=[first, *_]):
            return [left, first]
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return [node.generators[0].iter]
        case _ if isinstance(node, _CODE):
            return []
        case _:
            return list(ast.iter_child_nodes(node))


def _may_return(statement: ast.stmt) -> bool:
    """Whether it may return, so that what comes after it is not certain to run."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            return True
        if not isinstance(node, _CODE):
            waiting.extend(ast.iter_child_nodes(node))
    return False
