"""What the engine calls of a folder."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .backfill_calls import backfills
from .module import Module
from .reach import Function, Reach, transform_of

_UNKNOWN = 1_000
_STEPS = ("do", "undo", "check")


class Role(NamedTuple):
    """
    Attributes:
        kind: ``do``, ``undo``, ``check`` or ``transform``.
        home: The file that gives it to the engine.
        call: The call of `Backfill`, where it is a transform.
        place: Of the item among its parameters, where it is a transform.
    """

    kind: str
    function: Function
    home: Module
    call: ast.Call | None = None
    place: int = 0


def roles_of(migrations: Iterable[Module], modules: Mapping[tuple[str, ...], Module], reach: Reach) -> Iterator[Role]:
    for module in migrations:
        for kind in _STEPS:
            for function in reach.named(module, ast.Name(id=kind, ctx=ast.Load())):
                yield Role(kind, function, module)
    for module in modules.values():
        for call in backfills(module.tree) if b"Backfill" in module.source else ():
            given = transform_of(call)
            inner, place = _unwrapped(given) if given is not None else (None, 0)
            for function in reach.named(module, inner) if inner is not None else ():
                yield Role("transform", function, module, call, place)


def _unwrapped(given: ast.expr) -> tuple[ast.expr, int]:
    """The function in ``partial(function, 2)``, and how many of its parameters that gives it."""
    match given:
        case ast.Call(func=ast.Name(id="partial") | ast.Attribute(attr="partial"), args=[inner, *bound]):
            # Of what is unpacked nobody knows how many there are.
            unpacked = any(isinstance(one, ast.Starred) for one in bound)
            return inner, _UNKNOWN if unpacked else len(bound)
        case _:
            return given, 0
