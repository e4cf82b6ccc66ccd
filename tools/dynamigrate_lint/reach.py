"""Which functions of a folder a function leads to."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .backfill_calls import backfills
from .module import Brought, Code, Module

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Function(NamedTuple):
    """A function, and the file it stands in."""

    module: Module
    node: Code

    @property
    def name(self) -> str:
        return getattr(self.node, "name", "the lambda")

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """What is in it, as `Module.inside` has it."""
        return self.module.inside(self.node)

    @property
    def parameters(self) -> list[str]:
        given = self.node.args
        return [one.arg for one in (*given.posonlyargs, *given.args)]


class Reach:
    """What names in the modules of a folder lead to."""

    def __init__(self, modules: Mapping[tuple[str, ...], Module]) -> None:
        self._modules = modules
        self._passed_over = {module.path: _transforms_in(module) for module in modules.values()}

    def from_each(self, starts: Iterable[Function]) -> tuple[Function, ...]:
        """*starts*, and all that they call or hand on, in any number of steps; what a backfill is given is not called."""
        queue, found = deque(starts), dict[int, Function]()
        while queue:
            function = queue.popleft()
            if id(function.node) in found:
                continue
            found[id(function.node)] = function
            passed_over = self._passed_over[function.module.path]
            for node in function.nodes:
                if isinstance(node, ast.Name | ast.Attribute) and node not in passed_over:
                    queue.extend(self.named(function.module, node))
        return tuple(found.values())

    def named(self, module: Module, expression: ast.AST) -> list[Function]:
        """The functions that *expression* may stand for; of a class, all that it has."""
        match expression:
            case ast.Lambda():
                return [Function(module, expression)]
            case ast.Name(id=name):
                return self._at_top(module, name, set())
            case ast.Attribute(value=ast.Name(id=name), attr=inner) if name in module.brought:
                home = self._modules.get(module.brought[name].parts)
                return self._at_top(home, inner, set()) if home is not None and not module.brought[name].name else []
            case _:
                return []

    def value(self, module: Module, name: str) -> tuple[Module, ast.AST] | None:
        """What *name* is bound to in the end, wherever in the folder that stands; None: that can't be seen."""
        seen = set[tuple[str, ...]]()
        while (*module.parts, name) not in seen:
            seen.add((*module.parts, name))
            if name in module.bound:
                value = module.bound[name]
                if not isinstance(value, ast.Name):
                    return module, value
                name = value.id
            elif name in module.brought:
                brought: Brought = module.brought[name]
                home = self._modules.get(brought.parts)
                if home is None or brought.name is None:
                    return None
                module, name = home, brought.name
            else:
                return None
        return None

    def _at_top(self, module: Module, name: str, seen: set[str]) -> list[Function]:
        found = self.value(module, name)
        if found is None:
            return []
        home, value = found
        if isinstance(value, _FUNCTIONS):
            return [Function(home, value)]
        if isinstance(value, ast.ClassDef):
            return [Function(home, one) for one in value.body if isinstance(one, _FUNCTIONS)]
        if isinstance(value, ast.Call):  # a partial, or an object of a class
            inner = [value.func, *value.args]
            names = [one for one in inner if isinstance(one, ast.Name) and one.id not in seen]
            return [function for one in names for function in self._at_top(home, one.id, {*seen, name})]
        return []


def _transforms_in(module: Module) -> set[ast.AST]:
    """The expressions that backfills are given as their transforms."""
    if b"Backfill" not in module.source:
        return set()
    return {node for call in backfills(module.tree) if (given := transform_of(call)) for node in ast.walk(given)}


def transform_of(call: ast.Call) -> ast.expr | None:
    """The expression that a call of `Backfill`, or a partial of it, has for its transform."""
    for keyword in call.keywords:
        if keyword.arg == "transform":
            return keyword.value
    named_first = isinstance(call.func, ast.Name | ast.Attribute) and _last(call.func) == "partial"
    place = 2 if named_first else 1
    return call.args[place] if len(call.args) > place else None


def _last(expression: ast.Name | ast.Attribute) -> str:
    return expression.id if isinstance(expression, ast.Name) else expression.attr
