"""What is equal to DynamoDB is neither written nor counted."""

from collections.abc import Set
from decimal import Decimal
from typing import Any

import pytest

from dynamigrate import Delete, Put, Update
from dynamigrate.backfill.values.codec import encode
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables


class Unhashed(Set[Any]):
    """A set that has what it was given, twice or not."""

    def __init__(self, *members: Any) -> None:
        self._members = members

    def __contains__(self, one: object) -> bool:
        return one in self._members

    def __iter__(self) -> Any:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


# As the service has it, and other ways to say it.
EQUAL: list[tuple[Any, Any]] = [
    ({"N": "1"}, 1),
    ({"N": "1"}, Decimal("1.0")),
    ({"N": "1"}, Decimal("1E0")),
    ({"N": "100"}, Decimal("1E2")),
    ({"N": "0"}, Decimal("-0")),
    ({"N": "0"}, Decimal("0E-7")),
    ({"N": "1.5"}, Decimal("1.500")),
    ({"N": "9" * 38}, int("9" * 38)),
    ({"N": "0." + "0" * 129 + "1"}, Decimal("1E-130")),
    ({"N": "99" + "0" * 124}, Decimal("9.9E125")),
    ({"SS": ["b", "a", "c"]}, {"a", "b", "c"}),
    ({"NS": ["2", "1"]}, {Decimal("1.0"), Decimal("2E0")}),
    ({"NS": ["1"]}, Unhashed(1, Decimal("1.0"))),
    ({"SS": ["a"]}, Unhashed("a", "a")),
    ({"BS": [b"\x00", b"\x01"]}, {b"\x01", b"\x00"}),
    ({"L": [{"N": "1"}, {"SS": ["b", "a"]}]}, (Decimal("1.0"), {"a", "b"})),
    ({"M": {"a": {"L": [{"M": {"n": {"N": "1"}, "s": {"NS": ["2", "3"]}}}]}}}, {"a": [{"s": {3, 2}, "n": Decimal("1.00")}]}),
    ({"B": b"ab"}, bytearray(b"ab")),
    ({"NULL": True}, None),
    ({"M": {}}, {}),
    ({"S": ""}, ""),
]  # fmt: skip
# As the service has it, and what is not the same.
UNEQUAL: list[tuple[Any, Any]] = [
    ({"N": "1"}, True),
    ({"N": "1"}, "1"),
    ({"N": "0"}, None),
    ({"N": "1"}, Decimal("1." + "0" * 36 + "1")),
    ({"SS": ["a"]}, ["a"]),
    ({"SS": ["a", "b"]}, {"a"}),
    ({"NS": ["1", "2"]}, {1, 3}),
    ({"L": [{"N": "1"}, {"N": "2"}]}, [2, 1]),
    ({"L": []}, {}),
    ({"M": {"a": {"N": "1"}}}, {"a": Decimal("1.1")}),
    ({"M": {"a": {"N": "1"}}}, {"b": 1}),
    ({"B": b"ab"}, "ab"),
    ({"S": "é"}, "e\u0301"),
]


def _written(backfill: RunBackfill, raw: Any, result: Any) -> float:
    figures: list[Any] = []
    tables = Tables(orders={"a": {"value": raw}})
    backfill(tables, lambda item, ctx: result, settings={"measure": figures.append})
    written: float = figures[-1]["written"]
    assert bool(tables.requests["BatchExecuteStatement"]) is bool(written)
    return written


WRITES = [
    lambda value: Update(set={"value": value}),
    lambda value: Put({"id": "a", "value": value}),
    lambda value: [Update(set={"value": value})],
    lambda value: [Put({"id": "a", "value": value})],
]


@pytest.mark.parametrize("write", WRITES, ids=["update", "put", "update in a list", "put in a list"])
@pytest.mark.parametrize(("raw", "value"), EQUAL)
def test_what_does_not_change_is_not_written(backfill: RunBackfill, write: Any, raw: Any, value: Any) -> None:
    """Numbers by their value, sets in any order, wherever they are."""
    assert _written(backfill, raw, write(value)) == 0


@pytest.mark.parametrize(("raw", "value"), UNEQUAL)
def test_what_changes_is_written(backfill: RunBackfill, raw: Any, value: Any) -> None:
    """A type is part of a value, and so are a list's order and a text's very characters."""
    assert _written(backfill, raw, Update(set={"value": value})) == 1


@pytest.mark.parametrize(("raw", "value"), EQUAL)
def test_when_compares_as_dynamodb_does(backfill: RunBackfill, raw: Any, value: Any) -> None:
    """The same value, whatever its spelling."""
    assert _written(backfill, raw, Update(set={"n": 1}, when={"value": value})) == 1


@pytest.mark.parametrize(("raw", "value"), UNEQUAL)
def test_when_tells_apart_what_dynamodb_does(backfill: RunBackfill, raw: Any, value: Any) -> None:
    """And nothing is written."""
    assert _written(backfill, raw, Update(set={"n": 1}, when={"value": value})) == 0


@pytest.mark.parametrize("value", [1, Decimal("1.0"), Decimal("1E0"), Decimal("1.000")])
@pytest.mark.parametrize("kind", ["put", "delete", "list"])
def test_a_key_is_the_items_own_however_its_number_is_written(backfill: RunBackfill, value: Any, kind: str) -> None:
    """So the write is guarded, and no other item's."""
    tables = Tables(orders={"a": {"n": {"N": "1"}}})
    tables.described = {"KeySchema": [{"AttributeName": "id"}, {"AttributeName": "n"}]}
    key = {"id": "a", "n": value}
    write: Any = {"put": Put({**key, "new": 1}), "delete": Delete(key), "list": [Put({**key, "new": 1})]}[kind]
    seen: list[str] = []
    tables.before = lambda operation, request: seen.append(f"{operation}: {request}")
    # It knows no sort keys.
    tables._execute = lambda text, parameters: {}  # type: ignore[method-assign]
    backfill(tables, lambda item, ctx: write)
    assert not tables.requests["BatchWriteItem"]
    (statement,) = [one for one in seen if one.startswith("BatchExecuteStatement")]
    assert ("DELETE FROM" if kind == "delete" else 'UPDATE "orders" SET "new"=?') in statement


def test_a_sets_equal_members_are_sent_once() -> None:
    """The service refuses two."""
    assert encode(Unhashed(Decimal(1), Decimal("1.0"), 2)) == {"NS": ["1", "2"]}
    assert encode(Unhashed(b"a", bytearray(b"a"))) == {"BS": ["YQ=="]}
