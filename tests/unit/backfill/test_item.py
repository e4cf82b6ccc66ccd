"""The item that a transform gets reads like a dict, and notes what was read."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from dynamigrate.backfill import BackfillError
from dynamigrate.backfill.item import Item

RAW: dict[str, dict[str, Any]] = {"id": {"S": "a"}, "total": {"N": "12.50"}, "gone": {"NULL": True}}
ALL = ["id", "total", "gone"]


@pytest.fixture
def item() -> Item:
    return Item._of(RAW)


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
        (lambda item: dict(item.items()), {"id": "a", "total": Decimal("12.5"), "gone": None}, ALL),
        (lambda item: list(item.values()), ["a", Decimal("12.5"), None], ["id", "total", "gone"]),
        (len, 3, ["id", "total", "gone"]),
        (lambda item: item == {"id": "b"}, False, ["id", "total", "gone"]),
        (bool, True, []),
        (lambda item: "12.50" in repr(item), True, ALL),
    ],
)
def test_notes_what_is_read_whether_it_is_there_or_not(
    item: Item, read: Callable[[Item], Any], value: Any, noted: list[str]
) -> None:
    """So that the write can be made only while that is as it was."""
    assert read(item) == value
    assert list(item._noted) == noted


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
