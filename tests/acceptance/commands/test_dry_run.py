"""`plan` with a dry run: the deployed function calls what is pending, and everything is as it was."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.commands.console import ALL, CENTS, CHECK, LASTING, STATUSES, WORDS, Console

pytestmark = pytest.mark.acceptance

ORDERS = [
    {"orderId": {"S": f"dry-{number}"}, "status": {"S": "P"}, "total": {"S": f"{number}.50"}} for number in range(12)
]


@pytest.fixture
def orders(console: Console) -> Iterator[Console]:
    """The service, with orders as they were before its first migration."""
    client = console._aws.client("dynamodb")
    for order in ORDERS:
        client.put_item(TableName=console._orders, Item=order)
    yield console
    for order in ORDERS:
        client.delete_item(TableName=console._orders, Key={"orderId": order["orderId"]})


def _tables(console: Console) -> dict[str, list[str]]:
    """All items of all tables, as text."""
    client = console._aws.client("dynamodb")
    pages = client.get_paginator("list_tables").paginate()
    return {
        name: sorted(
            json.dumps(item, sort_keys=True, default=str)
            for page in client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
            for item in page["Items"]
        )
        for page in pages
        for name in page["TableNames"]
    }


def _rehearsed(console: Console, **arguments: Any) -> dict[str, Any]:
    """What is said of each migration; nothing has changed by then."""
    tables, state = _tables(console), console.state()
    answer = console.invoke("plan", dry_run=True, **arguments)
    assert answer["ok"] is True, answer
    assert (_tables(console), console.state()) == (tables, state)
    return {one["migration"]: one for one in answer["actions"]}


def test_what_is_pending_is_called_and_nothing_changes(orders: Console) -> None:
    """Neither a table nor the state nor the lock; and afterwards the same is still to be done."""
    found = _rehearsed(orders, sample=50)
    assert list(found) == ALL
    assert [one["dry_run"]["error"] for one in found.values() if "error" in one["dry_run"]] == []
    assert found[STATUSES]["dry_run"]["others"][0]["operation"] == "CreateTable"
    assert found[STATUSES]["dry_run"]["write_units"] > 0
    assert found[CENTS]["dry_run"]["tables"][orders._orders]["items_written"] >= len(ORDERS)
    assert CENTS in found[CHECK]["dry_run"]["unknown"][0], "it reads what that one would have changed"
    assert found[LASTING]["dry_run"]["note"] == "It would write nothing."
    sample = found[WORDS]["dry_run"]["sample"]
    assert sample["would_change"] >= len(ORDERS)
    assert sample["items"][0]["changes"] == [{"path": "status", "before": "P", "after": "PAID"}]
    assert found[WORDS]["cost"]["dollars"] == found[WORDS]["dry_run"]["dollars"]
    # The same process runs them in earnest afterwards.
    assert orders.invoke("status")["counts"]["pending"] == len(ALL)
    assert orders.invoke("migrate")["applied"] == ALL


def test_masked_no_order_is_named(orders: Console) -> None:
    """What the orders have beside their keys is shown."""
    found = _rehearsed(orders, sample=50, mask=True, migration=WORDS)
    text = json.dumps(found)
    assert "dry-1" not in text
    assert '"key": "#' in text


def test_what_would_be_undone_is_called_too(orders: Console) -> None:
    """As `step` back or `to` an older one would."""
    orders.begin(STATUSES, CENTS, WORDS)
    found = _rehearsed(orders, n=-2)
    assert [(name, one["action"]) for name, one in found.items()] == [(WORDS, "undo"), (CENTS, "undo")]


def test_it_takes_no_lock(orders: Console) -> None:
    """While a colleague's run goes on."""
    with orders.held_by_a_colleague():
        assert orders.invoke("plan", dry_run=True)["ok"] is True
