"""All that is in the tables at one moment, and back to it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .traffic import Traffic
from .values import Raw, canonical, differing_maps, told, told_item

# What of a table's description is a definition of it, and can be given to CreateTable.
_DEFINITION: Final = (
    "AttributeDefinitions",
    "KeySchema",
    "StreamSpecification",
    "DeletionProtectionEnabled",
)
_INDEX: Final = ("IndexName", "KeySchema", "Projection")
_READY: Final = {"Delay": 1, "MaxAttempts": 120}


@dataclass(frozen=True)
class TableState:
    """
    Attributes:
        definition: What `create_table` takes.
        ttl: The attribute by which items expire; empty: none.
        items: In DynamoDB's notation, by their keys as text.
    """

    definition: Mapping[str, Any]
    ttl: str
    items: Mapping[str, Raw]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(element["AttributeName"] for element in self.definition["KeySchema"])

    @property
    def fixed(self) -> frozenset[str]:
        """Attributes that are keys, of the table or of an index."""
        return frozenset(one["AttributeName"] for one in self.definition["AttributeDefinitions"])

    def key_of(self, raw: Mapping[str, Any]) -> Raw:
        return {name: raw[name] for name in self.keys}


@dataclass(frozen=True)
class Snapshot:
    """
    Attributes:
        tables: By their physical names.
    """

    tables: Mapping[str, TableState]

    @property
    def items(self) -> list[tuple[str, str]]:
        """Table and key of every item."""
        return [(name, key) for name, table in self.tables.items() for key in table.items]

    def with_item(self, table: str, key: str, raw: Raw | None) -> Snapshot:
        """The same with another item under that key, or with none."""
        state = self.tables[table]
        items = {**state.items, key: raw} if raw is not None else {k: v for k, v in state.items.items() if k != key}
        return Snapshot({**self.tables, table: replace(state, items=items)})

    def only(self, wanted: Collection[tuple[str, str]]) -> Snapshot:
        """The same without all other items."""
        return Snapshot(
            {
                name: replace(table, items={key: raw for key, raw in table.items.items() if (name, key) in wanted})
                for name, table in self.tables.items()
            }
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and next(differences(self, other), None) is None

    __hash__ = None  # type: ignore[assignment]


def key_text(key: Mapping[str, Any]) -> str:
    """What is the same for two spellings of one key."""
    return json.dumps({name: str(canonical(key[name])) for name in sorted(key)})


class Database:
    """
    The tables of *client* that were made in this process since *traffic* sees it, but for those named in *others*. They can be
    put back to how they were; all that was there before is somebody else's.

    Args:
        traffic: Sees all that is sent, so that it knows when tables may have become others than they were.
    """

    def __init__(self, client: Any, traffic: Traffic) -> None:
        self.client = client
        self.others: set[str] = set()
        self._traffic = traffic
        self._known = -1
        self._names: list[str] = []
        self._definitions: dict[str, tuple[Mapping[str, Any], str]] = {}

    def names(self) -> list[str]:
        """Of its tables, sorted."""
        self._look()
        return [name for name in self._names if name in self._traffic.made - self.others]

    def take(self) -> Snapshot:
        """What is in the tables now."""
        return Snapshot({name: self._state(name) for name in self.names()})

    def empty(self, name: str) -> None:
        """Delete all items of a table, of whomever it is."""
        state = self._state(name)
        for raw in state.items.values():
            self.client.delete_item(TableName=name, Key=state.key_of(raw))

    def _look(self) -> None:
        """Ask for the names, where they may be others."""
        if self._known != self._traffic.definitions:
            pages = self.client.get_paginator("list_tables").paginate()
            self._names = sorted(name for page in pages for name in page["TableNames"])
            self._definitions = {}
            self._known = self._traffic.definitions

    def put_back(self, snapshot: Snapshot) -> None:
        """Have the tables as they were in *snapshot*; those that were not there then are deleted."""
        now = self.take()
        for name, state in now.tables.items():
            wanted = snapshot.tables.get(name)
            if wanted is None or (wanted.definition, wanted.ttl) != (state.definition, state.ttl):
                self._delete(name, state)
        for name, state in snapshot.tables.items():
            found = now.tables.get(name)
            if found is None or (found.definition, found.ttl) != (state.definition, state.ttl):
                self._create(name, state)
                found = replace(state, items={})
            for key, raw in found.items.items():
                if key not in state.items:
                    self.client.delete_item(TableName=name, Key=state.key_of(raw))
            for key, raw in state.items.items():
                if found.items.get(key) != raw:
                    self.client.put_item(TableName=name, Item=raw)

    def _state(self, name: str) -> TableState:
        if name not in self._definitions:
            table = self.client.describe_table(TableName=name)["Table"]
            ttl = self.client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
            enabled = ttl.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
            self._definitions[name] = _definition(table), str(ttl.get("AttributeName", "")) if enabled else ""
        definition, expires_by = self._definitions[name]
        keys = [element["AttributeName"] for element in definition["KeySchema"]]
        items = {}
        for page in self.client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True):
            items.update({key_text({one: raw[one] for one in keys}): raw for raw in page["Items"]})
        return TableState(definition, expires_by, items)

    def _delete(self, name: str, state: TableState) -> None:
        if state.definition.get("DeletionProtectionEnabled"):
            self.client.update_table(TableName=name, DeletionProtectionEnabled=False)
        self.client.delete_table(TableName=name)
        self.client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig=_READY)

    def _create(self, name: str, state: TableState) -> None:
        self.client.create_table(TableName=name, **state.definition)
        self.client.get_waiter("table_exists").wait(TableName=name, WaiterConfig=_READY)
        if state.ttl:
            self.client.update_time_to_live(
                TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": state.ttl}
            )


def _definition(table: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: table[name] for name in _DEFINITION if table.get(name)}
    # A stand-in may keep those of an index that is gone.
    parts = [table, *table.get("GlobalSecondaryIndexes", ()), *table.get("LocalSecondaryIndexes", ())]
    used = {element["AttributeName"] for part in parts for element in part["KeySchema"]}
    attributes = [one for one in table["AttributeDefinitions"] if one["AttributeName"] in used]
    found["AttributeDefinitions"] = sorted(attributes, key=lambda one: str(one["AttributeName"]))
    on_demand = table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
    found["BillingMode"] = "PAY_PER_REQUEST" if on_demand else "PROVISIONED"
    if not on_demand:
        found["ProvisionedThroughput"] = _throughput(table)
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        indexes = [
            {name: index[name] for name in _INDEX}
            | ({} if on_demand or kind.startswith("Local") else {"ProvisionedThroughput": _throughput(index)})
            for index in table.get(kind, ())
        ]
        if indexes:
            found[kind] = sorted(indexes, key=lambda one: str(one["IndexName"]))
    return found


def _throughput(part: Mapping[str, Any]) -> dict[str, int]:
    given = part.get("ProvisionedThroughput", {})
    return {name: max(int(given.get(name, 0)), 1) for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def differences(before: Snapshot, after: Snapshot, words: tuple[str, str] = ("was", "is")) -> Iterator[str]:
    """What differs, in lines: tables, items and attributes."""
    old, new = words
    for name in sorted({*before.tables, *after.tables}):
        first, second = before.tables.get(name), after.tables.get(name)
        if first is None or second is None:
            gone, there = ("absent", "there") if first is None else ("there", "absent")
            yield f"table {name}: {old} {gone}, {new} {there}"
            continue
        for part in sorted({*first.definition, *second.definition}):
            one, other = first.definition.get(part), second.definition.get(part)
            if one != other:
                yield f"table {name}: {part} {old} {_brief(one)}, {new} {_brief(other)}"
        if first.ttl != second.ttl:
            yield f"table {name}: items expire by {old} {first.ttl or 'nothing'}, {new} {second.ttl or 'nothing'}"
        for key in sorted({*first.items, *second.items}):
            yield from _item_differences(name, first, first.items.get(key), second.items.get(key), words)


def _item_differences(
    name: str, table: TableState, first: Raw | None, second: Raw | None, words: tuple[str, str]
) -> Iterator[str]:
    old, new = words
    if first is None or second is None:
        raw: Raw = first or second or {}
        gone, there = ("absent", "there") if first is None else ("there", "absent")
        yield f"{name} {told_item(raw)}: the item {old} {gone}, {new} {there}"
        return
    for path, one, other in differing_maps(first, second):
        yield f"{name} {told_item(table.key_of(first))}: {path} {old} {told(one)}, {new} {told(other)}"


def _brief(value: Any) -> str:
    return "absent" if value is None else json.dumps(value, default=str)
