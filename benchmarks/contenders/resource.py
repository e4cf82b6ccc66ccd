"""boto3's resource, which is what most scripts are written with."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import boto3
from boto3.dynamodb.conditions import Attr

_THREADS: Final = 16


def put_item(endpoint: str, table_name: str) -> None:
    """One item a request, whole, whatever has become of it since it was read."""
    table = _table(endpoint, table_name)
    for item in _items(table):
        table.put_item(Item=item | {"status": _status(item)})


def update_item(endpoint: str, table_name: str) -> None:
    """One item a request, on the condition that it is still there, and what was read of it is as it was."""
    table = _table(endpoint, table_name)
    for item in _items(table):
        table.update_item(
            Key={"id": item["id"]},
            UpdateExpression="SET #status = :status",
            ConditionExpression=Attr("id").exists() & Attr("paid").eq(item["paid"]) & Attr("status").not_exists(),
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": _status(item)},
        )


def batch_writer(endpoint: str, table_name: str) -> None:
    """Twenty-five items a request, whole, whatever has become of them since they were read."""
    _write_batches(endpoint, table_name)


def batch_writer_in_threads(endpoint: str, table_name: str) -> None:
    """As `batch_writer`, in a thread for each segment of a parallel scan."""
    with ThreadPoolExecutor(_THREADS) as pool:
        futures = [
            pool.submit(_write_batches, endpoint, table_name, Segment=segment, TotalSegments=_THREADS)
            for segment in range(_THREADS)
        ]
    for future in futures:
        future.result()


def _write_batches(endpoint: str, table_name: str, **segment: int) -> None:
    table = _table(endpoint, table_name)
    with table.batch_writer() as batch:
        for item in _items(table, **segment):
            batch.put_item(Item=item | {"status": _status(item)})


def _status(item: dict[str, Any]) -> str:
    return "PAID" if item["paid"] else "NEW"


def _table(endpoint: str, name: str) -> Any:
    # A session for each caller: threads can't share a resource.
    return boto3.session.Session().resource("dynamodb", endpoint_url=endpoint).Table(name)


def _items(table: Any, **segment: int) -> Iterator[dict[str, Any]]:
    start: dict[str, Any] = {}
    while True:
        page = table.scan(**segment, **start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
