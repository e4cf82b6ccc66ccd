"""pydynox, whose core is in Rust: the client for DynamoDB that needed the least of the processor in Python, of those found."""

from __future__ import annotations

from typing import Final

from pydynox import DynamoDBClient, SyncBatchWriter  # type: ignore[import-not-found]

from ..credentials import ACCESS_KEY, REGION, SECRET_KEY

# The writer keeps all that it is given until it is flushed.
_KEPT: Final = 1_000


def batch_write(endpoint: str, table_name: str) -> None:
    """Twenty-five items a request, whole, whatever has become of them since they were read."""
    client = DynamoDBClient(region=REGION, access_key=ACCESS_KEY, secret_key=SECRET_KEY, endpoint_url=endpoint)
    with SyncBatchWriter(client, table_name) as batch:
        for number, item in enumerate(client.sync_scan(table_name), start=1):
            batch.put({**item, "status": "PAID" if item["paid"] else "NEW"})
            if number % _KEPT == 0:
                batch.flush()
