"""Reading a state table whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from ..clock import Clock
from .calls import persist
from .tables import StateTable


def scan(client: Any, table: StateTable, clock: Clock, **arguments: Any) -> Iterator[dict[str, Any]]:
    """
    All items of *table*, read consistently, page after page. Up to 1 MB is one request.

    Raises:
        StateMissing: There is no such table.
    """
    start: dict[str, Any] = {}
    while True:
        request = {"TableName": table.name, "ConsistentRead": True, **arguments, **start}
        page = persist(clock, partial(client.scan, **request))
        yield from page["Items"]
        if not page.get("LastEvaluatedKey"):
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
