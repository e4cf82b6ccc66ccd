"""Attributes that are keys are what the table's definition says."""

from decimal import Decimal
from typing import Any

import pytest

from dynamigrate import Delete, MigrationFailed, Put, Update
from dynamigrate.backfill.values.key_rules import key_rules
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables


def _schema(*hashes: str, ranges: tuple[str, ...] = ()) -> list[dict[str, str]]:
    keys = [{"AttributeName": name, "KeyType": "HASH"} for name in hashes]
    return keys + [{"AttributeName": name, "KeyType": "RANGE"} for name in ranges]


DESCRIBED: dict[str, Any] = {
    "KeySchema": _schema("id"),
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in {"id": "S", "total": "N", "state": "S", "city": "S", "day": "N", "blob": "B"}.items()
    ],
    "GlobalSecondaryIndexes": [
        {"IndexName": "by-state", "KeySchema": _schema("state", ranges=("total",))},
        # Several of each kind, as an index may have since 2026.
        {"IndexName": "by-place", "KeySchema": _schema("state", "city", ranges=("day", "blob"))},
    ],
    "LocalSecondaryIndexes": [{"IndexName": "by-day", "KeySchema": _schema("id", ranges=("day", "state"))}],
}
WRONG: list[tuple[str, Any, str]] = [
    ("total", "12", "total is part of the index by-state of orders, where it is a number, not a text."),
    ("total", None, "where it is a number, not a NULL."),
    ("total", [1], "where it is a number, not a list."),
    ("total", True, "where it is a number, not a truth value."),
    ("state", "", "where it can't be empty."),
    ("state", Decimal(1), "where it is a text, not a number."),
    ("state", {"a"}, "where it is a text, not a set of texts."),
    ("state", "x" * 1025, "where it has at most 1,024 bytes, not 1,025."),
    ("city", "é" * 1025, "city is part of the index by-place of orders, where it has at most 2,048 bytes, not 2,050."),
    ("city", {"a": 1}, "where it is a text, not a map."),
    ("day", "monday", "day is part of the index by-day of orders, where it is a number"),
    ("blob", b"", "where it can't be empty."),
    ("blob", b"x" * 1025, "where it has at most 1,024 bytes, not 1,025."),
]


@pytest.mark.parametrize(("name", "value", "message"), WRONG)
@pytest.mark.parametrize("kind", ["update", "own put", "other put", "list", "other table"])
def test_an_index_key_that_the_service_would_refuse_is_refused(
    backfill: RunBackfill, kind: str, name: str, value: Any, message: str
) -> None:
    """Wherever it is written; stand-ins let some of them pass."""
    tables = Tables(orders={"a": {}}, others={})
    tables.described = DESCRIBED
    result: Any = {
        "update": Update(set={name: value}),
        "own put": Put({"id": "a", name: value}),
        "other put": Put({"id": "z", name: value}),
        "list": [Update(set={"n": 1}), Put({"id": "z", name: value})],
        "other table": Put({"id": "z", name: value}, table="others"),
    }[kind]
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, lambda item, ctx: result)
    said = str(caught.value)
    assert "given the item id='a' of the table orders, returned what can't be written: " in said
    assert message.replace("orders", "others" if kind == "other table" else "orders") in said
    assert "or leave it out: then the item is not in that index." in said
    assert tables["orders"] == {"a": {"id": {"S": "a"}}}
    assert tables["others"] == {}


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (Put({"id": 7}), "id is part of the key of orders, where it is a text, not a number. Give a text."),
        (Put({"id": ""}), "where it can't be empty. Give a value."),
        (Put({"id": "x" * 2049}), "where it has at most 2,048 bytes, not 2,049. Give a shorter one."),
        (Delete({"id": None}), "where it is a text, not a NULL."),
        ([Delete({"id": 7})], "where it is a text, not a number."),
    ],
)
def test_so_is_a_key_of_the_table(backfill: RunBackfill, result: Any, message: str) -> None:
    """No item is without it, so it can't be left out."""
    tables = Tables(orders={"a": {}})
    tables.described = DESCRIBED
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, lambda item, ctx: result)
    assert message in str(caught.value)


def test_what_is_right_is_written(backfill: RunBackfill) -> None:
    """Up to the limits; and an attribute may leave its index."""
    tables = Tables(orders={"a": {"city": {"S": "Rome"}}})
    tables.described = DESCRIBED
    right = {"total": Decimal("1.5"), "state": "x" * 1024, "day": 0, "blob": b"x" * 1024, "free": None}
    backfill(tables, lambda item, ctx: Update(set=right, remove=["city"]))
    assert {"id", *right} == set(tables["orders"]["a"])


def test_one_that_is_wrong_already_stays_while_nobody_writes_it(backfill: RunBackfill) -> None:
    """Such as a stand-in took; it is none of the backfill's doing."""
    tables = Tables(orders={"a": {"total": {"S": "12"}}})
    tables.described = DESCRIBED
    backfill(tables, lambda item, ctx: Put({**item, "n": 1}))
    assert tables["orders"]["a"]["n"] == {"N": "1"}


def test_of_two_keys_the_shorter_limit_holds() -> None:
    """A partition key of one index is a sort key of another."""
    assert {name: rule.most for name, rule in key_rules(DESCRIBED).items()} == {
        "id": 2048,
        "day": 1024,
        "state": 1024,
        "total": 1024,
        "city": 2048,
        "blob": 1024,
    }
