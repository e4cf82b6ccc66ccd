"""Backfills beside others who write, and after a kill."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import dynamigrate
from dynamigrate import Backfill, Delete, MemorySource, MemoryTarget, Migration, Update, migrate
from tests.acting import acting
from tests.dynamodb import killed_backfill
from tests.unit.fakes import PATIENCE

ROOT = Path(dynamigrate.__file__).parents[2]
# The latter is no plain name, so that it is written by the item API, and all others in PartiQL.
STATES = "state", 'sta"te'


KINDS = ("derived", "absent", "idle")


def _orders(client: Any, count: int) -> str:
    """A table of so many orders, of each kind in turn, all at price 2, never touched."""
    name = f"orders-{uuid4().hex[:8]}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    client.get_waiter("table_exists").wait(TableName=name)
    for start in range(0, count, 25):
        puts = [{"PutRequest": {"Item": _order(f"o{n}")}} for n in range(start, min(start + 25, count))]
        client.batch_write_item(RequestItems={name: puts})
    return name


def _order(key: str) -> dict[str, Any]:
    return {"id": {"S": key}, "kind": {"S": _kind(key)}, "price": {"N": "2"}, "touched": {"N": "0"}}


def _kind(key: str) -> str:
    return KINDS[int(key[1:]) % 3] if key.startswith("o") else "new"


def _state(key: str) -> str:
    """The attribute that an order of the kind absent has its state in."""
    return STATES[int(key[1:]) % 2]


def _items(client: Any, table: str) -> dict[str, dict[str, Any]]:
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {item["id"]["S"]: item for page in pages for item in page["Items"]}


class Application:
    """
    Changes, deletes and creates orders, and knows what it did.

    It knows of the migration, as an application has to: a touch of an order that has *seen* is counted there too.
    """

    def __init__(self, client: Any, table: str, keys: list[str], seed: int) -> None:
        self.touched: Counter[str] = Counter()
        self.paid: set[str] = set()
        self.deleted: set[str] = set()
        self.created: set[str] = set()
        self._client = client
        self._table = table
        self._keys = keys
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Application":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            key = self._random.choice(self._keys)
            dice = self._random.random()
            if dice < 0.05:
                self._client.delete_item(TableName=self._table, Key={"id": {"S": key}})
                self.deleted.add(key)
                self._keys.remove(key)
            elif dice < 0.07:
                new = f"new-{len(self.created)}-{id(self)}"
                self._client.put_item(TableName=self._table, Item=_order(new))
                self.created.add(new)
            elif _kind(key) == "absent":
                assert self._update(key, "SET #state = :paid", paid={"S": "PAID"})
                self.paid.add(key)
            elif self._update(
                key, "SET touched = touched + :one", one={"N": "1"}, when="attribute_not_exists(seen)"
            ) or self._update(key, "SET touched = touched + :one, seen = seen + :one", one={"N": "1"}):
                self.touched[key] += 1

    def _update(self, key: str, expression: str, *, when: str = "", **values: Any) -> bool:
        """Whether there is such an order."""
        there = " AND ".join(filter(None, ["attribute_exists(id)", when]))
        names = {"ExpressionAttributeNames": {"#state": _state(key)}} if "#state" in expression else {}
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": key}},
                UpdateExpression=expression,
                ConditionExpression=there,
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
                **names,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _run_beside_the_application(client: Any, transform: Any, **options: Any) -> tuple[Any, ...]:
    """The items afterwards; what the application touched, set to paid, deleted; and the conflicts."""
    table = _orders(client, 1500)
    source = MemorySource()
    source.add(Migration("1", "label", do=Backfill(table, transform, max_write_units=3000, segments=4, **options)))
    figures: list[Any] = []
    half = [f"o{n}" for n in range(750)], [f"o{n}" for n in range(750, 1500)]
    with Application(client, table, half[0], 1) as one, Application(client, table, half[1], 2) as other:
        migrate(source, MemoryTarget(), dynamodb=client, measure=figures.append)
    items = _items(client, table)
    deleted = one.deleted | other.deleted
    assert figures[-1]["conflicts"] > 0
    assert not deleted & items.keys(), "what was deleted was made again"
    assert one.created | other.created <= items.keys()
    return items, one.touched + other.touched, one.paid | other.paid, deleted


def test_not_one_write_of_the_application_is_lost(client: Any) -> None:
    """Not of what was looked at for something else, not where there was nothing yet, not of what is to be deleted."""

    def tidy(item: Any, ctx: Any) -> Update | Delete | None:
        if item["kind"] == "derived":
            return Update(set={"seen": item["touched"]})
        if item["kind"] == "absent":
            state = _state(item["id"])
            return None if state in item else Update(set={state: "NEW"})
        if item["kind"] == "idle" and not item["touched"]:
            return Delete()
        return None

    items, touched, paid, deleted = _run_beside_the_application(client, tidy)
    left = {kind: [f"o{n}" for n in range(1500) if _kind(f"o{n}") == kind and f"o{n}" not in deleted] for kind in KINDS}
    counted = {key: (touched[key], touched[key]) for key in left["derived"]}
    assert {key: tuple(int(items[key][name]["N"]) for name in ("touched", "seen")) for key in counted} == counted
    assert {key for key in left["absent"] if items[key][_state(key)]["S"] == "PAID"} == paid - deleted
    busy = {key for key in left["idle"] if touched[key]}
    assert busy == items.keys() & set(left["idle"])
    assert {key: int(items[key]["touched"]["N"]) for key in busy} == {key: touched[key] for key in busy}
    assert busy


def test_not_one_write_to_the_very_attribute_is_lost(client: Any) -> None:
    """Which is rewritten once, and not a second time when a write has to be tried again."""
    items, touched, _, deleted = _run_beside_the_application(
        client, lambda item, ctx: Update(set={"touched": item["touched"] + 1000}), once=True
    )
    old = [f"o{n}" for n in range(1500) if f"o{n}" not in deleted]
    assert {key: int(items[key]["touched"]["N"]) for key in old} == {key: touched[key] + 1000 for key in old}


@pytest.mark.parametrize("attribute", STATES, ids=["in PartiQL", "by the item API"])
def test_what_is_deleted_meanwhile_is_not_made_again(client: Any, attribute: str) -> None:
    """Although nothing that transform looked at has changed: what was absent is absent now too."""
    table = _orders(client, 3)

    @acting
    def set_it(item: Any, ctx: Any) -> Update:
        if item["id"] == "o1":
            client.delete_item(TableName=table, Key={"id": {"S": "o1"}})
        return Update(set={attribute: "NEW"})

    source = MemorySource()
    source.add(Migration("1", "set it", do=Backfill(table, set_it)))
    figures: list[Any] = []
    migrate(source, MemoryTarget(), dynamodb=client, measure=figures.append)
    assert {key: item[attribute]["S"] for key, item in _items(client, table).items()} == {"o0": "NEW", "o2": "NEW"}
    assert figures[-1]["gone"] == 1


def test_killed_it_goes_on_from_its_checkpoints(client: Any) -> None:
    """Nothing is done twice, nothing is left out, and what was checkpointed is not read again."""
    count = 1500
    table, state = _orders(client, count), f"state-{uuid4().hex[:8]}"
    child = subprocess.Popen(
        [sys.executable, str(Path(killed_backfill.__file__)), client.meta.endpoint_url, state, table],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "lambda_src"), str(ROOT)])},
        stderr=subprocess.PIPE,
    )
    try:
        _wait_for_a_mark(client, f"{state}-lock", child)
    finally:
        child.kill()
        child.communicate()
    marks = _marks(client, f"{state}-lock")
    kept = sum(mark["tally"]["read"] for mark in marks)
    done = sum(item["price"]["N"] == "200" for item in _items(client, table).values())
    assert any(mark["after"] for mark in marks), "a segment was to be left in its middle"
    assert 0 < kept <= done < count
    calls: list[str] = []
    figures: list[Any] = []

    @acting
    def counted(item: Any, ctx: Any) -> Update:
        calls.append(item["id"])
        return killed_backfill.to_cents(item, ctx)

    killed_backfill.run(
        client,
        state,
        table,
        wait=PATIENCE,
        measure=figures.append,
        transform=counted,
        max_read_units=1e6,
        max_write_units=1e6,
    )
    items = _items(client, table)
    assert len(items) == count
    assert {item["price"]["N"] for item in items.values()} == {"200"}
    assert len(calls) == len(set(calls))
    assert figures[-1]["done"] == count, "both runs together read each item that was checkpointed once"
    assert not _marks(client, f"{state}-lock")


def _wait_for_a_mark(client: Any, lock_table: str, child: "subprocess.Popen[bytes]") -> None:
    """Wait until a segment has a checkpoint in its middle."""
    give_up = time.monotonic() + 3 * PATIENCE
    while time.monotonic() < give_up:
        assert child.poll() is None, f"it ended by itself: {child.communicate()[1].decode()}"
        with suppress(client.exceptions.ResourceNotFoundException):
            if any(mark["after"] for mark in _marks(client, lock_table)):
                return
        threading.Event().wait(0.05)
    raise AssertionError("there were no checkpoints")


def _marks(client: Any, lock_table: str) -> list[dict[str, Any]]:
    """The checkpoints of segments."""
    items = client.scan(TableName=lock_table, ConsistentRead=True)["Items"]
    return [json.loads(item["Checkpoint"]["S"]) for item in items if item["ID"]["S"].startswith("segment#")]
