"""Values come and go as boto3 has them."""

import re
from base64 import b64decode, b64encode
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given

from dynamigrate.backfill.values.codec import decode, encode, same
from dynamigrate.transport.item_size import item_size, size
from tests.unit.backfill.values import values


def _as_sent(value: Any) -> Any:
    """What boto3's serializer makes, with binary as its HTTP layer writes it."""
    if isinstance(value, dict):
        return {name: _as_sent(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_sent(one) for one in value]
    return b64encode(value).decode() if isinstance(value, bytes) else value


def _unordered(raw: Any) -> Any:
    """With the members of sets sorted, which come in any order."""
    if isinstance(raw, dict):
        return {
            name: sorted(map(str, one)) if name in ("SS", "NS", "BS") and isinstance(one, list) else _unordered(one)
            for name, one in raw.items()
        }
    return [_unordered(one) for one in raw] if isinstance(raw, list) else raw


@given(values)
def test_encodes_as_boto3_does(value: Any) -> None:
    """Whatever can be in an item."""
    assert _unordered(encode(value)) == _unordered(_as_sent(TypeSerializer().serialize(value)))


@given(values)
def test_decodes_as_boto3_does(value: Any) -> None:
    """Whatever can be in an item, and of the same types."""
    raw = TypeSerializer().serialize(value)
    ours, theirs = decode(_as_sent(raw)), TypeDeserializer().deserialize(raw)
    assert ours == theirs
    assert repr(type(ours)) == repr(type(theirs))


@given(values)
def test_what_was_encoded_is_the_same_when_it_was_decoded_and_encoded_again(value: Any) -> None:
    """So a write can be recognized in what is read back."""
    raw = encode(value)
    assert same(raw, encode(decode(raw)))


class Color(str, Enum):  # noqa: UP042 - whose str() is not its text
    """A text that is more than a text."""

    RED = "red"


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        (True, {"BOOL": True}),
        (1, {"N": "1"}),
        (Color.RED, {"S": "red"}),
        (("a", 1), {"L": [{"S": "a"}, {"N": "1"}]}),
        (bytearray(b"ab"), {"B": "YWI="}),
        (frozenset({"a"}), {"SS": ["a"]}),
        (Decimal("1E+3"), {"N": "1E+3"}),
        ({}, {"M": {}}),
        ([], {"L": []}),
        ("", {"S": ""}),
    ],
)
def test_knows_the_likes_of_what_boto3_has(value: Any, raw: Any) -> None:
    """Truth is no number, and what behaves as text is text."""
    assert encode(value) == raw


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.5, "1.5 is a float, which DynamoDB has not: use Decimal('1.5')."),
        (set(), "an empty set"),
        ({"a", 1}, "a mixed set"),
        ({True}, "a mixed set"),
        (Decimal("NaN"), "is no number that DynamoDB has"),
        (Decimal("Infinity"), "is no number that DynamoDB has"),
        ({1: "a"}, "1 is a key of a map: DynamoDB has only text there."),
        (object, "which DynamoDB has not"),
    ],
)
def test_refuses_what_dynamodb_has_not(value: Any, message: str) -> None:
    """Says what it is."""
    with pytest.raises(TypeError) as caught:
        encode(value)
    assert message in str(caught.value)


def test_refuses_more_digits_than_dynamodb_keeps() -> None:
    """Rather than have them rounded."""
    for value in (Decimal("1." + "1" * 40), 10**39 + 1, 10**126, Decimal("1E+126")):
        with pytest.raises(
            ArithmeticError, match=f"^{re.escape(str(value))} is no number that DynamoDB has: it keeps 38 digits"
        ):
            encode(value)


@pytest.mark.parametrize("value", [10**45, Decimal("9" * 38 + "0" * 80), Decimal("9." + "9" * 37 + "E+125")])
def test_zeros_beyond_the_last_digit_are_no_digits(value: Any) -> None:
    """The service writes a large number with all of them, and it can be written back."""
    assert Decimal(encode(value)["N"]) == value


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"N": "1"}, {"N": "1.0"}, True),
        ({"N": "1"}, {"S": "1"}, False),
        ({"N": "1"}, {"BOOL": True}, False),
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, True),
        ({"L": [{"N": "1"}]}, {"L": [{"N": "1.00"}]}, True),
        ({"L": [{"N": "1"}]}, {"L": []}, False),
        ({"M": {"a": {"NS": ["1", "2"]}}}, {"M": {"a": {"NS": ["2.0", "1"]}}}, True),
        ({"M": {"a": {"S": ""}}}, {"M": {"b": {"S": ""}}}, False),
        ({"NULL": True}, None, False),
        (None, None, True),
    ],
)
def test_compares_by_meaning(one: Any, other: Any, expected: object) -> None:
    """A type is part of it, the spelling of a number is not, and absence is not NULL."""
    assert same(one, other) is expected


def test_refuses_to_decode_what_is_no_value() -> None:
    """It names it."""
    with pytest.raises(TypeError, match="is no attribute value"):
        decode({"X": 1})


def test_counts_bytes_as_dynamodb_does() -> None:
    """Names count too, in UTF-8; a map and a list cost three bytes and one for each member."""
    assert item_size({"é": {"S": "åb"}}) == 5
    assert size({"B": b64encode(b"x" * 300).decode()}) == 300
    assert len(b64decode(b64encode(b"x"))) == 1
    assert size({"M": {"a": {"S": "bc"}}}) == 3 + 1 + 1 + 2
    assert size({"L": [{"S": "bc"}, {"BOOL": True}]}) == 3 + 1 + 2 + 1 + 1
    assert size({"SS": ["ab", "c"]}) == 3
    assert size({"NULL": True}) == 1
