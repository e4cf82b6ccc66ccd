"""An attribute that is named by text of a class of its own, such as a member of an enum, is that attribute."""

from collections.abc import Callable
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest

from dynamigrate import Backfill, Delete, Item, MigrationFailed, Put, Update
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables


class Mixed(str, Enum):  # noqa: UP042 - which is another thing than a StrEnum, and what many have
    """Its text is that of the member: `Mixed.N`."""

    ID = "id"
    N = "n"
    STATUS = "status"
    MAP = "map"
    ORDERS = "orders"
    OTHERS = "others"


class Plain(StrEnum):
    ID = "id"
    N = "n"
    STATUS = "status"
    MAP = "map"
    ORDERS = "orders"
    OTHERS = "others"


class Strange(str):
    """Equal to whatever is written with the same letters, told and hashed otherwise."""

    __slots__ = ()

    def __str__(self) -> str:
        return "strange"

    __repr__ = __format__ = __str__  # type: ignore[assignment]

    def __hash__(self) -> int:
        return 7

    def __eq__(self, other: object) -> bool:
        return False


class Shouted(str):
    """Equal to another name than its own."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash("status")

    def __eq__(self, other: object) -> bool:
        return other == "status" if type(other) is str else str.__eq__(self, other)


NAMES: list[Callable[[str], Any]] = [Mixed, Plain, Strange, Shouted]
named = pytest.mark.parametrize("of", NAMES, ids=lambda of: of.__name__)


@named
def test_is_read_and_noted_as_mere_text(of: Callable[[str], Any]) -> None:
    """However it is asked for."""
    item = Item({"id": "a", "n": 1})
    assert item[of("n")] == item.get(of("n")) == 1
    assert of("n") in item
    assert of("status") not in item
    assert item.get(of("status"), "none") == "none"
    with pytest.raises(KeyError, match="'status'"):
        item[of("status")]
    assert [(type(name), name) for name in item._noted] == [(str, "n"), (str, "status")]


@named
def test_advice_has_it_as_text(of: Callable[[str], Any]) -> None:
    """To be copied as it stands."""
    with pytest.raises(TypeError, match=r"return Update\(remove=\['n'\]\)"):
        Item({"n": 1}).pop(of("n"))  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match=r"return Update\(set=\{'n': ...\}\)"):
        Item({"n": 1})[of("n")] = 1  # type: ignore[index]


@named
@pytest.mark.parametrize(
    ("make", "left"),
    [
        (lambda of: Update(set={of("status"): "NEW"}), {"n": {"N": "1"}, "status": {"S": "NEW"}}),
        (lambda of: Update(remove=[of("n")]), {}),
        (lambda of: Update(remove={of("n")}), {}),
        (lambda of: Update(set={"x": 1}, when={of("n"): 1}), {"n": {"N": "1"}, "x": {"N": "1"}}),
        (lambda of: Update(set={"x": 1}, when={of("n"): 2}), {"n": {"N": "1"}}),
        (lambda of: Update(set={"x": 1}, when={of("status"): Update.ABSENT}), {"n": {"N": "1"}, "x": {"N": "1"}}),
        (lambda of: [Update(set={of("status"): "NEW"})], {"n": {"N": "1"}, "status": {"S": "NEW"}}),
        (lambda of: Put({of("id"): "a", of("status"): "NEW"}), {"status": {"S": "NEW"}}),
        (lambda of: Put({of("id"): "a", of("status"): "NEW"}, table=of("orders")), {"status": {"S": "NEW"}}),
        (
            lambda of: Update(set={of("map"): {of("n"): [{of("n"): 1}]}}),
            {"n": {"N": "1"}, "map": {"M": {"n": {"L": [{"M": {"n": {"N": "1"}}}]}}}},
        ),
    ],
)
def test_is_written_as_mere_text(backfill: RunBackfill, of: Callable[[str], Any], make: Any, left: Any) -> None:
    """Once: what is so already is not written again."""
    tables = Tables(orders={"a": {"n": {"N": "1"}}})
    backfill(tables, lambda item, ctx: make(of), segments=1)
    assert tables["orders"]["a"] == {"id": {"S": "a"}, **left}
    for name in _names_in(tables["orders"]["a"]):
        assert type(name) is str


@named
def test_of_other_items_too(backfill: RunBackfill, of: Callable[[str], Any]) -> None:
    """Their keys, what is in their maps, and their tables' logical names."""
    tables = Tables(orders={"a": {}}, copies={})
    backfill(
        tables,
        lambda item, ctx: Put({of("id"): "z", of("map"): {of("n"): 1}}, table=of("others")),
        settings={"tables": {"others": "copies"}},
    )
    assert tables["copies"] == {"z": {"id": {"S": "z"}, "map": {"M": {"n": {"N": "1"}}}}}
    assert all(type(name) is str for name in _names_in(tables["copies"]["z"]))


@named
def test_what_is_there_already_is_not_written(backfill: RunBackfill, of: Callable[[str], Any]) -> None:
    """Nor counted."""
    tables = Tables(orders={"a": {"map": {"M": {"n": {"N": "1"}}}, "texts": {"SS": ["n"]}, "status": {"S": "n"}}})
    backfill(tables, lambda item, ctx: Update(set={of("map"): {of("n"): 1}, "texts": {of("n")}, of("status"): of("n")}))
    assert "BatchExecuteStatement" not in tables.requests


@named
def test_live_writes_to_it_are_not_lost(backfill: RunBackfill, of: Callable[[str], Any]) -> None:
    """Its absence is part of the condition."""
    tables = Tables(orders={"a": {}})

    def before(operation: str, request: Any) -> None:
        if operation == "BatchExecuteStatement":
            tables["orders"]["a"].setdefault("status", {"S": "PAID"})

    tables.before = before
    backfill(tables, lambda item, ctx: None if of("status") in item else Update(set={"new": True}))
    assert tables["orders"]["a"] == {"id": {"S": "a"}, "status": {"S": "PAID"}}


@named
def test_options_take_it(backfill: RunBackfill, of: Callable[[str], Any]) -> None:
    """The table's logical name, and the projection."""
    tables = Tables(copies={"a": {"n": {"N": "1"}}})
    backfill(
        tables,
        lambda item, ctx: Update(set={of("n"): item["n"] + 1}),
        table=of("orders"),
        projection=[of("n")],
        settings={"tables": {"orders": "copies"}},
    )
    assert tables["copies"]["a"]["n"] == {"N": "2"}
    made = Backfill(of("orders"), lambda item, ctx: None, index=of("status"), projection=[of("n")])
    assert [type(made.table), type(made.index), *map(type, made.projection or ())] == [str, str, str]


@pytest.mark.parametrize(
    "result",
    [
        Update(set={"n": 1, Strange("n"): 2}),
        Put({"id": "z", "n": 1, Strange("n"): 2}),
        Update(set={"map": {"n": 1, Strange("n"): 2}}),
        Update(when={"n": 1, Strange("n"): 1}, set={"x": 1}),
    ],
)
def test_one_name_twice_is_refused(backfill: RunBackfill, result: Any) -> None:
    """Nobody could say which of both values was meant."""
    with pytest.raises(MigrationFailed, match="'n' is there twice: as text, and as Strange"):
        backfill(Tables(orders={"a": {}}), lambda item, ctx: result)


def test_set_and_removed_under_both_names_is_refused(backfill: RunBackfill) -> None:
    """As under one."""
    with pytest.raises(MigrationFailed, match="it sets and removes n"):
        backfill(Tables(orders={"a": {}}), lambda item, ctx: Update(set={"n": 1}, remove=[Mixed.N]))


def test_a_key_by_such_a_name_can_be_deleted(backfill: RunBackfill) -> None:
    """And is still told from what would change the key."""
    tables = Tables(orders={"a": {}})
    with pytest.raises(MigrationFailed, match="it would change the item's key"):
        backfill(tables, lambda item, ctx: Update(set={Mixed.ID: "b"}))
    backfill(tables, lambda item, ctx: Delete({Mixed.ID: "a"}))
    assert not tables["orders"]


class Level(IntEnum):
    LOW = 1


class Money(Decimal):
    def __str__(self) -> str:
        return f"{Decimal(self):f} dollars"

    __repr__ = __str__


class Token(bytes):
    pass


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        (Mixed.N, {"S": "n"}),
        (Plain.N, {"S": "n"}),
        (Strange("n"), {"S": "n"}),
        (Level.LOW, {"N": "1"}),
        (Money("1.50"), {"N": "1.50"}),
        (Token(b"a"), {"B": b"a"}),
        ({Mixed.N}, {"SS": ["n"]}),
        ({Level.LOW}, {"NS": ["1"]}),
        ({Money("1.50")}, {"NS": ["1.50"]}),
        ([{"a": Mixed.N}], {"L": [{"M": {"a": {"S": "n"}}}]}),
    ],
)
def test_values_of_such_a_class_are_their_plain_value(backfill: RunBackfill, value: Any, raw: Any) -> None:
    """In an item that is changed as in one that is put."""
    tables = Tables(orders={"a": {}}, copies={})
    put = Put({"id": "z", "value": value}, table="copies")
    backfill(tables, lambda item, ctx: put if item["id"] == "z" else Update(set={"value": value}))
    assert _plain(tables["orders"]["a"]["value"]) == raw


def _plain(raw: Any) -> Any:
    """With each part's very type told."""
    if isinstance(raw, dict):
        return {name: _plain(value) for name, value in raw.items()}
    if isinstance(raw, list):
        return [_plain(value) for value in raw]
    assert type(raw) in (str, bool, bytes)
    return raw


def _names_in(raw: Any) -> list[Any]:
    if isinstance(raw, dict):
        return [*raw, *(name for value in raw.values() for name in _names_in(value))]
    return [name for value in raw for name in _names_in(value)] if isinstance(raw, list) else []
