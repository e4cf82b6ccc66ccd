"""Writes of whole items, whatever is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import Binary

from ...transport.json_text import quoted
from ..table import Table
from ..values.codec import AttributeValue, decode, decode_all, encode

# A table's name, and the values of a key.
Identity = tuple[Any, ...]


@dataclass(slots=True)
class UnconditionalWrite:
    """
    What is to be written on account of one item.

    Attributes:
        raw: That item, as it was read.
        table: Where to write.
        key: Equal where two changes are on one item.
        text: Its entry in the request, as JSON.
        page: What it is settled with.
    """

    raw: dict[str, AttributeValue]
    table: Table
    key: Identity
    text: str
    page: Any = None


class PlainBatch:
    """
    A ``BatchWriteItem``, of which no two changes are on one item.

    Attributes:
        request: Its arguments, as JSON.
        tables: That it writes to, by name.
    """

    def __init__(self, changes: Sequence[UnconditionalWrite]) -> None:
        self._changes = changes
        entries: dict[str, list[str]] = {}
        for change in changes:
            entries.setdefault(change.table.name, []).append(change.text)
        self.tables = {change.table.name: change.table for change in changes}
        items = ",".join([f"{quoted(table)}:[{','.join(texts)}]" for table, texts in entries.items()])
        self.request = f'{{"RequestItems":{{{items}}}}}'

    def left(self, unprocessed: Mapping[str, Sequence[dict[str, Any]]]) -> list[UnconditionalWrite]:
        """Those that the service sent back."""
        back = {
            identity(table, decode_all(table.key_of(next(iter(content.values())))))
            for name, entries in unprocessed.items()
            if (table := self.tables.get(name))
            for entry in entries
            for content in entry.values()
        }
        left = [change for change in self._changes if change.key in back]
        # It may write a key its own way. To write one again that was written does no harm.
        return left if len(left) == sum(map(len, unprocessed.values())) else list(self._changes)


def identity(table: Table, item: Mapping[str, Any]) -> Identity:
    """What tells *item* from all others, and is the same however its key is written."""
    return (table.name, *[value if type(value := item[name]) is str else _comparable(value) for name in table.keys])


def _comparable(value: Any) -> Any:
    plain = decode(encode(value))
    # Any other type is none of a key's, which the service is going to say.
    return plain if isinstance(plain, str | Decimal | Binary) else repr(plain)
