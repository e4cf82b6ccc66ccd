"""What the service says of a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from ..consumption import Kind
from ..table_names import listed_names
from ..transport import Transport
from ..transport.readiness import awaited
from .errors import BackfillError
from .indexes import Index, indexes_of
from .service_errors import refusal
from .values.key_rules import KeyRule, key_rules

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
# "Quotas in Amazon DynamoDB": what an on-demand table may take by default, in reads and in writes.
_ON_DEMAND: Final = 40_000.0


@dataclass(frozen=True, kw_only=True)
class Table:
    """
    A table, or one of its indexes.

    Attributes:
        keys: The names of the table's own key attributes.
        visible: The attributes that can be read; None: all.
        items: As the service counted them within the last six hours; so is ``bytes``.
        read_units: What it takes a second where it is read: of the table, under the empty name, and of the index if it
            has a capacity of its own.
        write_units: The same of the table and of each of its global indexes.
        consistent: Whether it can be read consistently.
        key_rules: What the attributes have to be that are keys, in the table or in an index of it.
        awaited: What has to be waited for before it can be used, in words; empty: nothing.
        replicas: The other Regions that have it, as a global table.
        strong: Whether these are strongly consistent (MRSC): then the service takes no transactions.
        indexes: All of the table's, whichever of them is scanned.
        item_bytes: What an item of the table has on average, by what the service counted; 0: it counted none.
        on_demand: Whether each request is paid for; else its capacity is, whether or not it is used.
        region: Where it is; empty: the service did not say.
        infrequent: Whether it is of the table class Standard-Infrequent Access.
    """

    name: str
    keys: tuple[str, ...]
    visible: frozenset[str] | None
    items: int
    bytes: int
    read_units: Mapping[str, float]
    write_units: Mapping[str, float]
    consistent: bool
    key_rules: Mapping[str, KeyRule] = field(default_factory=dict)
    awaited: str = ""
    replicas: tuple[str, ...] = ()
    strong: bool = False
    indexes: tuple[Index, ...] = ()
    item_bytes: float = 0.0
    on_demand: bool = True
    region: str = ""
    infrequent: bool = False

    def units(self, kind: Kind) -> Mapping[str, float]:
        return self.read_units if kind == "read" else self.write_units

    @property
    def has_global_indexes(self) -> bool:
        return len(self.write_units) > 1

    def key_of(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {name: raw[name] for name in self.keys}


def find(transport: Transport, names: Mapping[str, str], name: str, index: str | None = None) -> Table:
    """
    The table that *name* stands for in *names*, else the one that has this name.

    Raises:
        BackfillError: As `describe` has it; says which names there are.
    """
    try:
        return describe(transport, names.get(name, name), index)
    except BackfillError as error:
        if name in names:
            raise
        raise BackfillError(
            f"{error.message} In ctx.tables there is no {name!r} either: it has {listed_names(names)}.",
            next_step=error.next_step,
        ) from error.__cause__


def describe(transport: Transport, name: str, index: str | None = None) -> Table:
    """
    Ask the service for *name*, and for its *index*.

    Raises:
        BackfillError: There is no such table or index, or asking is not allowed.
        NotReady: It can't be used, and won't be.
    """
    if not _NAME.fullmatch(name):
        raise BackfillError(
            f"{name!r} can't be the name of a table.",
            next_step="Use one of ctx.tables, or a physical name: 3 to 255 letters, digits and any of _ . -",
        )
    try:
        table = transport.call("DescribeTable", {"TableName": name})["Table"]
    except ClientError as error:
        raise refusal(error, name) from error
    keys = tuple(element["AttributeName"] for element in table["KeySchema"])
    on_demand = table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
    globals_, locals_ = table.get("GlobalSecondaryIndexes", ()), table.get("LocalSecondaryIndexes", ())
    scanned, visible, consistent = table, None, True
    if index is not None:
        known = {one["IndexName"]: one for one in (*globals_, *locals_)}
        if index not in known:
            raise BackfillError(
                f"The table {name} has no index {index!r}: it has {', '.join(known) or 'none'}.",
                next_step="Correct index=, or leave it out to scan the table itself.",
            )
        scanned = known[index]
        visible = _projected(scanned, keys)
        consistent = index in {one["IndexName"] for one in locals_}

    def units(kind: str, *parts: Mapping[str, Any]) -> dict[str, float]:
        return {part.get("IndexName", ""): _units(part, kind, on_demand=on_demand) for part in parts}

    return Table(
        name=name,
        keys=keys,
        visible=visible,
        items=int(scanned.get("ItemCount", 0)),
        bytes=int(scanned.get("TableSizeBytes", scanned.get("IndexSizeBytes", 0))),
        # Whatever is scanned, single items are read again from the table.
        read_units=units("Read", table, *([] if consistent else [scanned])),
        write_units=units("Write", table, *globals_),
        consistent=consistent,
        key_rules=key_rules(table),
        awaited=awaited({"TableName": name, **table}, index),
        replicas=_replicas(table),
        strong=table.get("MultiRegionConsistency") == "STRONG",
        indexes=indexes_of(table, keys),
        item_bytes=int(table.get("TableSizeBytes", 0)) / max(int(table.get("ItemCount", 0)), 1),
        on_demand=on_demand or table.get("ProvisionedThroughput", {}).get("WriteCapacityUnits", 0) <= 0,
        region=_region(table),
        infrequent=table.get("TableClassSummary", {}).get("TableClass") == "STANDARD_INFREQUENT_ACCESS",
    )


def _region(table: Mapping[str, Any]) -> str:
    return "".join(str(table.get("TableArn", "")).split(":")[3:4])


def _replicas(table: Mapping[str, Any]) -> tuple[str, ...]:
    regions = [str(one["RegionName"]) for one in table.get("Replicas", ()) if "RegionName" in one]
    return tuple(sorted(set(regions) - {_region(table)}))


def _projected(index: Mapping[str, Any], keys: tuple[str, ...]) -> frozenset[str] | None:
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return None
    own = [element["AttributeName"] for element in index["KeySchema"]]
    return frozenset([*keys, *own, *projection.get("NonKeyAttributes", ())])


def _units(table: Mapping[str, Any], kind: str, *, on_demand: bool) -> float:
    provisioned = float(table.get("ProvisionedThroughput", {}).get(f"{kind}CapacityUnits", 0))
    if on_demand or provisioned <= 0:
        most = float(table.get("OnDemandThroughput", {}).get(f"Max{kind}RequestUnits", 0))
        warm = float(table.get("WarmThroughput", {}).get(f"{kind}UnitsPerSecond", 0))
        # The former is -1 where there is no limit; the latter is what it can take at once.
        return next((units for units in (most, warm) if units > 0), _ON_DEMAND)
    return provisioned
