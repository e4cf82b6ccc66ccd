"""A checksum of what code does, not of how it is laid out."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator


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


def _parts(node: object) -> Iterator[str]:
    match node:
        case ast.AST():
            yield type(node).__name__
            for name, value in ast.iter_fields(node):
                # `kind` only tells u"" from "", and `ctx` repeats what the place of the node already says.
                left_out = value is None or value == [] or name in ("ctx", "kind", "type_comment", "type_ignores")
                if left_out and not (isinstance(node, ast.Constant) and name == "value"):
                    continue
                yield name
                yield from _parts(_without_docstring(node) if name == "body" else value)
            yield ")"
        case list():
            yield "["
            for item in node:
                # Python 3.12 puts an empty text into some f-strings, which 3.11 and 3.13 don't.
                if not (isinstance(item, ast.Constant) and item.value == "" and _in_text(node)):
                    yield from _parts(item)
            yield "]"
        case _:
            yield f"{type(node).__name__}:{node!r}"


def _in_text(nodes: list[object]) -> bool:
    """Whether *nodes* are the pieces of an f-string."""
    return any(isinstance(node, ast.FormattedValue) for node in nodes)


def _without_docstring(node: ast.AST) -> object:
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return getattr(node, "body", None)
    return node.body if ast.get_docstring(node, clean=False) is None else node.body[1:]
