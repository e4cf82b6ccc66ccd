"""The engine's own backfill, as a migration runs it: lock, checkpoints, guards and all."""

from __future__ import annotations

import sys
from typing import Any, Final

import boto3

from dynamigrate import Backfill, Context, DynamoDBTarget, MemorySource, MemoryTarget, Migration, Put, Update, migrate
from dynamigrate.backfill import learning
from dynamigrate.context import Environment
from dynamigrate.records import Run
from dynamigrate.verifiable import VerifyOrder
from dynamigrate.verifying import verify

# Beyond what any client reaches: on a real table the pace would find its own way up.
_UNLIMITED: Final = 10_000_000
_LIMITS: Final[dict[str, Any]] = {"max_read_units": _UNLIMITED, "max_write_units": _UNLIMITED}
# No other contender looks at what it has written; and a table that keeps nothing has nothing new to be seen.
_ALONE: Final[dict[str, Any]] = {**_LIMITS, "verify": None}


def updates(endpoint: str, table_name: str) -> None:
    """Guarded by what the transform read, as is the default."""
    _migrate(endpoint, Backfill(table=table_name, transform=_update, **_ALONE))


def updates_of_whole_items(endpoint: str, table_name: str) -> None:
    """
    The same, where all of each item is read, and not what the transform asks for alone.

    Nobody can ask for this but us, to see what learning gains: there are never enough items to learn from. It is for this
    process, which measures nothing else.
    """
    learning.ENOUGH_ITEMS = sys.maxsize  # type: ignore[misc]
    updates(endpoint, table_name)


def puts(endpoint: str, table_name: str) -> None:
    """Whole items, into another table: a put of the item that was read would only write what differs."""
    # An empty one, whose items would be as large.
    copies = f"{table_name.partition('-')[0]}-0"

    def copy(item: Any, ctx: Context) -> Put:
        return Put(item | {"status": _status(item)}, table=copies)

    _migrate(endpoint, Backfill(table=table_name, transform=copy, **_ALONE))


def look(endpoint: str, table_name: str) -> None:
    """All of the table, once more, after a backfill that has left it as it is now: each item is asked about, and none is changed."""
    migration = Migration("1", "add a currency", do=Backfill(table=table_name, transform=_currency, **_LIMITS))
    target = MemoryTarget()
    target.add(migration.id)
    target.finish_migration(migration.id)
    client = boto3.client("dynamodb", endpoint_url=endpoint)
    environment = Environment(connect=lambda: client)
    run, [record] = Run(id="benchmark"), target.records()
    found = verify(migration, record, target, environment, run=run, order=VerifyOrder())
    if not found.clean or found.checked != int(table_name.rpartition("-")[2]):
        raise SystemExit(f"the look found {found}")


def _update(item: Any, ctx: Context) -> Update:
    return Update(set={"status": _status(item)})


def _currency(item: Any, ctx: Context) -> Update:
    """As much work as `_update`; what it says is so in every order."""
    return Update(set={"currency": "EUR" if item["paid"] else "SEK"})


def _status(item: Any) -> str:
    return "PAID" if item["paid"] else "NEW"


def _migrate(endpoint: str, backfill: Backfill) -> None:
    source = MemorySource()
    source.add(Migration("1", "add a status", do=backfill))
    migrate(source, DynamoDBTarget(boto3.client("dynamodb", endpoint_url=endpoint)))
