"""A checksum of what code does, not of how it is laid out."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass


def checksum(tree: ast.Module) -> str:
    """
    Of the syntax tree: comments, layout and docstrings don't count. Thirty-two hexadecimal digits.

    The same on every version of Python that can parse the file: newer ones add fields to their nodes (``type_params``
    in 3.12), so a field that is empty is left out.
    """
    digest = hashlib.sha256()
    for part in _parts(tree):
        digest.update(part.encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class _Inside:
    """What is yet to be taken apart."""

    value: object


def _parts(tree: ast.Module) -> Iterator[str]:
    """Depth first, without recursion: Python compiles trees that are deeper than it lets functions call each other."""
    open_nodes = [_own_parts(tree)]
    while open_nodes:
        match next(open_nodes[-1], None):
            case None:
                open_nodes.pop()
            case _Inside(value):
                open_nodes.append(_own_parts(value))
            case str() as part:
                yield part


def _own_parts(node: object) -> Iterator[str | _Inside]:
    match node:
        case ast.AST():
            yield type(node).__name__
            for name, value in ast.iter_fields(node):
                # `kind` only tells u"" from "", and `ctx` repeats what the place of the node already says.
                left_out = value is None or value == [] or name in ("ctx", "kind", "type_comment", "type_ignores")
                if left_out and not (isinstance(node, ast.Constant) and name == "value"):
                    continue
                yield name
                yield _Inside(_without_docstring(node) if name == "body" else value)
            yield ")"
        case list():
            yield "["
            for item in node:
                # Python 3.12 puts an empty text into some f-strings, which 3.11 and 3.13 don't.
                if not (isinstance(item, ast.Constant) and item.value == "" and _in_text(node)):
                    yield _Inside(item)
            yield "]"
        case _:
            yield f"{type(node).__name__}:{_written(node)}"


def _written(value: object) -> str:
    try:
        return repr(value)
    except ValueError:
        # Python turns no int of more than 4,300 digits into decimal ones, but compiles one that is written 0x...
        return hex(value) if isinstance(value, int) else str(value)


def _in_text(nodes: list[object]) -> bool:
    """Whether *nodes* are the pieces of an f-string."""
    return any(isinstance(node, ast.FormattedValue) for node in nodes)


def _without_docstring(node: ast.AST) -> object:
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return getattr(node, "body", None)
    return node.body if ast.get_docstring(node, clean=False) is None else node.body[1:]
