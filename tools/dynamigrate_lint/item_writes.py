"""What a transform returns: which attributes it sets, and to what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from .dynamodb_calls import argument, method
from .item_names import ItemNames
from .reach import Function

_WRITES = ("Update", "Put", "Delete")
_GROWING = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow)
_ADDING = frozenset({"append", "extend", "insert"})


class Setting(NamedTuple):
    """
    An attribute that is written.

    Attributes:
        value: None: it is removed.
        call: The `Update` or `Put`.
    """

    attribute: str
    value: ast.expr | None
    call: ast.Call


class ItemWrites:
    """
    Attributes:
        settings: What is written to the item that was given.
        puts: Whether all of an item is written.
        is_opaque: Whether more is written than can be seen.
        conditions: Attributes in ``when=``.
    """

    def __init__(self, function: Function, names: ItemNames) -> None:
        self._names = names
        self._module = function.module
        self.settings: list[Setting] = []
        self.puts = False
        self.is_opaque = False
        self.conditions = set[str]()
        for node in names.nodes:
            if isinstance(node, ast.Call):
                match self._kind(node):
                    case "Update":
                        self._update(node)
                    case "Put":
                        self._put(node)
        self._growing: dict[str, set[str]] = {}
        for _ in range(2):
            self._find_growing()

    def grows(self, value: ast.AST, attribute: str) -> bool:
        """Whether *value* is another one each time that it is made from *attribute*: a sum, a longer text or list."""
        waiting: list[tuple[ast.AST, str]] = [(value, "")]
        while waiting:
            node, key = waiting.pop()
            if self._is_another(node, attribute) and (not key or key in _keys_in(node)):
                return True
            if isinstance(node, ast.Name) and attribute in self._growing.get(node.id, ()):
                return True
            if isinstance(node, ast.Dict):
                # In a map, a value that is made from other values of it is the same the second time.
                keys = [one.value if isinstance(one, ast.Constant) else key for one in node.keys]
                waiting.extend((one, str(inner)) for inner, one in zip(keys, node.values, strict=True))
            else:
                waiting.extend((one, key) for one in ast.iter_child_nodes(node))
        return False

    def _is_another(self, node: ast.AST, attribute: str) -> bool:
        match node:
            case ast.BinOp(op=operation):
                return isinstance(operation, _GROWING) and attribute in self._names.reads(node)
            case ast.UnaryOp(op=ast.USub() | ast.Not()) | ast.JoinedStr(values=[_, _, *_]):
                return attribute in self._names.reads(node)
            case ast.List(elts=[_, _, *_] as parts) | ast.Tuple(elts=[_, _, *_] as parts):
                return any(isinstance(one, ast.Starred) and attribute in self._names.reads(one) for one in parts)
            case _:
                return False

    def _kind(self, call: ast.Call) -> str:
        name = self._module.dotted(call.func)
        last = name.rpartition(".")[2]
        return last if last in _WRITES and (name == last or name.startswith("dynamigrate.")) else ""

    def _update(self, call: ast.Call) -> None:
        given = argument(call, "set") or next(iter(call.args), None)
        if given is not None:
            self.settings.extend(Setting(name, value, call) for name, value in self._pairs(given))
        removed = argument(call, "remove") or (call.args[1] if len(call.args) > 1 else None)
        match removed:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                self.settings.extend(Setting(self._names.attribute(one), None, call) for one in elements)
            case None:
                pass
            case _:
                self.is_opaque = True
        match argument(call, "when"):
            case ast.Dict(keys=keys):
                self.conditions |= {self._names.attribute(key) for key in keys if key is not None}
            case None:
                pass
            case _:
                self.is_opaque = True
        self.is_opaque = self.is_opaque or any(one.arg is None for one in call.keywords)

    def _put(self, call: ast.Call) -> None:
        self.puts = True
        if len(call.args) == 1 and argument(call, "table") is None:
            self.settings.extend(Setting(name, value, call) for name, value in self._pairs(call.args[0]))

    def _pairs(self, given: ast.expr) -> Iterator[tuple[str, ast.expr]]:
        """The attributes that *given*, a dict, has beside those of the item."""
        match given:
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if key is not None:
                        yield self._names.attribute(key), value
                    elif not self._names.is_whole(value):
                        self.is_opaque = True
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                for side in (left, right):
                    if not self._names.is_whole(side):
                        yield from self._pairs(side)
            case ast.Call(func=ast.Name(id="dict"), args=args, keywords=keywords):
                self.is_opaque = self.is_opaque or any(not self._names.is_whole(one) for one in args)
                yield from ((one.arg, one.value) for one in keywords if one.arg)
            case ast.Name(id=name):
                yield from self._of_name(name)
            case _:
                self.is_opaque = True

    def _of_name(self, name: str) -> Iterator[tuple[str, ast.expr]]:
        """What is put into the dict of that name, in this function."""
        found = False
        for node in self._names.nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=to)], value=ast.Dict() as value) if to == name:
                    yield from self._pairs(value)
                    found = True
                case ast.AnnAssign(target=ast.Name(id=to), value=ast.Dict() as value) if to == name:
                    yield from self._pairs(value)
                    found = True
                case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=to), slice=key)], value=value) if to == name:
                    yield self._names.attribute(key), value
                    found = True
                case ast.Call(func=ast.Attribute(value=ast.Name(id=to), attr="update"), args=[ast.Dict() as value]):
                    if to == name:
                        yield from self._pairs(value)
                        found = True
        self.is_opaque = self.is_opaque or not (found or name in self._names.copies or name in self._names.item)

    def _find_growing(self) -> None:
        for node in self._names.nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    grown = {one for one in self._names.reads(value) if self.grows(value, one)}
                    self._growing.setdefault(name, set()).update(grown)
                case ast.AugAssign(target=ast.Name(id=name), op=operation) if isinstance(operation, _GROWING):
                    self._growing.setdefault(name, set()).update(self._names.made_from.get(name, ()))
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) if method(node) in _ADDING:
                    self._growing.setdefault(name, set()).update(self._names.made_from.get(name, ()))


def _keys_in(node: ast.AST) -> set[str]:
    """The keys by which *node* reads what is in maps."""
    found = set[str]()
    for one in ast.walk(node):
        match one:
            case ast.Subscript(slice=ast.Constant(value=str() as key)):
                found.add(key)
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str() as key), *_]):
                found.add(key)
    return found
