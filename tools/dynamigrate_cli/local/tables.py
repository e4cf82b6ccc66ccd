"""The tables of an app: filled from seeds, kept as they were, and put back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..faults import UsedWrongly
from .seeds import Item, Seed

Key = tuple[tuple[str, str, Any], ...]
_BATCH = 25
_SETTINGS = ("AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes")
_INDEX = ("IndexName", "KeySchema", "Projection")


@dataclass(frozen=True, kw_only=True)
class Table:
    """
    One table as it is at a moment.

    Attributes:
        description: As DynamoDB tells it.
        items: By their keys.
    """

    description: Mapping[str, Any]
    items: Mapping[Key, Item]

    @property
    def indexes(self) -> set[str]:
        return {one["IndexName"] for one in self.description.get("GlobalSecondaryIndexes", ())}

    def without_items(self) -> Table:
        return replace(self, items={})


class Tables:
    """All tables of an AWS that is an app's alone, through *client*."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def names(self) -> list[str]:
        return [name for page in self._client.get_paginator("list_tables").paginate() for name in page["TableNames"]]

    def snapshot(self) -> dict[str, Table]:
        """All tables, with all items."""
        return {name: self._table(name) for name in self.names()}

    def restore(self, before: Mapping[str, Table]) -> None:
        """Make every table what it was *before*: its items and indexes; what was not there goes, what is gone is made."""
        now = self.snapshot()
        for name in now.keys() - before.keys():
            self._client.delete_table(TableName=name)
        for name, table in before.items():
            if name not in now:
                self._make(name, table)
            else:
                for index in now[name].indexes - table.indexes:
                    deletion = {"Delete": {"IndexName": index}}
                    self._client.update_table(TableName=name, GlobalSecondaryIndexUpdates=[deletion])
            there = now[name].items if name in now else {}
            gone = [self._key_of(table, item) for key, item in there.items() if key not in table.items]
            put = [item for key, item in table.items.items() if there.get(key) != item]
            deletions = [{"DeleteRequest": {"Key": key}} for key in gone]
            self._write(name, [*deletions, *({"PutRequest": {"Item": item}} for item in put)])

    def seed(self, seeds: Sequence[Seed], physical: Callable[[str], str | None]) -> dict[str, int]:
        """
        Put them into their tables. Returns how many each got.

        Raises:
            Fault: There is no such table, or it does not take an item; with the line.
        """
        counts: dict[str, int] = {}
        for name in dict.fromkeys(seed.table for seed in seeds):
            mine = [seed for seed in seeds if seed.table == name]
            table = self._named(name, mine[0].where, physical)
            keys = self._client.describe_table(TableName=table)["Table"]
            for seed in mine:
                _check_key(seed, keys)
            try:
                self._write(table, [{"PutRequest": {"Item": seed.item}} for seed in mine])
            except (ClientError, BotoCoreError):
                self._put_each(table, mine)
            counts[name] = len(mine)
        return counts

    def _named(self, name: str, where: str, physical: Callable[[str], str | None]) -> str:
        names = self.names()
        table = physical(name) or name
        if table not in names:
            raise UsedWrongly(f"{where}: there is no table {name}.", f"There is {', '.join(names) or 'none'}.")
        return table

    def _put_each(self, table: str, seeds: Iterable[Seed]) -> None:
        """One by one, to learn which one it is that is not taken; a repeated key is taken like this, too."""
        for seed in seeds:
            try:
                self._client.put_item(TableName=table, Item=seed.item)
            except (ClientError, BotoCoreError) as error:
                raise UsedWrongly(f"{seed.where}: {table} does not take this item: {error}") from error

    def _table(self, name: str) -> Table:
        description = self._client.describe_table(TableName=name)["Table"]
        pages = self._client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
        return Table(description=description, items={key_of(description, item): item for item in items})

    def _key_of(self, table: Table, item: Item) -> Item:
        return {one["AttributeName"]: item[one["AttributeName"]] for one in table.description["KeySchema"]}

    def _make(self, name: str, table: Table) -> None:
        settings = {setting: table.description[setting] for setting in _SETTINGS if table.description.get(setting)}
        for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
            if kind in settings:
                settings[kind] = [{part: one[part] for part in _INDEX} for one in settings[kind]]
        self._client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **settings)

    def _write(self, table: str, requests: Sequence[Mapping[str, Any]]) -> None:
        for begin in range(0, len(requests), _BATCH):
            left: Any = {table: list(requests[begin : begin + _BATCH])}
            while left:
                left = self._client.batch_write_item(RequestItems=left).get("UnprocessedItems")


def key_of(description: Mapping[str, Any], item: Item) -> Key:
    """What tells *item* from the others of its table."""
    return tuple(
        (name, *next(iter(item[name].items()))) for name in (one["AttributeName"] for one in description["KeySchema"])
    )


def _check_key(seed: Seed, description: Mapping[str, Any]) -> None:
    types = {one["AttributeName"]: one["AttributeType"] for one in description["AttributeDefinitions"]}
    for name in _key_names(description):
        if name not in seed.item:
            raise UsedWrongly(
                f"{seed.where}: the item has no {name}, which is in the key of {seed.table}.",
                f"It has {', '.join(sorted(seed.item))}.",
            )
        (kind,) = seed.item[name]
        if kind != types[name]:
            raise UsedWrongly(
                f"{seed.where}: {name} is in the key of {seed.table} with the type {types[name]}, and here it is {kind}."
            )


def _key_names(description: Mapping[str, Any]) -> Iterator[str]:
    yield from (one["AttributeName"] for one in description["KeySchema"])
