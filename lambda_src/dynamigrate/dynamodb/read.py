"""Reading a state table: one item of it, or all; always consistently."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from ..clock import Clock
from .retries import retrying
from .state_tables import StateTable


def item(client: Any, table: StateTable, item_id: str, clock: Clock) -> dict[str, Any] | None:
    """
    The item under *item_id*; None: there is none.

    Raises:
        StateMissing: There is no such table.
    """

    def get() -> dict[str, Any]:
        # The key is looked up anew each time: its name may have been learned meanwhile.
        request = {"TableName": table.name, "Key": table.key(item_id), "ConsistentRead": True}
        return retrying(client, clock, partial(client.get_item, **request))

    return table.adapting(get).get("Item") or None


def scan(client: Any, table: StateTable, clock: Clock, **arguments: Any) -> Iterator[dict[str, Any]]:
    """
    All items of *table*, page after page. Up to 1 MB is one request.

    Raises:
        StateMissing: There is no such table.
    """
    start: dict[str, Any] = {}
    while True:
        request = {"TableName": table.name, "ConsistentRead": True, **arguments, **start}
        page = retrying(client, clock, partial(client.scan, **request))
        yield from page["Items"]
        if not page.get("LastEvaluatedKey"):
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def items_beginning(client: Any, table: StateTable, prefix: str, clock: Clock) -> list[dict[str, Any]]:
    """
    All items of *table* whose id begins with *prefix*; a table is read whole for it.

    Raises:
        StateMissing: There is no such table.
    """

    def read() -> list[dict[str, Any]]:
        return list(
            scan(
                client,
                table,
                clock,
                FilterExpression="begins_with(#key, :prefix)",
                ExpressionAttributeNames={"#key": table.key_name},
                ExpressionAttributeValues={":prefix": {"S": prefix}},
            )
        )

    return table.adapting(read)
