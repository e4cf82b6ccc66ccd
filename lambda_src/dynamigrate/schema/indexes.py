"""Global secondary indexes: made, taken away and waited for, one at a time, as DynamoDB does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..transport.readiness import awaited
from .errors import SchemaError
from .index_shape import IndexShape, check_index_name
from .tables import WatchedTable
from .waiting import wait

if TYPE_CHECKING:
    from ..context import Context

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def create_index(
    ctx: Context,
    table: str,
    index: str,
    *,
    partition_key: Mapping[str, str],
    sort_key: Mapping[str, str] = _NONE,
    projection: str | Sequence[str] = "ALL",
) -> None:
    """
    Make a global secondary index of *table*, and wait until it can be used and has all items.

    One that is there, with these keys, is waited for and no more. Where the table or another index of it is being
    changed, that is waited for first. When time is up, the run stops there and the migration is run again, as
    `wait_for_table` has it: what stands before this call in ``do`` is done twice then.

    Of a table with provisioned capacity, the index gets as much as the table has.

    Args:
        table: Its name in ``ctx.tables``, or its physical one.
        partition_key: One to four attributes with their types, in order: ``{"customerId": "S"}``.
        sort_key: Up to four of them.
        projection: ``ALL``, ``KEYS_ONLY``, or the names of what it has beside the keys.

    Raises:
        InvalidSetting: There can be no such index.
        SchemaError: There is no such table, the index is there with other keys, or the role may not make it.
        StopRequested: There is no more time. Let it pass.
        LockLost: The lock is no longer ours. Let it pass.
    """
    check_index_name(index)
    shape = IndexShape.of(partition_key, sort_key, projection)
    found = _Index(ctx, table, index)
    ordered = False

    def look() -> str:
        nonlocal ordered
        described = found.table.describe()
        there = found.of(described)
        if there is None:
            if ordered:
                # What was just ordered may not be told everywhere yet.
                return f"index {index} of {found.table.name} is CREATING"
            shape.check_types(described)
            change = shape.creation(index, _throughput(described))
            if why := found.changed(described, change, AttributeDefinitions=shape.definitions()):
                return why
            ordered = not ctx.dry_run
            return f"index {index} of {found.table.name} is CREATING"
        if there.get("IndexStatus") == "DELETING":
            return f"index {index} of {found.table.name} is DELETING"
        if (is_ := IndexShape.described(there, described)) != shape:
            raise SchemaError(
                f"The index {index} of {found.table.name} is there with other keys: it has {is_}, and not {shape}.",
                next_step="Make it under another name; or take this one away first, with delete_index, in an older "
                "migration.",
            )
        return awaited(described, index)

    with ctx.checkpoint.running_again():
        wait(ctx, look)


def delete_index(ctx: Context, table: str, index: str) -> None:
    """
    Take a global secondary index of *table* away, and wait until it is gone. One that is not there is none to take away.

    Otherwise as `create_index`.

    Raises:
        InvalidSetting: There can be no index of that name.
        SchemaError: There is no such table, or the role may not change it.
        StopRequested: There is no more time. Let it pass.
        LockLost: The lock is no longer ours. Let it pass.
    """
    check_index_name(index)
    found = _Index(ctx, table, index)

    def look() -> str:
        described = found.table.describe()
        there = found.of(described)
        if there is None:
            return ""
        if there.get("IndexStatus") != "DELETING" and (
            why := found.changed(described, {"Delete": {"IndexName": index}})
        ):
            return why
        return f"index {index} of {found.table.name} is DELETING"

    with ctx.checkpoint.running_again():
        wait(ctx, look)


def wait_for_index(ctx: Context, table: str, index: str) -> None:
    """
    Wait until an index of *table* is ACTIVE and has all items: its backfilling, which DynamoDB does, is over.

    When time is up, the run stops there and the migration is run again, as `wait_for_table` has it.

    Raises:
        SchemaError: There is no such table or index.
        NotReady: It will not become ACTIVE by waiting.
        StopRequested: There is no more time. Let it pass.
        LockLost: The lock is no longer ours. Let it pass.
    """
    check_index_name(index)
    found = _Index(ctx, table, index)

    def look() -> str:
        described = found.table.describe()
        if found.of(described) is None and index not in _names(described, "LocalSecondaryIndexes"):
            has = _names(described, "GlobalSecondaryIndexes") + _names(described, "LocalSecondaryIndexes")
            raise SchemaError(
                f"The table {found.table.name} has no index {index}: it has {', '.join(has) or 'none'}.",
                next_step="Correct the name, deploy the index before the migrations, or make it with create_index.",
            )
        return awaited(described, index)

    with ctx.checkpoint.running_again():
        wait(ctx, look)


class _Index:
    def __init__(self, ctx: Context, table: str, index: str) -> None:
        self.table = WatchedTable(ctx, table)
        self._ctx = ctx
        self._name = index

    def of(self, described: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What the table's description has of it; None: it is not there."""
        indexes = described.get("GlobalSecondaryIndexes", ())
        return next((one for one in indexes if one["IndexName"] == self._name), None)

    def changed(self, described: Mapping[str, Any], change: Mapping[str, Any], **request: Any) -> str:
        """
        Order *change*, where nothing else is under way.

        Returns:
            What has to be waited for before that, in words; empty: it is ordered, or would be, as this is a dry run.
        """
        if why := _under_way(described):
            return why
        [verb] = change
        request["GlobalSecondaryIndexUpdates"] = [change]
        what = f"{verb.lower()} the index {self._name}"
        return self.table.change(what, "UpdateTable", self._ctx.dynamodb.update_table, **request)


def _under_way(described: Mapping[str, Any]) -> str:
    """What DynamoDB is at work on, in words: it changes one index of a table at a time."""
    for one in described.get("GlobalSecondaryIndexes", ()):
        if one.get("IndexStatus") == "DELETING":
            return f"index {one['IndexName']} of {described['TableName']} is DELETING"
    return awaited(described)


def _names(described: Mapping[str, Any], kind: str) -> list[str]:
    return [one["IndexName"] for one in described.get(kind, ())]


def _throughput(described: Mapping[str, Any]) -> dict[str, int]:
    """What an index of a table with provisioned capacity has to be given; empty: the table is on demand."""
    if described.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        return {}
    given = described.get("ProvisionedThroughput", {})
    units = {name: int(given.get(name, 0)) for name in ("ReadCapacityUnits", "WriteCapacityUnits")}
    return units if all(units.values()) else {}
