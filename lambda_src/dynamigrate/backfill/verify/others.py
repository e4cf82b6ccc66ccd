"""Other items that transform wants written: whether they are so already."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from ..sender import RequestSender
from ..service_errors import refusal
from ..table import Table
from ..values.codec import AttributeValue, same
from ..writing.item_writes import ConditionalWrite, Identity, UnconditionalWrite
from ..writing.other_items import OtherItems

# Keys in a BatchGetItem.
_MOST_KEYS: Final = 100

Item = Mapping[str, AttributeValue]
Write = ConditionalWrite | UnconditionalWrite


class Wish(NamedTuple):
    """
    What is wanted of another item.

    Attributes:
        given: The whole item, or the key of one that is to be deleted.
        there: Whether it is to be there.
    """

    table: Table
    given: Item
    there: bool

    @property
    def identity(self) -> Identity:
        return (self.table.name, *[_plain(self.given[name]) for name in self.table.keys])


class OthersLook:
    """Reads the items that writes are about, where these leave the item alone on whose account they are made."""

    def __init__(self, other_items: OtherItems, sender: RequestSender) -> None:
        self._other_items = other_items
        self._sender = sender

    def are_made(self, writes: Sequence[Write]) -> list[bool]:
        """
        Of each of *writes*, whether making it would change nothing.

        Raises:
            BackfillError: The items can't be read.
            Stopping: The worker has to end.
        """
        wishes = [self._wishes(write) for write in writes]
        if not any(wishes):
            return [False] * len(writes)
        found = self._read({wish.identity: wish for one in wishes for wish in one})
        return [bool(one) and all(_is_granted(wish, found.get(wish.identity)) for wish in one) for one in wishes]

    def _wishes(self, write: Write) -> list[Wish]:
        """What *write* wants of other items; none, where it changes its own one in any case."""
        if isinstance(write, UnconditionalWrite):
            [(kind, one)] = json.loads(write.text).items()
            return [_wish(write.table, one, there=kind == "PutRequest")]
        if write.set or write.remove or write.delete or not write.others:
            return []
        actions = [(kind, one) for action in write.others for kind, one in action.items()]
        return [_wish(self._other_items.table(one["TableName"]), one, there=kind == "Put") for kind, one in actions]

    def _read(self, wishes: Mapping[Identity, Wish]) -> dict[Identity, Item]:
        by_table: dict[str, list[Wish]] = {}
        for wish in wishes.values():
            by_table.setdefault(wish.table.name, []).append(wish)
        found: dict[Identity, Item] = {}
        for some in by_table.values():
            table = some[0].table
            for start in range(0, len(some), _MOST_KEYS):
                keys = [table.key_of(wish.given) for wish in some[start : start + _MOST_KEYS]]
                for item in self._items(table, keys):
                    found[Wish(table, item, there=True).identity] = item
        return found

    def _items(self, table: Table, keys: list[dict[str, Any]]) -> Iterable[Item]:
        while keys:
            request = {"RequestItems": {table.name: {"Keys": keys, "ConsistentRead": True}}}
            try:
                answer = self._sender.read("BatchGetItem", request, len(keys))
            except ClientError as error:
                raise refusal(error, table.name) from error
            yield from answer.get("Responses", {}).get(table.name, ())
            sent = len(keys)
            keys = answer.get("UnprocessedKeys", {}).get(table.name, {}).get("Keys", [])
            if keys:
                self._sender.came_back(len(keys), sent)


def _plain(value: AttributeValue) -> tuple[str, Any]:
    """The same for equal values: the service writes 1.0 as 1."""
    [(kind, one)] = value.items()
    return kind, Decimal(one) if kind == "N" else one


def _wish(table: Table, one: Mapping[str, Any], *, there: bool) -> Wish:
    return Wish(table, one["Item" if there else "Key"], there)


def _is_granted(wish: Wish, found: Item | None) -> bool:
    if not wish.there:
        return found is None
    return found is not None and same({"M": wish.given}, {"M": found})
