"""What is sent is written at once, and is what the codec would have made of it."""

import json
from collections import OrderedDict, UserDict, UserList
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest
from boto3.dynamodb.types import Binary
from hypothesis import given
from hypothesis import strategies as st

from dynamigrate.backfill.item import Item
from dynamigrate.backfill.values import to_json as module
from dynamigrate.backfill.values.codec import encode, encode_all
from dynamigrate.backfill.values.to_json import encoded_text, item_text
from dynamigrate.transport.item_size import item_size
from tests.unit.backfill.values import texts, values


class Color(StrEnum):
    """A text that is more than a text."""

    RED = "red"


class Size(IntEnum):
    """A number that is more than a number."""

    LARGE = 3


class Tag(str, Enum):  # noqa: UP042 - whose str() is not its text
    """Another one."""

    A = "a%s{0}"


class Money(Decimal):
    """A number that says more than its digits."""

    def __str__(self) -> str:
        return f"{super().__str__()} EUR"


class Odd(str):
    """A text that does not look like itself."""

    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class Words(list[str]):
    """A list that is more than a list."""


_unusual = st.sampled_from(
    [
        Color.RED,
        Size.LARGE,
        Tag.A,
        Odd("odd"),
        Money("1.50"),
        ("a", 1, (True,)),
        Words(["a", "b"]),
        OrderedDict(b=1, a=2),
        UserDict({"a": {"b": True}}),
        Binary(b"\x00"),
        b"",
        bytearray(b"ab"),
        frozenset({"a"}),
        {Decimal("1.0")},
        {b"a"},
        {"": None, 'a"b\\': 1, "%s %d %%": "%s", "{x}": "{}", "é\ud800😀": "\ud800 😀 \x00\x1f\x7f\u2028"},
        {Color.RED: 1, Tag.A: 2},
        True,
        1,
        0,
        False,
        -0,
        Decimal("-0"),
        Decimal("0E+5"),
        Decimal("1E+3"),
        Decimal("1E-130"),
        Decimal("-1.5E+100"),
        Decimal("9" * 38),
        Decimal("0.00000000000000000000000000000000000012345"),
        10**37,
        -(10**38) + 1,
        Decimal("1E+125"),
        [],
        {},
        [[], {}, [[]], {"a": {}}],
    ]
)
_any = st.one_of(values, _unusual)
_items = st.dictionaries(texts, _any, max_size=6)

_WRONG: list[Any] = [
    1.5,
    float("nan"),
    set(),
    frozenset(),
    {"a", 1},
    {True},
    object(),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("-Infinity"),
    Decimal("1." + "1" * 40),
    Decimal("1E+127"),
    Decimal("1E-170"),
    10**126,
    10**39 + 1,
    {1: "a"},
    {None: "a"},
    {True: "a"},
    {b"a": "a"},
    UserList(["a"]),
    1j,
]


@given(_items)
def test_says_what_the_codec_says(item: dict[str, Any]) -> None:
    """Of all that can be in an item, to the letter: names and texts in ASCII, and sets in the same order."""
    assert item_text(item) == _written(encode_all(item))
    # Every part of it comes by the same road a second time, when names are known.
    assert item_text(item) == _written(encode_all(item))


@given(_any, st.sampled_from(_WRONG))
@pytest.mark.parametrize(
    "wrap",
    [lambda one, bad: bad, lambda one, bad: [one, bad], lambda one, bad: {"a": one, "b": bad}, lambda one, bad: (bad,)],
    ids=["itself", "in a list", "in a map", "in a tuple"],
)
def test_refuses_what_the_codec_refuses(wrap: Any, one: Any, bad: Any) -> None:
    """With the same words, wherever it stands."""
    value = wrap(one, bad)
    with pytest.raises((TypeError, ArithmeticError)) as expected:
        _written(encode(value))
    with pytest.raises(type(expected.value)) as caught:
        item_text({"first": 1, "value": value})
    assert str(caught.value) == str(expected.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [(True, 1), (False, 0), (1, Decimal(1)), (Decimal("1.0"), 1), (None, False), ("", None), ([], ()), ({}, [])],
)
def test_what_is_equal_is_not_the_same(one: Any, other: Any) -> None:
    """Truth is not 1, whichever of them came first under that name."""
    for value in (one, other, one):
        assert json.loads(item_text({"same": value})) == {"same": encode(value)}


@pytest.mark.parametrize("name", [1, True, None, b"a", ("a",), 1.5])
def test_names_are_texts(name: Any) -> None:
    """In an item as in a map."""
    with pytest.raises(TypeError, match="is a key of a map: DynamoDB has only text there"):
        item_text({name: "a"})


@given(st.dictionaries(texts, values, max_size=5))
def test_an_item_that_was_read_may_be_written_as_it_is(item: dict[str, Any]) -> None:
    """It need not be made a dict first."""
    read = Item._of(encode_all(item))
    assert item_text(read) == item_text(dict(read))


@given(_any)
def test_writes_what_is_encoded_already(value: Any) -> None:
    """A guard, as it was read."""
    raw = encode(value)
    assert encoded_text(raw) == _written(raw)


@given(_items)
def test_is_never_shorter_than_what_the_service_counts(item: dict[str, Any]) -> None:
    """So only what is longer than an item may be has to be measured."""
    assert len(item_text(item)) >= item_size(encode_all(item))


def test_names_without_end_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A map whose keys are other ones in every item fills no memory; nor do long ones."""
    names = module._Names()
    monkeypatch.setattr(module, "_names", names)
    for number in range(20_000):
        item_text({"map": {f"user-{number}": number}})
        assert len(names) <= 5_000
    names.clear()
    item_text({"n" * 60_000: 1})
    assert not names


def _written(raw: Any) -> str:
    return json.dumps(raw, separators=(",", ":"))
