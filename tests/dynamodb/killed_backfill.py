"""A backfill in a process of its own, which a test kills: ``python killed_backfill.py ENDPOINT STATE ORDERS``."""

import sys
from typing import Any

import boto3

from dynamigrate import Backfill, DynamoDBTarget, MemorySource, Migration, Update, migrate
from dynamigrate.backfill import checkpoints

LEASE = 1.0
ID = "20261123090000"


def to_cents(item: Any, ctx: Any) -> Update:
    """Done twice, it would show."""
    return Update(set={"price": item["price"] * 100})


def run(
    client: Any,
    state: str,
    table: str,
    *,
    wait: float,
    transform: Any = to_cents,
    measure: Any = lambda figures: None,
    **options: Any,
) -> None:
    """The backfill, as both processes know it."""
    source = MemorySource()
    source.add(Migration(ID, "to cents", do=Backfill(table, transform, once=True, **options)))
    target = DynamoDBTarget(client, table_name=state, lock_table_name=f"{state}-lock", lease=LEASE, skew=0.1)
    migrate(source, target, wait=wait, measure=measure)


if __name__ == "__main__":
    # Often, so that the test need not wait for it.
    checkpoints._SAVE_SECONDS = 0.2  # type: ignore[misc]
    endpoint, state, table = sys.argv[1:]
    run(
        boto3.client("dynamodb", endpoint_url=endpoint),
        state,
        table,
        wait=0,
        # Of several pages each, so that it is killed in the middle of one.
        segments=2,
        max_write_units=400,
    )
