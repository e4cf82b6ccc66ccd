"""What a function asks of the item before it decides."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .item_names import ItemNames


class ItemTests:
    """
    Attributes:
        values: Attributes whose values are compared.
        presence: Attributes of which only is asked whether they are there, or empty.
        any: Whether there is a test at all.
    """

    def __init__(self, names: ItemNames) -> None:
        self._names = names
        self.values = set[str]()
        self.presence = set[str]()
        self.any = False
        for node in names.nodes:
            for test in _tests(node):
                self.any = True
                for one in _atoms(test):
                    self._note(one)
            if isinstance(node, ast.Match):
                self._note_match(node)
            elif isinstance(node, ast.Try) and node.handlers:
                self.any = True
                for statement in node.body:
                    self.presence |= names.reads(statement)

    def _note(self, test: ast.expr) -> None:
        reads = self._names.reads
        match test:
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[owner]) if self._names.is_whole(owner):
                self.presence |= reads(test)
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
                self.presence |= reads(left)
            case ast.Name() | ast.Subscript() | ast.Call(func=ast.Attribute(attr="get")):
                self.presence |= reads(test)
            case _:
                self.values |= reads(test)

    def _note_match(self, node: ast.Match) -> None:
        self.any = True
        if not self._names.is_whole(node.subject):
            self.values |= self._names.reads(node.subject)
            return
        for case in node.cases:
            for pattern in ast.walk(case.pattern):
                if isinstance(pattern, ast.MatchMapping):
                    self.values |= {self._names.attribute(key) for key in pattern.keys}


def _tests(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.Assert(test=test):
            yield test
        case ast.comprehension(ifs=tests):
            yield from tests
        case ast.BoolOp(values=values):
            yield from values
        case ast.Compare():
            yield node


def _atoms(test: ast.expr) -> Iterator[ast.expr]:
    waiting = [test]
    while waiting:
        match waiting.pop():
            case ast.BoolOp(values=values):
                waiting.extend(values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                waiting.append(operand)
            case ast.NamedExpr(value=value):
                waiting.append(value)
            case one:
                yield one
