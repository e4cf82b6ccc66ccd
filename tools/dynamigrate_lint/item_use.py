"""What a transform, and the functions of the folder that it hands its item to, do with that item."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple, Self

from .dynamodb_calls import argument
from .folder import Folder
from .item_changes import Change, changes
from .item_names import ANY, ItemNames
from .item_tests import ItemTests
from .item_writes import ItemWrites, Setting
from .reach import Function
from .roles import Role

# What only reads what it is given.
_READING = frozenset(
    {
        *("dict", "list", "set", "tuple", "len", "str", "repr", "print", "isinstance", "bool", "sorted", "iter", "any"),
        *("all", "copy.copy", "copy.deepcopy", "json.dumps", "type", "id", "hash", "enumerate", "zip", "min", "max"),
    }
)
_TOLD_TO = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
_MOST = 20  # functions that are followed
_IN_FILTER = re.compile(r"(\w+)\s*\(\s*#?([\w.-]+)|#?([\w.-]+)")


class Found(NamedTuple):
    """An attribute, and where it is written."""

    function: Function
    node: ast.AST
    attribute: str


class _Part(NamedTuple):
    """One function that has the item."""

    function: Function
    names: ItemNames
    tests: ItemTests
    writes: ItemWrites


class ItemUse:
    """
    Attributes:
        is_once: The backfill stamps each item.
        changes: Of the item, in place.
    """

    def __init__(self, role: Role, folder: Folder) -> None:
        self._folder = folder
        self._parts: list[_Part] = []
        self._is_opaque = False
        self._follow(role.function, role.place)
        self.changes: list[Change] = [one for part in self._parts for one in changes(part.function, part.names)]
        self._filter = _Filter.of(role, folder)
        once = argument(role.call, "once") if role.call is not None else None
        self.is_once = once is not None and not (isinstance(once, ast.Constant) and once.value is False)

    @classmethod
    def of(cls, role: Role, folder: Folder) -> Self:
        """That of *role*, worked out once."""
        known: dict[Role, Self] = folder.remembered.setdefault(cls, {})
        if role not in known:
            known[role] = cls(role, folder)
        return known[role]

    @classmethod
    def of_unchecked(cls, folder: Folder) -> Iterator[tuple[Role, Self]]:
        """Those of transforms that do not look whether their work is done, and that nothing else keeps from doing it again."""
        for role in folder.roles:
            if role.kind == "transform":
                use = cls.of(role, folder)
                if not (use.is_once or use.looks_for_its_work):
                    yield role, use

    def returns(self, attribute: str) -> bool:
        """Whether *attribute* is written, as far as can be told."""
        return (
            self._is_opaque
            or any(part.writes.puts or part.writes.is_opaque for part in self._parts)
            or any(setting.attribute == attribute for _, setting in self._settings())
        )

    @property
    def grown(self) -> list[Found]:
        """Attributes that are made from themselves, and become another value each time."""
        return [
            Found(part.function, setting.value, setting.attribute)
            for part, setting in self._settings()
            if setting.value is not None and part.writes.grows(setting.value, setting.attribute)
        ]

    @property
    def fed(self) -> list[tuple[Found, str]]:
        """Attributes that are made from another one, with that one, which the same write changes or takes away."""
        changed = {
            setting.attribute
            for part, setting in self._settings()
            # A name that is only stripped is the same the second time.
            if setting.value is None or part.names.reads(setting.value) != {setting.attribute}
        } | {one.attribute for one in self.grown}
        return [
            (Found(part.function, setting.value, setting.attribute), source)
            for part, setting in self._settings()
            if setting.value is not None
            for source in sorted(part.names.reads(setting.value) & changed - {setting.attribute})
        ]

    @property
    def blind(self) -> list[Found]:
        """Attributes that are set to one value in every item, whatever is there."""
        if self._filter.is_there or any(part.tests.any or part.writes.conditions for part in self._parts):
            return []
        read = {one for part in self._parts for node in part.names.nodes for one in part.names.reads(node)}
        return [
            Found(part.function, setting.call, setting.attribute)
            for part, setting in self._settings()
            if isinstance(setting.value, ast.Constant) and setting.attribute not in read
        ]

    @property
    def looks_for_its_work(self) -> bool:
        """Whether something that it writes is looked at before; where that can't be told, it is."""
        writes = [part.writes for part in self._parts]
        if self._is_opaque or any(one.is_opaque or one.conditions for one in writes):
            return True
        written = {setting.attribute for _, setting in self._settings()}
        values = {one for part in self._parts for one in part.tests.values} | self._filter.values
        presence = {one for part in self._parts for one in part.tests.presence} | self._filter.presence
        if self._filter.is_unknown or ANY in values or ANY in presence or ANY in written:
            return True
        # That there is a price tells nothing of whether it is one in cents.
        telling = written - {one.attribute for one in self.grown}
        return bool(values & written or presence & telling)

    def _settings(self) -> Iterator[tuple[_Part, Setting]]:
        for part in self._parts:
            for setting in part.writes.settings:
                yield part, setting

    def _follow(self, start: Function, place: int) -> None:
        waiting: list[tuple[Function, int]] = [(start, place)]
        seen = set[tuple[int, int]]()
        while waiting and len(self._parts) < _MOST:
            function, place = waiting.pop()
            if (id(function.node), place) in seen:
                continue
            seen.add((id(function.node), place))
            if place >= len(function.parameters):
                self._is_opaque = True
                continue
            names = ItemNames(function, function.parameters[place], self._folder)
            self._parts.append(_Part(function, names, ItemTests(names), ItemWrites(function, names)))
            for node in names.nodes:
                if isinstance(node, ast.Call):
                    waiting.extend(self._handed_on(function, names, node))

    def _handed_on(self, function: Function, names: ItemNames, call: ast.Call) -> Iterator[tuple[Function, int]]:
        """The functions of the folder that *call* gives the item to, with its place; what else it is given to is opaque."""
        by_name = [one for one in call.keywords if names.is_whole(one.value)]
        places = [place for place, one in enumerate(call.args) if names.is_whole(one)]
        if not by_name and not places:
            return
        dotted = function.module.dotted(call.func)
        last = dotted.rpartition(".")[2]
        if dotted in _READING or last in _TOLD_TO or last in {"Update", "Put", "Delete"}:
            return
        found = self._folder.reach.named(function.module, call.func)
        if not found or by_name:
            self._is_opaque = True
        for callee in found:
            yield from ((callee, place) for place in places)


class _Filter:
    """What a backfill's ``filter`` asks, as far as it is written out."""

    def __init__(self, expression: ast.expr | None, role: Role, folder: Folder) -> None:
        self.is_there = expression is not None
        self.values = set[str]()
        self.presence = set[str]()
        while isinstance(expression, ast.Name):
            found = folder.reach.value(role.home, expression.id)
            expression = found[1] if found is not None and isinstance(found[1], ast.expr) else None
            if expression is None:
                break
        self.is_unknown = self.is_there and expression is None
        for node in ast.walk(expression) if expression is not None else ():
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Call(args=[ast.Constant(value=str() as name)]), attr=asked)):
                    (self.presence if asked == "exists" else self.values).add(name)
                case ast.Constant(value=str() as text) if "(" in text or "=" in text:
                    self._read(text)

    @classmethod
    def of(cls, role: Role, folder: Folder) -> Self:
        found = cls(argument(role.call, "filter") if role.call is not None else None, role, folder)
        # An index may have some of the items only.
        found.is_there = found.is_there or (role.call is not None and argument(role.call, "index") is not None)
        return found

    def _read(self, text: str) -> None:
        for function, name, word in _IN_FILTER.findall(text):
            (self.presence if function == "attribute_exists" else self.values).add(name or word)
