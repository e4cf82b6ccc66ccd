"""Puts and deletes of whole items, and what comes back of them."""

import json
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast

import pytest
from boto3.dynamodb.types import Binary

from dynamigrate import Delete, Put
from dynamigrate.backfill.errors import Unwritable
from dynamigrate.backfill.table import Table
from dynamigrate.backfill.writing.batches import item_request, returned_keys
from dynamigrate.backfill.writing.item_writes import UnconditionalWrite, identity
from dynamigrate.backfill.writing.other_items import OtherItems
from dynamigrate.transport import Transport
from tests.unit.fakes import refuse

Raw = dict[str, Any]
Make = Callable[[Any], UnconditionalWrite]


class Id(StrEnum):
    """A text that is more than a text."""

    A = "a"


def _table(name: str, *keys: str) -> Table:
    return Table(name=name, keys=keys, visible=None, items=0, bytes=0, read_units={}, write_units={}, consistent=True)


@pytest.fixture
def make() -> Make:
    """An unconditional write to the table ``orders``, whose key is ``pk`` and ``sk``, or of ``copies``, with ``id``."""
    other_items = OtherItems(cast("Transport", refuse), _table("orders", "pk", "sk"), {"others": "copies"})
    other_items._tables["copies"] = _table("copies", "id")
    return lambda write: other_items.unconditional({"pk": {"S": "z"}, "sk": {"N": "0"}}, write)


def test_a_request_has_all_in_it_by_table(make: Make) -> None:
    """As the service wants it, whatever is in the items."""
    writes = [
        make(Put({"pk": 'a"', "sk": 1, "tags": {"x"}, "b": b"\x00\x01"})),
        make(Put({"id": "1", "%s": "{}%d"}, table="others")),
        make(Delete({"pk": "a", "sk": Decimal("2.50")})),
    ]
    assert json.loads(item_request(writes, "TOTAL")) == {
        "ReturnConsumedCapacity": "TOTAL",
        "RequestItems": {
            "orders": [
                {
                    "PutRequest": {
                        "Item": {"pk": {"S": 'a"'}, "sk": {"N": "1"}, "tags": {"SS": ["x"]}, "b": {"B": "AAE="}}
                    }
                },
                {"DeleteRequest": {"Key": {"pk": {"S": "a"}, "sk": {"N": "2.50"}}}},
            ],
            "copies": [{"PutRequest": {"Item": {"id": {"S": "1"}, "%s": {"S": "{}%d"}}}}],
        },
    }


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, Decimal("1.00"), True),
        (Decimal("1E+2"), 100, True),
        ("a", Id.A, True),
        (b"ab", bytearray(b"ab"), True),
        (b"ab", Binary(b"ab"), True),
        ("1", 1, False),
        ("ab", b"ab", False),
        ("a", "b", False),
        ([1], [1], True),
        (["a"], ["b"], False),
    ],
)
def test_one_key_is_one_key_however_it_is_written(one: Any, other: Any, *, expected: bool) -> None:
    """The service compares values; two writes to one key in a batch it refuses."""
    table = _table("copies", "id")
    same = identity(table, {"id": one}) == identity(table, {"id": other})
    assert same is expected
    assert len({identity(table, {"id": one}), identity(table, {"id": other})}) == 2 - expected


def test_one_key_in_two_tables_is_two(make: Make) -> None:
    """Although it looks the same."""
    one, other = (identity(_table(name, "id"), {"id": "a"}) for name in ("orders", "copies"))
    assert one != other


def test_what_comes_back_is_found_by_its_key(make: Make) -> None:
    """Whatever the service makes of the rest of it, and of how a number is written."""
    put, other, delete = (
        make(Put({"pk": "a", "sk": Decimal("1.0"), "v": 1})),
        make(Put({"id": "1"}, table="copies")),
        make(Delete({"pk": "b", "sk": 1})),
    )
    writes = [put, other, delete]
    assert returned_keys(writes, {}) == set()
    assert returned_keys(
        writes, {"orders": [{"PutRequest": {"Item": {"v": {"N": "1.0"}, "sk": {"N": "1"}, "pk": {"S": "a"}}}}]}
    ) == {put.key}
    back: Raw = {
        "copies": [{"PutRequest": {"Item": {"id": {"S": "1"}}}}],
        "orders": [{"DeleteRequest": {"Key": {"sk": {"N": "1"}, "pk": {"S": "b"}}}}],
    }
    assert returned_keys(writes, back) == {other.key, delete.key}


@pytest.mark.parametrize(
    "back",
    [
        {"orders": [{"DeleteRequest": {"Key": {"pk": {"S": "?"}, "sk": {"N": "1"}}}}]},
        {"unheard-of": [{"DeleteRequest": {"Key": {"pk": {"S": "a"}, "sk": {"N": "1"}}}}]},
    ],
    ids=["key", "table"],
)
def test_what_comes_back_and_is_not_recognized_is_all_written_again(make: Make, back: Raw) -> None:
    """To write once more does no harm; to take for written what is not would."""
    writes = [make(Put({"pk": "a", "sk": number})) for number in range(3)]
    assert returned_keys(writes, back) == {write.key for write in writes}


@pytest.mark.parametrize(
    "item",
    [
        {"note": "x" * 409_600},
        {"note": "é" * 204_799},
        {"deep": {"list": ["x" * 200_000, {"more": "x" * 209_600}]}},
        {"data": b"x" * 409_600},
    ],
    ids=["text", "in two bytes each", "nested", "binary"],
)
def test_an_item_over_400_kb_is_refused_before_it_is_sent(make: Make, item: Raw) -> None:
    """Wherever in it the bytes are."""
    with pytest.raises(Unwritable, match="and 409,600 fit"):
        make(Put({"id": "a", **item}, table="copies"))


@pytest.mark.parametrize(
    "item",
    [{"note": "x" * 409_593}, {"note": "é" * 204_796}, {"data": b"x" * 409_500}, {"quotes": '"' * 300_000}],
    ids=["text", "in two bytes each", "binary", "escaped"],
)
def test_an_item_of_just_400_kb_is_sent(make: Make, item: Raw) -> None:
    """Although its JSON is longer."""
    assert len(make(Put({"id": "a", **item}, table="copies")).text) > 409_600
