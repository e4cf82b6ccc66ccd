"""What is known of the tables, and what a real run would have changed of them by now."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..unit_prices import Prices
from .items import Identity, Item, bytes_of, identity
from .request import Request

# Of a table: enough for what a function does within a minute, and some tens of megabytes.
_MOST_KEPT: Final = 200_000
# Reads of items only to see how large they are.
_MOST_LOOKS: Final = 100
_MISSING: Final = "ResourceNotFoundException"


@dataclass(frozen=True, kw_only=True)
class KnownTable:
    """
    A table, as far as writes to it are answered and counted by it.

    Attributes:
        keys: The names of its key attributes; empty: it could not be asked for.
        indexes: How many global and local indexes it has.
        copies: In how many Regions each write is made.
        made: It is one that only a real run would have made.
    """

    name: str
    keys: tuple[str, ...] = ()
    indexes: int = 0
    copies: int = 1
    made: bool = False
    region: str = ""
    on_demand: bool = True
    infrequent: bool = False

    @classmethod
    def read(cls, name: str, described: Mapping[str, Any], *, region: str, made: bool = False) -> KnownTable:
        """From the service's description of it."""
        billing = described.get("BillingModeSummary", {}).get("BillingMode")
        provisioned = described.get("ProvisionedThroughput", {}).get("WriteCapacityUnits", 0) > 0
        others = {one.get("RegionName") for one in described.get("Replicas", ())} - {region, None}
        return cls(
            name=name,
            keys=tuple(one["AttributeName"] for one in described.get("KeySchema", ())),
            indexes=sum(len(described.get(f"{kind}SecondaryIndexes", ())) for kind in ("Global", "Local")),
            copies=1 + len(others),
            made=made,
            region=region,
            on_demand=billing == "PAY_PER_REQUEST" or not provisioned,
            infrequent=described.get("TableClassSummary", {}).get("TableClass") == "STANDARD_INFREQUENT_ACCESS",
        )

    def dollars(self, reads: float, writes: float, given: Mapping[str, float] | None) -> float:
        return Prices.of(self, given).dollars(reads=reads, writes=writes, copies=self.copies)


@dataclass(kw_only=True)
class Pretended:
    """
    What would have been written to a table by now.

    Attributes:
        keys: Of which items, with whose migration it was first.
        vague: The migrations of which it is not known to which items.
        ahead: The migrations that would have written an item which no page of a scan or query had before.
    """

    keys: dict[Identity, str] = field(default_factory=dict)
    vague: set[str] = field(default_factory=set)
    ahead: set[str] = field(default_factory=set)

    @property
    def by(self) -> list[str]:
        """Whose it is."""
        return sorted({*self.keys.values(), *self.vague})


@dataclass(kw_only=True)
class _Sizes:
    """
    Of the items of a table that were met.

    Attributes:
        passed: Those that a page of a scan or query had.
        looks: How many were read only to see it.
    """

    known: dict[Identity, int] = field(default_factory=dict)
    passed: set[Identity] = field(default_factory=set)
    looks: int = 0
    total: int = 0
    count: int = 0

    def note(self, which: Identity, size: int) -> None:
        if which not in self.known and len(self.known) < _MOST_KEPT:
            self.known[which] = size
            self.total += size
            self.count += 1

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0


class World:
    """
    What all functions of a dry run share, one after the other. Threads may share it.

    Attributes:
        made: Tables that a real run would have made by now, as the service would describe them; ``changed``: those that it
            would have changed; ``removed``: those that would not be there any more.
    """

    def __init__(self) -> None:
        self.made: dict[str, dict[str, Any]] = {}
        self.changed: dict[str, dict[str, Any]] = {}
        self.removed: set[str] = set()
        self._tables: dict[str, KnownTable | None] = {}
        self._pretended: dict[str, Pretended] = {}
        self._sizes: dict[str, _Sizes] = {}
        self._one_at_a_time = threading.RLock()

    def table(self, name: str, request: Request) -> KnownTable | None:
        """The table of that physical name, asked for as *request* is sent; None: there is none, or would be none."""
        if name in self.removed:
            return None
        if name in self.made:
            return KnownTable.read(name, self.made[name], region=request.region, made=True)
        if name not in self._tables:
            self._tables[name] = self._described(name, request)
        return self._tables[name]

    def known(self, name: str) -> KnownTable | None:
        """The same, if it was asked for before."""
        if name in self.made:
            return KnownTable.read(name, self.made[name], region="", made=True)
        return self._tables.get(name)

    def dollars(self, table: str, reads: float, writes: float, prices: Mapping[str, float] | None) -> float:
        """What so many units of *table* cost, at *prices* for a million; None: those that are known."""
        return (self.known(table) or KnownTable(name=table)).dollars(reads, writes, prices)

    def read(self, table: KnownTable, items: list[Item], *, in_pages: bool) -> None:
        """These *items* of *table* were read: *in_pages*, or each by its key."""
        with self._one_at_a_time:
            sizes = self._sizes.setdefault(table.name, _Sizes())
            for item in items:
                if table.keys and (which := identity(table.keys, item)) is not None:
                    sizes.note(which, bytes_of(item))
                    if in_pages and len(sizes.passed) < _MOST_KEPT:
                        sizes.passed.add(which)

    def wrote(self, table: str, which: Identity | None, who: str) -> None:
        """*who* would have written the item *which* of *table*; None: one of which that is not known."""
        with self._one_at_a_time:
            found = self._pretended.setdefault(table, Pretended())
            if which is None or len(found.keys) >= _MOST_KEPT:
                found.vague.add(who)
                return
            if which not in found.keys and which not in self._sizes.setdefault(table, _Sizes()).passed:
                found.ahead.add(who)
            found.keys.setdefault(which, who)

    def pretended(self, table: str) -> Pretended | None:
        """What would have been written to it by now; None: nothing."""
        return self._pretended.get(table)

    def size(self, table: KnownTable, key: Item, request: Request) -> tuple[float, bool]:
        """
        How large the item with that *key* is, and whether that is known: the first few that were not read before are
        read for it, and later ones are taken to be as large as those that were met.
        """
        which = identity(table.keys, key)
        with self._one_at_a_time:
            sizes = self._sizes.setdefault(table.name, _Sizes())
            if which is not None and which in sizes.known:
                return sizes.known[which], True
            if which is None or table.made or sizes.looks >= _MOST_LOOKS:
                return sizes.mean or bytes_of(key), table.made
            sizes.looks += 1
        item = self.item(table, key, request)
        if item is None:
            return sizes.mean or bytes_of(key), False
        size = bytes_of(item or key)
        with self._one_at_a_time:
            sizes.known[which] = size
        return size, True

    def item(self, table: KnownTable, key: Item, request: Request) -> dict[str, Any] | None:
        """The item with that *key*, as it is now; empty: there is none; None: it can't be read."""
        asked = {"TableName": table.name, "Key": dict(key), "ConsistentRead": True}
        http, parsed = request.send("GetItem", asked)
        return None if http.status_code >= 300 else dict(parsed.get("Item") or {})

    def _described(self, name: str, request: Request) -> KnownTable | None:
        http, parsed = request.send("DescribeTable", {"TableName": name})
        if http.status_code >= 300:
            missing = parsed.get("Error", {}).get("Code") == _MISSING
            return None if missing else KnownTable(name=name, region=request.region)
        return KnownTable.read(name, parsed["Table"], region=request.region)
