"""A conditional write, as a statement in PartiQL and as an action of the item API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from ...transport.json_text import loads, quoted
from ..errors import Unwritable
from ..values.codec import AttributeValue
from ..values.to_json import encoded_text
from .item_writes import ConditionalWrite

# "BatchStatementRequest" in the API's reference.
_LONGEST_STATEMENT: Final = 8_192
# "Expression parameters" in "Quotas in Amazon DynamoDB": 4 KB of text, 300 operators.
_LONGEST_EXPRESSION: Final = 4_096
_MOST_OPERATORS: Final = 300
# Whatever else a name has in it, the item API takes it as a placeholder's value. One that begins as a placeholder does is
# taken for one even in quotes.
_PLAIN: Final = re.compile(r"(?![#:])[\w.:#@/+ -]+")

_ABSENT, _NULL, _VALUE = range(3)
# A transform that asks for another attribute in every item has no end of shapes.
_MOST_SHAPES: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """
    What all writes with the same statement share.

    Attributes:
        head: An entry without its parameters; empty: PartiQL can't say it.
        set: Attributes whose values are the first parameters.
        compared: Those whose values, as they were read, are the others.
        null: Those that were read as NULL.
    """

    head: str
    set: tuple[str, ...]
    compared: tuple[str, ...]
    null: tuple[str, ...]
    remove: tuple[str, ...]
    guards: tuple[str, ...]
    delete: bool

    def write(self, text: str) -> ConditionalWrite:
        # The head ends with the bracket before the parameters.
        values: list[AttributeValue] = loads(text[len(self.head) - 1 : -1].encode())
        given = len(self.set)
        raw = dict(zip(self.compared, values[given:], strict=True))
        raw.update((name, {"NULL": True}) for name in self.null)
        return ConditionalWrite(
            raw, dict(zip(self.set, values[:given], strict=True)), self.remove, self.guards, self.delete
        )


class Statements:
    """
    PartiQL for conditional writes to one table.

    Writes of one shape have one statement: the same attributes are set, removed and compared, and the same of these were
    there, NULL or absent.
    """

    def __init__(self, table: str, keys: tuple[str, ...]) -> None:
        self._table = table
        self._keys = keys
        self._known: dict[Any, Shape] = {}

    def compose(self, write: ConditionalWrite) -> tuple[str, Shape]:
        """The entry of *write* in a batch of statements, as JSON, and its shape; empty: PartiQL can't say it."""
        raw, set_, remove, guards, delete, _ = write
        there = tuple([_ABSENT if name not in raw else _NULL if "NULL" in raw[name] else _VALUE for name in guards])
        key = (guards, there, tuple(set_), remove, delete)
        shape = self._known.get(key)
        if shape is None:
            if len(self._known) >= _MOST_SHAPES:
                self._known.clear()
            shape = self._known[key] = self._shape(write, there)
        head = shape.head
        if not head:
            return "", shape
        values = (*set_.values(), *[raw[name] for name in shape.compared])
        # Most values are text, and are spared a call.
        parameters = [f'{{"S":{quoted(one["S"])}}}' if "S" in one else encoded_text(one) for one in values]
        return f"{head}{','.join(parameters)}]}}", shape

    def _shape(self, write: ConditionalWrite, there: tuple[int, ...]) -> Shape:
        found = list(zip(write.guards, there, strict=True))
        return Shape(
            head=self._head(write, there),
            set=tuple(write.set),
            compared=(*self._keys, *[name for name, how in found if how == _VALUE]),
            null=tuple([name for name, how in found if how == _NULL]),
            remove=write.remove,
            guards=write.guards,
            delete=write.delete,
        )

    def _head(self, write: ConditionalWrite, there: tuple[int, ...]) -> str:
        """An entry without its parameters; empty: there is none."""
        names = [*self._keys, *write.guards, *write.set, *write.remove]
        if not all(_PLAIN.fullmatch(name) for name in names):
            return ""
        where = [f'"{name}"=?' for name in self._keys]
        for name, found in zip(write.guards, there, strict=True):
            if found == _VALUE:
                where.append(f'"{name}"=?')
            elif found == _NULL:
                where.append(f"attribute_type(\"{name}\",'NULL')")
            else:
                where.append(f'"{name}" IS MISSING')
        if write.delete:
            head = f'DELETE FROM "{self._table}"'  # noqa: S608 - names, which can't hold a quote; values are parameters
        else:
            # One clause each: a comma between two is taken for an error.
            parts = [f'SET "{name}"=?' for name in write.set] + [f'REMOVE "{name}"' for name in write.remove]
            head = f'UPDATE "{self._table}" {" ".join(parts)}'
        text = f"{head} WHERE {' AND '.join(where)}"
        return f'{{"Statement":{quoted(text)},"Parameters":[' if len(text) <= _LONGEST_STATEMENT else ""


def action(table: str, keys: tuple[str, ...], write: ConditionalWrite) -> tuple[str, dict[str, Any]]:
    """
    *write* as ``Update``, ``Delete`` or, where nothing is to be written, ``ConditionCheck``, with its arguments.

    Raises:
        Unwritable: There are more guards than one expression can have.
    """
    names: dict[str, str] = {"#k": keys[0]}
    values: dict[str, AttributeValue] = {}
    conditions = ["attribute_exists(#k)"]
    for number, name in enumerate(write.guards):
        names[f"#g{number}"] = name
        if name in write.raw:
            values[f":g{number}"] = write.raw[name]
            conditions.append(f"#g{number}=:g{number}")
        else:
            conditions.append(f"attribute_not_exists(#g{number})")
    clauses = []
    for number, (name, value) in enumerate(write.set.items()):
        names[f"#s{number}"], values[f":s{number}"] = name, value
        clauses.append(f"{', ' if number else 'SET '}#s{number}=:s{number}")
    for number, name in enumerate(write.remove):
        names[f"#r{number}"] = name
        clauses.append(f"{', ' if number else ' REMOVE '}#r{number}")
    condition, update = " AND ".join(conditions), "".join(clauses).strip()
    if len(conditions) * 2 - 1 > _MOST_OPERATORS or max(len(condition), len(update)) > _LONGEST_EXPRESSION:
        raise Unwritable(
            f"transform read, set or removed {len(write.guards)} attributes, more than the service can compare in one "
            "write.",
            next_step="Read only what it needs, by name, or say overwrite=True.",
        )
    arguments: dict[str, Any] = {
        "TableName": table,
        "Key": {name: write.raw[name] for name in keys},
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
    }
    if values:
        arguments["ExpressionAttributeValues"] = values
    if write.delete:
        return "Delete", arguments
    if not update:
        return "ConditionCheck", arguments
    arguments["UpdateExpression"] = update
    return "Update", arguments
