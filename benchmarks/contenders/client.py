"""boto3's low-level client, which leaves items as DynamoDB writes them: no conversion to Python's types, and back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import boto3

from ..order import update_statement

_THROTTLED: Final = {"ProvisionedThroughputExceeded", "ThrottlingError", "RequestLimitExceeded"}


def update_item(endpoint: str, table_name: str) -> None:
    """One item a request, on the condition that it is still there, and what was read of it is as it was."""
    client = _client(endpoint)
    for item in _items(client, table_name):
        client.update_item(
            TableName=table_name,
            Key={"id": item["id"]},
            UpdateExpression="SET #status = :status",
            ConditionExpression="attribute_exists(id) AND paid = :paid AND attribute_not_exists(#status)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": _status(item), ":paid": item["paid"]},
        )


def batch_write_item(endpoint: str, table_name: str) -> None:
    """Twenty-five items a request, whole, whatever has become of them since they were read."""
    client = _client(endpoint)
    items = _items(client, table_name)
    while batch := list(islice(items, 25)):
        writes: Any = {table_name: [{"PutRequest": {"Item": item | {"status": _status(item)}}} for item in batch]}
        while writes:
            writes = client.batch_write_item(RequestItems=writes)["UnprocessedItems"]


def batch_execute_statement(endpoint: str, table_name: str) -> None:
    """Twenty-five statements a request, each on the condition that what was read of the item is as it was."""
    client = _client(endpoint)
    items = _items(client, table_name)
    statement = update_statement(table_name)
    while batch := list(islice(items, 25)):
        statements: Any = [
            {"Statement": statement, "Parameters": [_status(item), item["id"], item["paid"]]} for item in batch
        ]
        while statements:
            answers = client.batch_execute_statement(Statements=statements)["Responses"]
            codes = [answer.get("Error", {}).get("Code") for answer in answers]
            statements = [one for one, code in zip(statements, codes, strict=True) if code in _THROTTLED]


def _status(item: dict[str, Any]) -> dict[str, str]:
    return {"S": "PAID" if item["paid"]["BOOL"] else "NEW"}


def _client(endpoint: str) -> Any:
    return boto3.client("dynamodb", endpoint_url=endpoint)


def _items(client: Any, table_name: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator("scan").paginate(TableName=table_name):
        yield from page["Items"]
