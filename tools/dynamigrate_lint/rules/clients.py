"""A rule about clients that are made when a file is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..folder import Folder
from ..module import Module
from ..rule import Hit, Rule, Surroundings

MAKERS = frozenset(
    {
        *("boto3.client", "boto3.resource", "boto3.Session", "boto3.session.Session", "boto3.setup_default_session"),
        *("boto3.Session().client", "boto3.Session().resource"),
        *("boto3.session.Session().client", "boto3.session.Session().resource"),
        *("botocore.session.get_session", "botocore.session.Session", "aioboto3.Session"),
    }
)
_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for module in folder.modules.values():
        for call in made_at_import(module):
            yield Hit(module, call, f"{module.dotted(call.func)} is called when the file is imported.")


def made_at_import(module: Module) -> Iterator[ast.Call]:
    """The outermost calls that make one, in what runs with the module."""
    waiting: list[ast.AST] = [module.tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and module.dotted(node.func) in MAKERS:
            yield node
            continue
        if isinstance(node, ast.If) and _is_main(node.test):
            continue
        if isinstance(node, _LATER):
            given = [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]
            waiting.extend([*given, *getattr(node, "decorator_list", [])])
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _is_main(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test))


CLIENT_AT_IMPORT = Rule(
    code="DYN107",
    name="client-at-import",
    reason="What a file does when it is imported happens wherever it is read: in a test without a Region it fails, in a "
    "dry run it is not held back, and it is done before there is a lock. A client of your own writes on after the lock "
    "is lost.",
    fix="Use ctx.dynamodb, which stops with the lock; make any other client in the function that needs it.",
    judge=_judge,
)
