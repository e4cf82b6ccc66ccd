"""A guarded change, as PartiQL and as an action."""

import json
from typing import Any

import pytest

from dynamigrate.backfill.errors import Unwritable
from dynamigrate.backfill.writing.item_writes import ConditionalWrite
from dynamigrate.backfill.writing.partiql import Statements, action

RAW: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"N": "1"}, "there": {"S": "x"}, "null": {"NULL": True}}
KEYS = ("pk", "sk")


def _change(**options: Any) -> ConditionalWrite:
    return ConditionalWrite(**{"raw": RAW, "set": {}, "remove": (), "guards": (), **options})


@pytest.mark.parametrize(
    ("change", "text", "parameters"),
    [
        (
            {"set": {"order": {"S": "1"}, "size": {"N": "2"}}, "remove": ("there", "null")},
            'UPDATE "shop.orders" SET "order"=? SET "size"=? REMOVE "there" REMOVE "null" WHERE "pk"=? AND "sk"=?',
            [{"S": "1"}, {"N": "2"}, {"S": "a"}, {"N": "1"}],
        ),
        (
            {"set": {"s": {"S": "1"}}, "guards": ("there", "null", "absent")},
            """UPDATE "shop.orders" SET "s"=? WHERE "pk"=? AND "sk"=? AND "there"=? AND attribute_type("null",'NULL') AND "absent" IS MISSING""",
            [{"S": "1"}, {"S": "a"}, {"N": "1"}, {"S": "x"}],
        ),
        (
            {"delete": True, "guards": ("there",)},
            'DELETE FROM "shop.orders" WHERE "pk"=? AND "sk"=? AND "there"=?',
            [{"S": "a"}, {"N": "1"}, {"S": "x"}],
        ),
    ],
)
def test_says_it_in_partiql(change: dict[str, Any], text: str, parameters: list[Any]) -> None:
    """Names in quotes, which reserved words need; a clause for each, as the service wants it."""
    entry, _ = Statements("shop.orders", KEYS).compose(_change(**change))
    assert json.loads(entry) == {"Statement": text, "Parameters": parameters}


def test_a_value_of_any_type_is_a_parameter_as_it_was_read() -> None:
    """Binary is text already, and a number keeps its digits."""
    raw = {
        "pk": {"S": 'a"\\\ud800'},
        "n": {"N": "1.500"},
        "b": {"B": "AAE="},
        "ns": {"NS": ["1", "2.0"]},
        "m": {"M": {"S": {"L": [{"BOOL": False}, {"NULL": True}]}}},
        "no": {"BOOL": False},
        "yes": {"BOOL": True},
        "l": {"L": []},
    }
    guards = tuple(name for name in raw if name != "pk")
    change = _change(raw=raw, set={"s": {"M": {}}}, guards=guards)
    entry, shape = Statements("orders", ("pk",)).compose(change)
    assert json.loads(entry)["Parameters"] == [{"M": {}}, raw["pk"], *[raw[name] for name in guards]]
    assert shape.write(entry) == change


@pytest.mark.parametrize(
    "change",
    [
        {"set": {"a": {"S": "1"}, "b": {"N": "2"}}, "remove": ("there",), "guards": ("null", "there", "absent")},
        {"remove": ("there", "null"), "guards": ("there", "null")},
        {"set": {"s": {"S": "]}"}}},
        {"delete": True, "guards": ("there", "absent")},
    ],
)
def test_a_write_can_be_had_again_from_its_entry(change: dict[str, Any]) -> None:
    """As it was: what was read of the item, as far as it is compared, and what is to be written."""
    write = _change(**change)
    entry, shape = Statements("orders", KEYS).compose(write)
    needed = {name: value for name, value in RAW.items() if name in (*KEYS, *write.guards)}
    assert shape.write(entry) == write._replace(raw=needed)


def test_null_value_and_absence_are_three_shapes() -> None:
    """Although the same attributes are looked at."""
    statements = Statements("orders", ("pk",))
    texts = []
    for raw in ({"S": "x"}, {"NULL": True}, None):
        item = {"pk": {"S": "a"}} | ({"n": raw} if raw else {})
        change = _change(raw=item, set={"s": {"S": "1"}}, guards=("n",))
        texts.append(json.loads(statements.compose(change)[0])["Statement"])
    assert len(set(texts)) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"set": {'a"b': {"S": "1"}}},
        {"set": {"a\nb": {"S": "1"}}},
        {"set": {"#name": {"S": "1"}}},
        {"remove": (":p0",)},
        {"set": {"s": {"S": "1"}}, "guards": ("#name",)},
        {"set": {"it's": {"S": "1"}}},
        {"guards": tuple(f"attribute_number_{number}" for number in range(300)), "set": {"s": {"S": "1"}}},
    ],
    ids=[
        "quote",
        "line break",
        "placeholder",
        "value's placeholder",
        "guard",
        "apostrophe",
        "longer than 8,192 characters",
    ],
)
def test_leaves_to_the_item_api_what_partiql_can_not_say(change: dict[str, Any]) -> None:
    """The caller sends an UpdateItem instead."""
    assert Statements("orders", KEYS).compose(_change(**change))[0] == ""


def test_says_it_as_an_action() -> None:
    """With a placeholder for each name."""
    kind, arguments = action(
        "orders", KEYS, _change(set={"a": {"S": "1"}}, remove=("there",), guards=("there", "gone"))
    )
    assert kind == "Update"
    assert arguments == {
        "TableName": "orders",
        "Key": {"pk": {"S": "a"}, "sk": {"N": "1"}},
        "UpdateExpression": "SET #s0=:s0 REMOVE #r0",
        "ConditionExpression": "attribute_exists(#k) AND #g0=:g0 AND attribute_not_exists(#g1)",
        "ExpressionAttributeNames": {"#k": "pk", "#g0": "there", "#g1": "gone", "#s0": "a", "#r0": "there"},
        "ExpressionAttributeValues": {":g0": {"S": "x"}, ":s0": {"S": "1"}},
    }
    assert action("orders", KEYS, _change(delete=True))[0] == "Delete"
    assert action("orders", KEYS, _change())[0] == "ConditionCheck"


def test_more_guards_than_a_condition_can_have_are_refused() -> None:
    """300 operators are the service's limit."""
    with pytest.raises(Unwritable, match="read, set or removed 200 attributes"):
        action("orders", KEYS, _change(guards=tuple(f"a{number}" for number in range(200))))
