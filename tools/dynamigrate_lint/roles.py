"""What the engine calls of a folder."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .backfill_calls import backfills
from .module import Module
from .reach import Function, Reach, transform_of

_STEPS = ("do", "undo", "check")


class Role(NamedTuple):
    """
    Attributes:
        kind: ``do``, ``undo``, ``check`` or ``transform``.
        home: The file that gives it to the engine.
        call: The call of `Backfill`, where it is a transform.
    """

    kind: str
    function: Function
    home: Module
    call: ast.Call | None = None


def roles_of(migrations: Iterable[Module], modules: Mapping[tuple[str, ...], Module], reach: Reach) -> Iterator[Role]:
    for module in migrations:
        for kind in _STEPS:
            for function in reach.named(module, ast.Name(id=kind, ctx=ast.Load())):
                yield Role(kind, function, module)
    for module in modules.values():
        for call in backfills(module.tree) if b"Backfill" in module.source else ():
            given = transform_of(call)
            for function in reach.named(module, _unwrapped(given)) if given is not None else ():
                yield Role("transform", function, module, call)


def _unwrapped(given: ast.expr) -> ast.expr:
    """The function in ``partial(function, ...)``."""
    match given:
        case ast.Call(func=ast.Name(id="partial") | ast.Attribute(attr="partial"), args=[inner, *_]):
            return inner
        case _:
            return given
