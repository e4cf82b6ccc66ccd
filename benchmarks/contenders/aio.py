"""aiodynamo, the fastest client for DynamoDB that is written in Python, of those found."""

from __future__ import annotations

import asyncio
from typing import Any

from aiodynamo.client import Client  # type: ignore[import-not-found]
from aiodynamo.credentials import Key, StaticCredentials  # type: ignore[import-not-found]
from aiodynamo.http.aiohttp import AIOHTTP  # type: ignore[import-not-found]
from aiodynamo.models import BatchWriteRequest  # type: ignore[import-not-found]
from aiohttp import ClientSession  # type: ignore[import-not-found]
from yarl import URL  # type: ignore[import-not-found]

from ..credentials import ACCESS_KEY, REGION, SECRET_KEY


def batch_write(endpoint: str, table_name: str) -> None:
    """Twenty-five items a request, whole, whatever has become of them since they were read."""
    asyncio.run(_rewrite(endpoint, table_name))


async def _rewrite(endpoint: str, table_name: str) -> None:
    credentials = StaticCredentials(Key(ACCESS_KEY, SECRET_KEY))
    async with ClientSession() as session:
        client = Client(AIOHTTP(session), credentials, REGION, URL(endpoint))
        batch: list[dict[str, Any]] = []
        async for item in client.scan(table_name):
            batch.append(item | {"status": "PAID" if item["paid"] else "NEW"})
            if len(batch) == 25:
                await _write(client, table_name, batch)
                batch = []
        if batch:
            await _write(client, table_name, batch)


async def _write(client: Any, table_name: str, batch: list[dict[str, Any]]) -> None:
    while batch:
        result = await client.batch_write({table_name: BatchWriteRequest(items_to_put=batch)})
        batch = result[table_name].items_to_put if table_name in result else []
