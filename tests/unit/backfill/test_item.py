"""The item that a transform gets reads like a dict, and notes what was read."""

import collections
import copy
import dataclasses
import functools
import json
import operator
import pickle
import pprint
import types
from collections.abc import Callable, Mapping, MutableMapping
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from dynamigrate import Item
from dynamigrate.backfill import BackfillError

RAW: dict[str, dict[str, Any]] = {"id": {"S": "a"}, "total": {"N": "12.50"}, "gone": {"NULL": True}}
ALL = ["id", "total", "gone"]


WHOLE = {"id": "a", "total": Decimal("12.5"), "gone": None}


@pytest.fixture
def item() -> Item:
    return Item._of(RAW)


def _rest(item: Any) -> Any:
    match item:
        case {"id": "a", **rest}:
            return rest
    raise AssertionError


def _given(**values: Any) -> dict[str, Any]:
    return values


def _updated(item: Any) -> Any:
    made = {"new": 1}
    made |= item
    return made


@pytest.mark.parametrize(
    ("read", "value", "noted"),
    [
        (lambda item: item["total"], Decimal("12.50"), ["total"]),
        (lambda item: item.get("total"), Decimal("12.50"), ["total"]),
        (lambda item: item.get("status", "NEW"), "NEW", ["status"]),
        (lambda item: item["gone"], None, ["gone"]),
        (lambda item: "gone" in item, True, ["gone"]),
        (lambda item: "status" in item, False, ["status"]),
        (dict, {"id": "a", "total": Decimal("12.5"), "gone": None}, ["id", "total", "gone"]),
        (lambda item: {**item}, {"id": "a", "total": Decimal("12.5"), "gone": None}, ["id", "total", "gone"]),
        (lambda item: item | {"new": 1}, {"id": "a", "total": Decimal("12.5"), "gone": None, "new": 1}, ALL),
        (lambda item: {"id": "z", "new": 1} | item, {"id": "a", "new": 1, "total": Decimal("12.5"), "gone": None}, ALL),
        (list, ["id", "total", "gone"], ["id", "total", "gone"]),
        (lambda item: list(item.keys()), ALL, ALL),
        (lambda item: "status" in item.keys(), False, ["status"]),  # noqa: SIM118
        (lambda item: "total" in item.keys(), True, ["total"]),  # noqa: SIM118
        (lambda item: item.keys() & {"status"}, set(), ["status"]),
        (lambda item: {"status"} & item.keys(), set(), ["status"]),
        (lambda item: item.keys().isdisjoint({"status"}), True, ["status"]),
        (lambda item: item.keys() >= {"status"}, False, ["status"]),
        (lambda item: dict.fromkeys(["id", "total", "a", "b"]).keys() <= item.keys(), False, ["id", "total", "a"]),
        (lambda item: item.keys() > {"id"}, True, [*ALL]),
        (lambda item: item.keys() - {"id"}, {"total", "gone"}, ALL),
        (lambda item: item.keys() == WHOLE.keys() == set(item.keys()), True, ALL),
        (lambda item: list(reversed(item.keys())), ALL[::-1], ALL),
        (lambda item: repr(item.keys()), repr(WHOLE.keys()), ALL),
        (lambda item: ("status", "NEW") in item.items(), False, ["status"]),
        (lambda item: {"status": "NEW"}.items() <= item.items(), False, ["status"]),
        (lambda item: {"id": "a"}.items() <= item.items(), True, ["id"]),
        (lambda item: next(reversed(item.items())), ("gone", None), ALL),
        (lambda item: dict(item.items()), {"id": "a", "total": Decimal("12.5"), "gone": None}, ALL),
        (lambda item: list(item.values()), ["a", Decimal("12.5"), None], ["id", "total", "gone"]),
        (len, 3, ["id", "total", "gone"]),
        (lambda item: item == {"id": "b"}, False, ["id", "total", "gone"]),
        (bool, True, []),
        (lambda item: item != WHOLE, False, ALL),
        (lambda item: item == Item._of(RAW), True, ALL),
        (lambda item: WHOLE == item, True, ALL),
        (lambda item: item == 7, False, []),
        (lambda item: repr(item) == repr({**WHOLE, "total": Decimal("12.50")}), True, ALL),
        (lambda item: str(item) == f"{item}" == format(item) == "%s" % (item,), True, ALL),  # noqa: UP031
        (lambda item: "12.50" in pprint.pformat(item), True, ALL),
        (lambda item: "12.50" in json.dumps([item], default=str), True, ALL),
        (copy.copy, WHOLE, ALL),
        (copy.deepcopy, WHOLE, ALL),
        (lambda item: item.copy(), WHOLE, ALL),
        *[
            (lambda item, p=p: pickle.loads(pickle.dumps(item, p)), WHOLE, ALL)
            for p in range(pickle.HIGHEST_PROTOCOL + 1)
        ],
        (lambda item: item.__getstate__(), WHOLE, ALL),
        (lambda item: _given(**item), WHOLE, ALL),
        (_updated, {"new": 1} | WHOLE, ALL),
        (_rest, {"total": Decimal("12.5"), "gone": None}, ALL),
        (lambda item: list(reversed(item)), ALL[::-1], ALL),
        ("%(total)s".__mod__, "12.50", ["total"]),
        ("{total}".format_map, "12.50", ["total"]),
        ("{[total]}".format, "12.50", ["total"]),
        (operator.itemgetter("total"), Decimal("12.5"), ["total"]),
        (lambda item: TypeSerializer().serialize(item)["M"]["id"], {"S": "a"}, ALL),
        (lambda item: collections.ChainMap({}, item)["total"], Decimal("12.5"), ["total"]),
        (lambda item: types.MappingProxyType(item)["total"], Decimal("12.5"), ["total"]),
    ],
)
def test_notes_what_is_read_whether_it_is_there_or_not(
    item: Item, read: Callable[[Item], Any], value: Any, noted: list[str]
) -> None:
    """So that the write can be made only while that is as it was."""
    assert read(item) == value
    assert list(item._noted) == noted
    assert item.asked_for() == tuple(noted)


def test_a_missing_attribute_is_a_key_error_and_noted(item: Item) -> None:
    """As with a dict."""
    with pytest.raises(KeyError, match="status"):
        item["status"]
    assert list(item._noted) == ["status"]


def test_decodes_an_attribute_once(item: Item) -> None:
    """And gives the same object again."""
    assert item["total"] is item["total"]


def test_what_was_handed_out_is_in_the_whole_item_too() -> None:
    """Also if it was changed meanwhile: there is one object for each attribute."""
    item = Item._of({"id": {"S": "a"}, "tags": {"L": [{"S": "x"}]}, "total": {"N": "1"}})
    item["tags"].append("y")
    total = item["total"]
    assert (item | {})["tags"] == ["x", "y"]
    assert {**item}["total"] is total
    assert dict(item)["tags"] is item["tags"]
    assert list(item) == ["id", "tags", "total"]


def test_a_dict_made_of_it_is_its_own() -> None:
    """Changes to it don't reach the item."""
    item = Item._of(RAW)
    made = item | {"total": 1}
    made["id"] = "z"
    assert (item["id"], item["total"]) == ("a", Decimal("12.5"))
    with pytest.raises(TypeError):
        item | 7  # type: ignore[operator]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda item: item.__setitem__("status", "NEW"), "return Update(set={'status': ...})"),
        (lambda item: item.__delitem__("total"), "return Update(remove=['total'])"),
        (lambda item: item.pop("total"), "read item.get('total'), and return Update(remove=['total'])"),
        (lambda item: item.pop("total", None), "return Update(remove=['total'])"),
        (lambda item: item.popitem(), "return Update(remove=[...])"),
        (lambda item: item.setdefault("status", "NEW"), "return Update(set={'status': ...})"),
        (lambda item: item.update(status="NEW"), "return Update(set={...}), or Put(item | {...})"),
        (lambda item: item.clear(), "return Delete()"),
    ],
)
def test_says_how_to_change_it(item: Item, change: Callable[[Item], None], message: str) -> None:
    """Because changing it in place would change nothing in the table."""
    with pytest.raises(TypeError) as caught:
        change(item)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "read", [lambda item: item["note"], lambda item: item.get("note"), lambda item: "note" in item]
)
def test_what_was_not_read_from_the_table_is_not_taken_for_absent(read: Callable[[Item], Any]) -> None:
    """With a projection, or in an index without it."""
    item = Item._of(RAW, frozenset({"id", "total", "status"}))
    assert "status" not in item
    with pytest.raises(BackfillError) as caught:
        read(item)
    assert str(caught.value) == (
        "The attribute 'note' was not read from the table. Name it in projection=, or scan an index that has it."
    )


# What has nothing to do with values: of every object's, or of the class's.
_OF_ANY_OBJECT = {
    *("__class__", "__class_getitem__", "__delattr__", "__dir__", "__doc__", "__format__", "__getattribute__"),
    *("__init__", "__init_subclass__", "__new__", "__setattr__", "__sizeof__", "__subclasshook__", "fromkeys"),
    # Compares with nothing, as those of a dict.
    *("__ge__", "__gt__", "__le__", "__lt__"),
}  # fmt: skip
_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(["__contains__", "__getitem__", "__delitem__", "get", "pop"], ("total",)),
    **dict.fromkeys(["__eq__", "__ne__", "__or__", "__ror__", "__ior__", "update"], ({"x": 1},)),
    **dict.fromkeys(["__setitem__", "setdefault"], ("total", 1)),
    "__reduce_ex__": (2,),
}


@pytest.mark.parametrize("name", sorted(set(dir(dict)) - _OF_ANY_OBJECT))
def test_whatever_a_dict_can_do_notes_the_read_or_is_refused(item: Item, name: str) -> None:
    """A method that a later Python gives dict is in this list too."""
    if name == "__hash__":
        with pytest.raises(TypeError, match="unhashable"):
            hash(item)
        return
    made: Any = {**WHOLE}
    arguments = _ARGUMENTS.get(name, ())
    result, refused = None, ""
    try:
        result = getattr(item, name)(*arguments)
    except TypeError as error:
        refused = str(error)
    if refused:
        assert "The item can't be changed in place: " in refused
        assert not item._noted
        return
    if name not in (
        "__reduce__",
        "__reduce_ex__",
        "__iter__",
        "__reversed__",
        "values",
        "__repr__",
        "__str__",
        "__getstate__",
        "__ior__",
    ):
        assert result == getattr(made, name)(*arguments)
    assert set(item._noted) == ({"total"} if arguments == ("total",) else set(ALL))


def test_nothing_public_leads_to_values_that_are_not_noted(item: Item) -> None:
    """Neither an attribute nor what C code takes for a dict's storage."""
    assert (
        not {name for name in dir(Item) if not name.startswith("_")}
        - set(dir(dict))
        - {"asked_for", "changed_in_place"}
    )
    assert not hasattr(item, "__dict__")
    of_dict: list[Any] = [dict.get, dict.__getitem__, dict.pop]
    for read in of_dict:
        with pytest.raises(TypeError):
            read(item, "total")
    with pytest.raises(TypeError, match="Object of type Item is not JSON serializable"):
        json.dumps(item)
    assert not item._noted


def test_is_a_dict_to_whoever_asks(item: Item) -> None:
    """Recursive helpers tell maps so."""
    for kind in (dict, Mapping, MutableMapping, Item):
        assert isinstance(item, kind)
    assert functools.singledispatch(_kind).dispatch(item.__class__) is _kind
    assert _dispatched(item) == "dict"
    match item:
        case dict():
            pass
        case _:
            raise AssertionError
    assert item.__class__(a=1) == {"a": 1}
    assert type(item.__class__(a=1)) is dict
    assert not item._noted


def _kind(value: object) -> str:
    return "object"


_dispatched = functools.singledispatch(_kind)
_dispatched.register(dict, lambda value: "dict")


def test_is_made_anew_as_a_dict_is() -> None:
    """Helpers that keep the type do so, and an item in a dataclass can be told."""
    made = Item({"id": "a", "lines": [{"n": 1}]})
    assert type(made)((name, value) for name, value in made.items()) == made
    assert Item(made) == Item(id="a", lines=[{"n": 1}]) == {"id": "a", "lines": [{"n": 1}]}

    @dataclasses.dataclass
    class Holder:
        item: Any

    assert dataclasses.asdict(Holder(made)) == {"item": {"id": "a", "lines": [{"n": 1}]}}


def test_a_test_makes_one_of_plain_values() -> None:
    """As the table would have them: numbers are Decimal, and what was given is not what is read."""
    lines: list[Any] = []
    made = Item({"id": "a", "n": 1, "lines": lines})
    assert type(made["n"]) is Decimal
    made["lines"].append("x")
    assert not lines
    assert not Item()
    with pytest.raises(TypeError, match=r"1.5 is a float, which DynamoDB has not: use Decimal\('1.5'\)"):
        Item({"n": 1.5})
    with pytest.raises(TypeError, match="7 is a key of a map"):
        Item({7: "x"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda item: None, ()),
        (lambda item: item["lines"], ()),
        (lambda item: item["lines"].append("x"), ("lines",)),
        (lambda item: item["map"]["deep"][0].update(n=2), ("map",)),
        (lambda item: item["map"]["deep"][0].update(n=True), ("map",)),
        (lambda item: item["map"]["deep"][0].update(n=Decimal("1.0")), ()),
        (lambda item: item["map"]["deep"][0].update(n=1), ()),
        (lambda item: item["map"]["deep"][0].update(n=1.0), ("map",)),
        (lambda item: item["map"]["deep"].append(item["map"]), ("map",)),
        (lambda item: item["map"].clear(), ("map",)),
        (lambda item: item["texts"].discard("a"), ("texts",)),
        (lambda item: item["numbers"].add(Decimal(7)), ("numbers",)),
        (lambda item: (item["numbers"].remove(1), item["numbers"].add(1)), ()),
        (lambda item: item["lines"].append(object()), ("lines",)),
        (lambda item: dict(item)["lines"].append("x"), ("lines",)),
        (lambda item: item.copy()["texts"].clear(), ("texts",)),
        (lambda item: copy.deepcopy(item)["lines"].append("x"), ()),
        (lambda item: (item["lines"].append("x"), item["lines"].pop()), ()),
        (
            lambda item: [value.clear() for value in item.values() if hasattr(value, "clear")],
            ("lines", "map", "texts", "numbers"),
        ),
    ],
)
def test_tells_what_was_changed_in_place(change: Callable[[Any], Any], changed: tuple[str, ...]) -> None:
    """However deep, and by what it means."""
    values = {
        "id": "a",
        "lines": ["a", {"b": None}],
        "map": {"deep": [{"n": 1}], "t": True, "b": b"x"},
        "texts": {"a", "b"},
        "numbers": {1, 2},
    }
    made = Item(values)
    change(made)
    noted = list(made._noted)
    assert made.changed_in_place() == changed
    assert list(made._noted) == noted
