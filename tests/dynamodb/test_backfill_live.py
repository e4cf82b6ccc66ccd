"""Backfills beside others who write, and after a kill."""

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import dynamigrate
from dynamigrate import Backfill, MemorySource, MemoryTarget, Migration, Update, migrate
from tests.dynamodb import killed_backfill
from tests.unit.fakes import PATIENCE

ROOT = Path(dynamigrate.__file__).parents[2]


@pytest.fixture(
    params=[
        pytest.param("ministack_dynamodb", marks=pytest.mark.ministack),
        pytest.param("dynamodb_local", marks=pytest.mark.dynamodb_local),
    ]
)
def client(request: pytest.FixtureRequest) -> Any:
    """A client of each service in turn."""
    return request.getfixturevalue(request.param)


def _orders(client: Any, count: int) -> str:
    """A table of so many orders, all at price 2, never touched."""
    name = f"orders-{uuid4().hex[:8]}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    client.get_waiter("table_exists").wait(TableName=name)
    for start in range(0, count, 25):
        puts = [
            {"PutRequest": {"Item": {"id": {"S": f"o{n}"}, "price": {"N": "2"}, "touched": {"N": "0"}}}}
            for n in range(start, min(start + 25, count))
        ]
        client.batch_write_item(RequestItems={name: puts})
    return name


def _items(client: Any, table: str) -> dict[str, dict[str, Any]]:
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {item["id"]["S"]: item for page in pages for item in page["Items"]}


class Application:
    """Changes, deletes and creates orders, and knows what it did."""

    def __init__(self, client: Any, table: str, keys: list[str], seed: int) -> None:
        self.touched: Counter[str] = Counter()
        self.deleted: set[str] = set()
        self.created: set[str] = set()
        self.stop = threading.Event()
        self._client = client
        self._table = table
        self._keys = keys
        self._random = random.Random(seed)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Application":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self.stop.is_set():
            key = self._random.choice(self._keys)
            dice = self._random.random()
            if dice < 0.02:
                self._client.delete_item(TableName=self._table, Key={"id": {"S": key}})
                self.deleted.add(key)
                self._keys.remove(key)
            elif dice < 0.04:
                new = f"new-{len(self.created)}-{id(self)}"
                self._client.put_item(
                    TableName=self._table, Item={"id": {"S": new}, "price": {"N": "2"}, "touched": {"N": "0"}}
                )
                self.created.add(new)
            else:
                self._client.update_item(
                    TableName=self._table,
                    Key={"id": {"S": key}},
                    UpdateExpression="SET touched = touched + :one",
                    ExpressionAttributeValues={":one": {"N": "1"}},
                )
                self.touched[key] += 1


@pytest.mark.parametrize("once", [False, True])
def test_not_one_write_of_the_application_is_lost(client: Any, *, once: bool) -> None:
    """It counts its own, all through the backfill, which reads and rewrites the very attribute."""
    table = _orders(client, 1500)
    # Done twice, it would show too.
    added = 1000 if once else 0

    def tidy(item: Any, ctx: Any) -> Update:
        # It writes what it read, so that a lost update would show.
        return Update(set={"touched": item["touched"] + added, "label": f"touched {item['touched']}", "marked": True})

    source = MemorySource()
    source.add(Migration("1", "label", do=Backfill(table, tidy, once=once, max_write_units=3000, segments=4)))
    figures: list[Any] = []
    half = [f"o{n}" for n in range(750)], [f"o{n}" for n in range(750, 1500)]
    with Application(client, table, half[0], 1) as one, Application(client, table, half[1], 2) as other:
        migrate(source, MemoryTarget(), dynamodb=client, measure=figures.append)
    items = _items(client, table)
    touched = one.touched + other.touched
    deleted = one.deleted | other.deleted
    assert sum(touched.values()) > 50
    assert figures[-1]["conflicts"] > 0
    assert not deleted & set(items)
    assert one.created | other.created <= set(items)
    old = [f"o{n}" for n in range(1500) if f"o{n}" not in deleted]
    assert {key: int(items[key]["touched"]["N"]) for key in old} == {key: touched[key] + added for key in old}
    assert all(items[key]["marked"] == {"BOOL": True} for key in old)


def test_killed_it_goes_on_from_its_checkpoints(client: Any) -> None:
    """At any moment: nothing is done twice, nothing is left out, and what was checkpointed is not read again."""
    count = 1500
    table, state = _orders(client, count), f"state-{uuid4().hex[:8]}"
    child = subprocess.Popen(
        [sys.executable, str(Path(killed_backfill.__file__)), client.meta.endpoint_url, state, table],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "lambda_src"), str(ROOT)])},
        stderr=subprocess.PIPE,
    )
    try:
        marks = _wait_for_marks(client, f"{state}-lock", child)
    finally:
        child.kill()
        child.communicate()
    done = sum(item["price"]["N"] == "200" for item in _items(client, table).values())
    assert 0 < done < count
    calls: list[str] = []

    def counted(item: Any, ctx: Any) -> Update:
        calls.append(item["id"])
        return killed_backfill.to_cents(item, ctx)

    killed_backfill.run(client, state, table, wait=PATIENCE, transform=counted, max_read_units=1e6, max_write_units=1e6)
    items = _items(client, table)
    assert len(items) == count
    assert {item["price"]["N"] for item in items.values()} == {"200"}
    assert len(calls) == len(set(calls))
    assert marks > 0
    assert not _segments(client, f"{state}-lock")


def _wait_for_marks(client: Any, lock_table: str, child: "subprocess.Popen[bytes]") -> int:
    """Wait until a few segments have checkpoints with a key; returns how many."""
    give_up = time.monotonic() + 3 * PATIENCE
    while time.monotonic() < give_up:
        assert child.poll() is None, f"it ended by itself: {child.communicate()[1].decode()}"
        try:
            marks = len(_segments(client, lock_table))
        except client.exceptions.ResourceNotFoundException:
            marks = 0
        if marks >= 2:
            return marks
        threading.Event().wait(0.05)
    raise AssertionError("there were no checkpoints")


def _segments(client: Any, lock_table: str) -> list[str]:
    """Ids of segments that have a checkpoint."""
    items = client.scan(TableName=lock_table, ConsistentRead=True)["Items"]
    return [item["ID"]["S"] for item in items if item["ID"]["S"].startswith("segment#")]
