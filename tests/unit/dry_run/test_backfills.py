"""A backfill in a dry run: a sample of its items, before and after, and what all of it would come to."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from dynamigrate import Backfill, Context, Delete, Put, Update
from tests.unit.dry_run.rehearsing import rehearsed, table, unchanged, view, views


@pytest.fixture
def client(moto_dynamodb: Any) -> Iterator[Any]:
    """Thirty orders; whatever a test does, they are as they were after it."""
    table(moto_dynamodb, items=30)
    table(moto_dynamodb, "archive")
    with unchanged(moto_dynamodb):
        yield moto_dynamodb


def _raise(item: Any, ctx: Any) -> Update:
    return Update(set={"price": item["price"] * 100})


def _items(found: Any) -> list[dict[str, Any]]:
    return list(found["sample"]["items"])


def test_each_item_is_shown_as_it_is_and_as_it_would_be(client: Any) -> None:
    """With its key apart."""
    found = view(Backfill("orders", _raise), client, sample=30)
    sample = found["sample"]
    assert (sample["read"], sample["would_change"], sample["failed"]) == (30, 29, 0)
    for item in _items(found):
        number = int(item["key"]["id"][1:])
        changes = [{"path": "price", "before": number, "after": number * 100}]
        assert item == {"key": {"id": f"o{number}"}, "outcome": "update", "changes": changes}


def test_what_all_of_it_would_come_to_is_estimated(client: Any) -> None:
    """As for a plan without a dry run; nothing that was read for it is counted."""
    (done,) = rehearsed(Backfill("orders", _raise, segments=1), client=client)
    assert done.cost is not None
    assert done.cost["items"] == 30
    assert done.view["tables"]["orders"] | {"read_units": 1} == {
        "items_read": 30,
        "items_written": 29,
        "items_deleted": 0,
        "read_units": 1,
        "write_units": 29,
    }
    assert done.view["dollars"] == done.cost["dollars"]
    assert done.view["minutes"] == done.cost["minutes"]
    assert done.view["seconds"] == pytest.approx(done.view["minutes"] * 60)


def test_a_sample_has_no_item_twice(client: Any) -> None:
    """Nor counts one twice, where the service says of a table that was just filled that it is empty."""

    def as_of_hours_ago(parsed: Any, **_: Any) -> None:
        parsed["Table"]["ItemCount"] = 0

    event = "after-call.dynamodb.DescribeTable"
    client.meta.events.register(event, as_of_hours_ago)
    try:
        found = view(Backfill("orders", _raise), client, sample=5)
    finally:
        client.meta.events.unregister(event, as_of_hours_ago)
    keys = [item["key"]["id"] for item in _items(found)]
    assert len(keys) == len({*keys})
    assert found["sample"]["would_change"] == len(keys)
    assert found["sample"]["read"] - found["sample"]["would_change"] in {0, 1}


def test_items_of_other_tables_are_shown_with_theirs(client: Any) -> None:
    """A put, a delete, and several of them together."""

    def archive(item: Any, ctx: Any) -> Any:
        if item["price"] % 2:
            return Put({"id": f"a{item['id']}", "price": item["price"]}, table="archive")
        return [Put({"id": f"a{item['id']}", "was": {"price": item["price"]}}, table="archive"), Delete()]

    found = view(Backfill("orders", archive), client, sample=30)
    items = {(one["key"]["id"], one["outcome"]): one for one in _items(found)}
    if put := items.get(("ao3", "put")):
        assert put["table"] == "archive"
        assert put["changes"] == [{"path": "price", "after": 3}]
    deletes = [one for one in _items(found) if one["outcome"] == "delete"]
    assert deletes
    assert all(list(one["changes"][0]) == ["path", "before"] and "table" not in one for one in deletes)
    tables = found["tables"]
    assert (tables["orders"]["items_deleted"], tables["orders"]["items_written"]) == (15, 0)
    assert tables["archive"]["items_written"] == 30


def test_an_item_for_which_transform_fails_is_shown_with_its_error(client: Any) -> None:
    """And where that was; the others are shown all the same, and that a real run would stop there."""

    def fussy(item: Any, ctx: Any) -> Update:
        if item["price"] == 7:
            raise ValueError("seven")
        return Update(set={"a": 1})

    found = view(Backfill("orders", fussy), client, sample=30)
    failed = _items(found)[0]
    assert (found["sample"]["failed"], found["sample"]["would_change"]) == (1, 29)
    assert failed["key"] == {"id": "o7"}
    assert failed["outcome"] == "failed"
    assert failed["error"]["type"] == "ValueError"
    assert "seven" in failed["error"]["message"]
    assert failed["error"]["where"].startswith("test_backfills.py:")
    assert any("would stop at the first such item" in one for one in found["unknown"])
    assert not view(Backfill("orders", fussy, on_error="skip"), client, sample=30).get("unknown")


@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_masked_no_key_is_anywhere_in_the_answer(client: Any, on_error: str) -> None:
    """Nor in what an error says of the item, nor in why the cost can't be told."""

    def telling(item: Any, ctx: Any) -> Any:
        if item["price"] % 2:
            raise ValueError(f"no good: {item['id']}")
        return [Update(set={"a": 1}), Put({"id": f"{item['id']}-copy", "text": "x"}, table="archive")]

    (done,) = rehearsed(
        Backfill("orders", telling, on_error=on_error),  # type: ignore[arg-type]
        client=client,
        sample=30,
        salt="pepper",
    )
    text = json.dumps([done.view, done.cost])
    assert [number for number in range(30) if f'"o{number}"' in text or f"o{number}-" in text] == []
    assert "no good" not in text
    keys = [one["key"] for one in _items(done.view)]
    assert all(key.startswith("#") for key in keys)
    assert len({*keys}) == len(keys)


def test_a_transform_is_told_that_nothing_may_be_written(client: Any) -> None:
    """And its client refuses."""

    def writes(item: Any, ctx: Any) -> None:
        assert ctx.dry_run
        ctx.dynamodb.put_item(TableName="archive", Item={"id": {"S": "x"}})

    found = view(Backfill("orders", writes), client, sample=3)
    assert found["sample"]["failed"] == 3
    assert "only" in json.dumps(found) or "nothing is written" in json.dumps(found)


def test_a_client_of_the_transforms_own_writes_nothing_either(client: Any) -> None:
    """It is said, as it is counted nowhere."""

    def writes(item: Any, ctx: Any) -> None:
        boto3.client("dynamodb").put_item(TableName="archive", Item={"id": {"S": "x"}})

    assert any("sends PutItem to dynamodb itself" in one for one in view(Backfill("orders", writes), client)["unknown"])


def test_one_that_a_function_calls_is_looked_at_like_any_other(client: Any) -> None:
    """What the function does besides is counted with it."""

    def do(ctx: Context) -> None:
        ctx.dynamodb.put_item(TableName="archive", Item={"id": {"S": "begun"}})
        Backfill("orders", _raise)(ctx)
        ctx.dynamodb.put_item(TableName="archive", Item={"id": {"S": "done"}})

    found = view(do, client, sample=5)
    assert found["sample"]["read"] == 5
    assert found["tables"]["archive"]["items_written"] == 2
    assert found["tables"]["orders"]["items_written"] == 29


def test_no_table_is_an_error_of_its_own(client: Any) -> None:
    """With what there is."""
    found = view(Backfill("nowhere", _raise), client)
    assert found["error"]["type"] == "BackfillError"
    assert "nowhere" in found["error"]["message"]


def test_a_table_that_an_earlier_one_would_make_is_empty(client: Any) -> None:
    """It is there for the backfill, and has nothing in it."""
    first, second = views(lambda ctx: table(ctx.dynamodb, "made"), Backfill("made", _raise), client=client)
    assert first["others"][0]["operation"] == "CreateTable"
    assert second["sample"] == {"read": 0, "would_change": 0, "failed": 0, "items": []}


def test_what_an_earlier_one_would_have_written_is_said(client: Any) -> None:
    """A backfill behind another one of the same table sees it as it is."""
    again = Backfill("orders", _raise)
    _, second = views(Backfill("orders", _raise), again, client=client)
    assert second["unknown"] == [
        "It reads orders, which 1_step_1 would have changed before it: there it would find that."
    ]
