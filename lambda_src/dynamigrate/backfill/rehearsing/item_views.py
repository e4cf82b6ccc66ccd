"""An item of a sample, and what would be written on its account, as an answer has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...error_text import printable, type_name
from ...records import Failure
from ..errors import ItemRefused
from ..table import Table
from ..values.codec import AttributeValue
from ..writing.item_writes import ConditionalWrite, UnconditionalWrite
from .diff import differences
from .shown_values import shown_changes, shown_key

View = dict[str, Any]
Raw = Mapping[str, AttributeValue]
_NOTHING: Raw = {}


def write_views(
    raw: Raw,
    write: ConditionalWrite | UnconditionalWrite,
    table: Table,
    find: Callable[[str], Table | None],
    salt: str,
) -> Iterator[View]:
    """
    Each write that *write*, which was made of the item *raw* of *table*, consists of.

    Args:
        find: Gives another table by its physical name.
    """
    if isinstance(write, UnconditionalWrite):
        ((kind, entry),) = json.loads(write.text).items()
        yield _other(write.table, kind, entry, table, salt)
        return
    if write.delete:
        yield _view(table, raw, raw, _NOTHING, "delete", salt=salt)
    elif write.set or write.remove:
        after = {name: value for name, value in raw.items() if name not in write.remove} | write.set
        yield _view(table, raw, raw, after, "update", salt=salt)
    for action in write.others or ():
        ((kind, entry),) = action.items()
        if (other := find(entry["TableName"])) is not None:
            yield _other(other, kind, entry, table, salt)


def refused_view(raw: Raw, refused: ItemRefused, failure: Failure, table: Table, salt: str) -> View:
    """An item of which transform raises, or for which it returns what can't be written."""
    cause = refused.__cause__
    message = printable(refused.message, 500) if not salt else "(left out, as it may have the key in it)"
    error = {"type": type_name(cause) if cause is not None else failure.type, "message": message}
    return {
        "key": shown_key(table.key_of(raw), salt),
        "outcome": "failed",
        "error": {**error, **({"where": failure.where} if failure.where else {})},
    }


def _other(other: Table, kind: str, entry: Mapping[str, Any], table: Table, salt: str) -> View:
    """Another item, of which nobody knows what is there now."""
    put = kind.startswith("Put")
    item = entry["Item"] if put else entry["Key"]
    view = _view(other, item, _NOTHING, item if put else _NOTHING, "put" if put else "delete", salt=salt)
    return view | ({"table": other.name} if other.name != table.name else {})


def _view(table: Table, item: Raw, before: Raw, after: Raw, outcome: str, *, salt: str) -> View:
    keys = frozenset(table.keys)
    found = list(differences(_without(before, keys), _without(after, keys)))
    return {"key": shown_key(table.key_of(item), salt), "outcome": outcome, **shown_changes(found)}


def _without(item: Raw, keys: frozenset[str]) -> dict[str, AttributeValue]:
    """The key stands above, masked where it is to be."""
    return {name: value for name, value in item.items() if name not in keys}
