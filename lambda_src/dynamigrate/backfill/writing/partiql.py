"""A guarded change of one item, in PartiQL and as an action of the item API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from ...transport.json_text import quoted
from ..errors import Unwritable
from ..values.codec import AttributeValue
from ..values.to_json import encoded_text

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


@dataclass(slots=True)
class ConditionalWrite:
    """
    What is to become of one item.

    Attributes:
        raw: The item as it was read.
        set: What to write; *remove*: what to take away; *delete*: the whole item instead.
        guards: Attributes that must be as they were read.
        others: Actions on other items, in the same transaction; None: no transaction.
        tries: How often it was made anew because the item had changed.
        page: What it is settled with.
        text: Its entry in a batch of statements, as JSON.
    """

    raw: dict[str, AttributeValue]
    set: dict[str, AttributeValue]
    remove: tuple[str, ...]
    guards: tuple[str, ...]
    delete: bool = False
    others: tuple[dict[str, Any], ...] | None = None
    tries: int = 0
    page: Any = None
    text: str = ""


class Statements:
    """
    PartiQL for changes to items of one table.

    A change has the same statement as every other one of its shape: which attributes it sets and removes, and which are
    there, NULL or absent.
    """

    def __init__(self, table: str, keys: tuple[str, ...]) -> None:
        self._table = table
        self._keys = keys
        self._known: dict[Any, tuple[str, tuple[str, ...]]] = {}

    def write(self, change: ConditionalWrite) -> bool:
        """Fill in ``text``; False: PartiQL can't say it."""
        raw, guards = change.raw, change.guards
        there = tuple([_ABSENT if name not in raw else _NULL if "NULL" in raw[name] else _VALUE for name in guards])
        shape = (guards, there, tuple(change.set), change.remove, change.delete)
        known = self._known.get(shape)
        if known is None:
            if len(self._known) >= _MOST_SHAPES:
                self._known.clear()
            known = self._known[shape] = self._compose(change, there)
        head, names = known
        if not head:
            return False
        parameters = [encoded_text(value) for value in (*change.set.values(), *[raw[name] for name in names])]
        change.text = f"{head}{','.join(parameters)}]}}"
        return True

    def _compose(self, change: ConditionalWrite, there: tuple[int, ...]) -> tuple[str, tuple[str, ...]]:
        names = [*self._keys, *change.guards, *change.set, *change.remove]
        if not all(_PLAIN.fullmatch(name) for name in names):
            return "", ()
        where = [f'"{name}"=?' for name in self._keys]
        for name, found in zip(change.guards, there, strict=True):
            if found == _VALUE:
                where.append(f'"{name}"=?')
            elif found == _NULL:
                where.append(f"attribute_type(\"{name}\",'NULL')")
            else:
                where.append(f'"{name}" IS MISSING')
        if change.delete:
            head = f'DELETE FROM "{self._table}"'  # noqa: S608 - names, which can't hold a quote; values are parameters
        else:
            # One clause each: a comma between two is taken for an error.
            parts = [f'SET "{name}"=?' for name in change.set] + [f'REMOVE "{name}"' for name in change.remove]
            head = f'UPDATE "{self._table}" {" ".join(parts)}'
        text = f"{head} WHERE {' AND '.join(where)}"
        if len(text) > _LONGEST_STATEMENT:
            return "", ()
        present = [name for name, found in zip(change.guards, there, strict=True) if found == _VALUE]
        return f'{{"Statement":{quoted(text)},"Parameters":[', (*self._keys, *present)


def action(table: str, keys: tuple[str, ...], change: ConditionalWrite) -> tuple[str, dict[str, Any]]:
    """
    The same as ``Update``, ``Delete`` or, where nothing is to be written, ``ConditionCheck``, with its arguments.

    Raises:
        Unwritable: There are more guards than one expression can have.
    """
    names: dict[str, str] = {"#k": keys[0]}
    values: dict[str, AttributeValue] = {}
    conditions = ["attribute_exists(#k)"]
    for number, name in enumerate(change.guards):
        names[f"#g{number}"] = name
        if name in change.raw:
            values[f":g{number}"] = change.raw[name]
            conditions.append(f"#g{number}=:g{number}")
        else:
            conditions.append(f"attribute_not_exists(#g{number})")
    clauses = []
    for number, (name, value) in enumerate(change.set.items()):
        names[f"#s{number}"], values[f":s{number}"] = name, value
        clauses.append(f"{', ' if number else 'SET '}#s{number}=:s{number}")
    for number, name in enumerate(change.remove):
        names[f"#r{number}"] = name
        clauses.append(f"{', ' if number else ' REMOVE '}#r{number}")
    condition, update = " AND ".join(conditions), "".join(clauses).strip()
    if len(conditions) * 2 - 1 > _MOST_OPERATORS or max(len(condition), len(update)) > _LONGEST_EXPRESSION:
        raise Unwritable(
            f"transform read, set or removed {len(change.guards)} attributes, more than the service can compare in one "
            "write.",
            next_step="Read only what it needs, by name, or say overwrite=True.",
        )
    arguments: dict[str, Any] = {
        "TableName": table,
        "Key": {name: change.raw[name] for name in keys},
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
    }
    if values:
        arguments["ExpressionAttributeValues"] = values
    if change.delete:
        return "Delete", arguments
    if not update:
        return "ConditionCheck", arguments
    arguments["UpdateExpression"] = update
    return "Update", arguments
