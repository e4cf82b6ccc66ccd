"""Backfills as DynamoDB sees them: conditions, types, transactions, indexes."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

from dynamigrate import (
    Backfill,
    Delete,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    Put,
    Update,
    migrate,
)
from tests.acting import acting

VALUES: dict[str, Any] = {
    "text": "x",
    "empty": "",
    "number": Decimal("12.5"),
    "flag": False,
    "null": None,
    "binary": Binary(b"\x00\xff"),
    "texts": {"a", "b"},
    "numbers": {Decimal(1), Decimal("2.5")},
    "binaries": {Binary(b"1"), Binary(b"2")},
    "list": ["a", Decimal(1), {"deep": None}],
    "map": {"k": "v", "l": [], "n": None},
    "empty_list": [],
    "empty_map": {},
    # All reserved words.
    "status": "reserved",
    "order": Decimal(1),
    "size": {"value": Decimal(1)},
    # No plain names.
    "a.b": "dotted",
    "with space": "x",
    "naïve-é#1": "x",
    'quo"te': "x",
}

Make = Callable[..., str]


@pytest.fixture
def make(client: Any) -> Make:
    """Creates a table with the key pk and sk, and puts items into it."""

    def create(*items: dict[str, Any], **options: Any) -> str:
        name = f"backfill.{uuid4().hex[:8]}"
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            **{
                "AttributeDefinitions": [
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "N"},
                ],
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                **options,
            },
        )
        client.get_waiter("table_exists").wait(TableName=name)
        for item in items:
            client.put_item(TableName=name, Item=_raw({"pk": "p", "sk": 1, **item}))
        return name

    return create


def _raw(item: dict[str, Any]) -> dict[str, Any]:
    return {name: TypeSerializer().serialize(value) for name, value in item.items()}


def _shown(value: Any) -> str:
    """The same for equal values."""
    if isinstance(value, dict):
        return str([f"{name}: {_shown(value[name])}" for name in sorted(value)])
    return str(sorted(map(repr, value))) if isinstance(value, set) else repr(value)


def _items(client: Any, table: str) -> list[dict[str, Any]]:
    items = client.scan(TableName=table, ConsistentRead=True)["Items"]
    found = [{name: TypeDeserializer().deserialize(value) for name, value in item.items()} for item in items]
    return sorted(found, key=lambda item: (item["pk"], item.get("sk", 0)))


def _run(client: Any, table: str, transform: Any, **options: Any) -> dict[str, float]:
    """Run a backfill; returns its last figures."""
    source = MemorySource()
    tables = options.pop("tables", {})
    source.add(
        Migration("1", "rewrite", do=Backfill(**{"table": table, "transform": transform, "segments": 2, **options}))
    )
    figures: list[Any] = [{}]
    migrate(source, MemoryTarget(), dynamodb=client, tables=tables, measure=figures.append)
    last: dict[str, float] = figures[-1]
    return last


def _meanwhile(client: Any, table: str, **change: Any) -> Callable[[], None]:
    """What the application does to the one item, once; None: it removes the attribute."""
    done: list[bool] = []

    def act() -> None:
        if done:
            return
        done.append(True)
        for name, value in change.items():
            words: dict[str, Any] = {"ExpressionAttributeNames": {"#n": name}}
            if value is _REMOVED:
                words |= {"UpdateExpression": "REMOVE #n"}
            else:
                words |= {
                    "UpdateExpression": "SET #n = :v",
                    "ExpressionAttributeValues": {":v": TypeSerializer().serialize(value)},
                }
            client.update_item(TableName=table, Key=_raw({"pk": "p", "sk": 1}), **words)

    return act


_REMOVED = object()


@pytest.mark.parametrize("name", VALUES)
def test_a_value_of_any_type_is_a_guard_that_holds(client: Any, make: Make, name: str) -> None:
    """What is as it was read lets the write through at once."""
    table = make(VALUES)
    figures = _run(client, table, lambda item, ctx: Update(set={"new": _shown(item[name])}))
    assert figures["conflicts"] == 0
    assert _items(client, table) == [{"pk": "p", "sk": 1, **VALUES, "new": _shown(VALUES[name])}]


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("becomes", ["another", "null", "absent"])
def test_a_value_of_any_type_is_a_guard_that_fails(client: Any, make: Make, name: str, becomes: str) -> None:
    """When it changes, turns NULL or goes, transform is asked again, and nothing of the application's is lost."""
    table = make(VALUES)
    value = {"another": "meanwhile", "null": None, "absent": _REMOVED}[becomes]
    if value is None and VALUES[name] is None:
        value = "meanwhile"
    act = _meanwhile(client, table, **{name: value})

    @acting
    def copy(item: Any, ctx: Any) -> Update:
        seen = _shown(item.get(name, "absent"))
        act()
        return Update(set={"new": seen})

    figures = _run(client, table, copy)
    assert figures["conflicts"] == 1
    (item,) = _items(client, table)
    assert item["new"] == _shown("absent" if value is _REMOVED else value)
    assert item.get(name, _REMOVED) == value


@pytest.mark.parametrize("value", [None, "", "x", Decimal(0)])
def test_an_attribute_that_was_absent_is_a_guard_too(client: Any, make: Make, value: Any) -> None:
    """It turning NULL is a change."""
    table = make({})
    act = _meanwhile(client, table, added=value)

    @acting
    def look(item: Any, ctx: Any) -> Update:
        seen = "added" in item
        act()
        return Update(set={"seen": seen})

    figures = _run(client, table, look)
    assert figures["conflicts"] == 1
    assert _items(client, table) == [{"pk": "p", "sk": 1, "added": value, "seen": True}]


def test_what_is_set_and_removed_is_guarded_without_being_read(client: Any, make: Make) -> None:
    """The application's status is not overwritten by one that was decided on before it."""
    table = make({"old": "x"})
    act = _meanwhile(client, table, status="PAID")

    @acting
    def blind(item: Any, ctx: Any) -> Update:
        act()
        return Update(set={"status": "NEW"}, remove=["old"])

    figures = _run(client, table, blind)
    assert figures["conflicts"] == 1
    assert _items(client, table) == [{"pk": "p", "sk": 1, "status": "NEW"}]


def test_values_of_all_types_are_written(client: Any, make: Make) -> None:
    """As boto3 would write them."""
    table = make({})
    _run(client, table, lambda item, ctx: Update(set=VALUES))
    assert _items(client, table) == [{"pk": "p", "sk": 1, **VALUES}]
    _run(client, table, lambda item, ctx: Update(remove=list(VALUES)))
    assert _items(client, table) == [{"pk": "p", "sk": 1}]


def test_more_than_partiql_can_say_is_written_by_the_item_api(client: Any, make: Make) -> None:
    """A statement has 8,192 characters; guards still hold, and one that fails is noticed."""
    wide = {f"an_attribute_with_quite_a_long_name_that_takes_up_room_number_{number}": number for number in range(140)}
    table = make({**wide, "sk": 1}, {**wide, "sk": 2})
    first = next(iter(wide))
    act = _meanwhile(client, table, **{first: 7})

    @acting
    def total(item: Any, ctx: Any) -> Update:
        result = sum(item[name] for name in wide)
        act()
        return Update(set={"total": result})

    figures = _run(client, table, total)
    assert figures["conflicts"] == 1
    assert [item["total"] for item in _items(client, table)] == [sum(wide.values()) + 7, sum(wide.values())]


def test_more_than_any_condition_can_say_is_refused(client: Any, make: Make) -> None:
    """By the engine, naming the item; unless everything may be overwritten."""
    wide = {f"a_name_that_is_long_enough_for_the_statement_not_to_fit_{number}": number for number in range(200)}
    table = make(wide)

    def total(item: Any, ctx: Any) -> Update:
        return Update(set={"total": sum(item[name] for name in wide)})

    with pytest.raises(MigrationFailed) as caught:
        _run(client, table, total)
    assert f"The item pk='p', sk='1' of the table {table} can't be written: transform read, set or removed 201" in str(
        caught.value
    )
    _run(client, table, total, overwrite=True)
    assert _items(client, table)[0]["total"] == sum(wide.values())


def test_many_items_of_many_shapes(client: Any, make: Make) -> None:
    """Several pages and batches, on several threads."""
    table = make()
    for start in range(0, 1000, 25):
        client.batch_write_item(
            RequestItems={
                table: [
                    {"PutRequest": {"Item": _raw({"pk": f"p{n % 7}", "sk": n, **({"odd": True} if n % 2 else {})})}}
                    for n in range(start, start + 25)
                ]
            }
        )

    def mark(item: Any, ctx: Any) -> Update | Delete | None:
        if item["sk"] % 10 == 0:
            return Delete()
        if item["sk"] % 3 == 0:
            return None
        return Update(set={"even": "odd" not in item}, remove=["odd"])

    figures = _run(client, table, mark, segments=8, max_read_units=1e6, max_write_units=1e6)
    items = _items(client, table)
    assert {int(item["sk"]) for item in items} == {n for n in range(1000) if n % 10}
    for item in items:
        n = int(item["sk"])
        expected = {"odd": True} if n % 3 == 0 and n % 2 else {} if n % 3 == 0 else {"even": n % 2 == 0}
        assert {name: value for name, value in item.items() if name not in ("pk", "sk")} == expected
    assert figures["written"] == 700


def test_a_filter_passes_items_over_and_is_a_guard(client: Any, make: Make) -> None:
    """One that no longer matches when it is to be written is left alone."""
    for condition in (Attr("status").not_exists(), "attribute_not_exists(#status)"):
        table = make({"sk": 1}, {"sk": 2, "status": "OLD"}, {"sk": 3})
        act = _meanwhile(client, table, status="PAID")

        @acting
        def touch(item: Any, ctx: Any, act: Any = act) -> Update:
            act()
            return Update(set={"touched": True})

        _run(client, table, touch, filter=condition, segments=1)
        assert [("touched" in item) for item in _items(client, table)] == [False, False, True]


def test_a_filter_with_values_and_the_key_in_it(client: Any, make: Make) -> None:
    """Whatever boto3's conditions can say."""
    table = make({"sk": 1, "n": 5}, {"sk": 2, "n": 5}, {"sk": 3, "n": 6})
    _run(client, table, lambda item, ctx: Update(set={"hit": True}), filter=Attr("n").eq(5) & Attr("sk").gt(1))
    assert [("hit" in item) for item in _items(client, table)] == [False, True, False]


def test_a_projection_reads_and_guards_a_part(client: Any, make: Make) -> None:
    """Of an item that changes in between, too."""
    table = make({"total": 1, "big": "x" * 1000})
    act = _meanwhile(client, table, total=2)

    @acting
    def cents(item: Any, ctx: Any) -> Update:
        result = item["total"] * 100
        act()
        return Update(set={"cents": result})

    figures = _run(client, table, cents, projection=["total", "cents"], filter=Attr("big").exists())
    assert figures["conflicts"] == 1
    assert _items(client, table) == [{"pk": "p", "sk": 1, "total": 2, "big": "x" * 1000, "cents": 200}]


@pytest.mark.parametrize("projected", ["ALL", "KEYS_ONLY"])
def test_an_index_is_scanned_and_its_table_written(client: Any, make: Make, projected: str) -> None:
    """Items that are not in it are not seen; what it has not can't be taken for absent."""
    table = make(
        {"sk": 1, "state": "OPEN"},
        {"sk": 2},
        {"sk": 3, "state": "OPEN"},
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "state", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-state",
                "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": projected},
            }
        ],
    )
    act = _meanwhile(client, table, state="HELD")

    @acting
    def close(item: Any, ctx: Any) -> Update:
        was = item["state"]
        act()
        return Update(set={"state": f"WAS {was}"})

    _run(client, table, close, index="by-state", segments=1)
    assert [item.get("state") for item in _items(client, table)] == ["WAS HELD", None, "WAS OPEN"]
    if projected == "KEYS_ONLY":
        with pytest.raises(MigrationFailed, match="The attribute 'note' was not read from the table"):
            _run(client, table, lambda item, ctx: Update(set={"n": item.get("note")}), index="by-state")
    with pytest.raises(MigrationFailed, match="has no index 'by-color': it has by-state"):
        _run(client, table, close, index="by-color")


def test_a_list_is_written_all_or_not_at_all(client: Any, make: Make) -> None:
    """To the item itself, other items and other tables, while the item is as it was read."""
    table, other = make({"lines": ["a", "b"]}), make()
    act = _meanwhile(client, table, lines=["c"])

    @acting
    def split(item: Any, ctx: Any) -> list[Any]:
        lines = item["lines"]
        act()
        return [
            Update(remove=["lines"]),
            Put({"pk": item["pk"], "sk": 2, "summary": len(lines)}),
            *(Put({"pk": line, "sk": 1}, table="lines") for line in lines),
            Delete({"pk": "stale", "sk": 1}, table=other),
        ]

    figures = _run(client, table, split, tables={"lines": other}, filter="attribute_exists(#lines)")
    assert figures["conflicts"] == 1
    assert _items(client, table) == [{"pk": "p", "sk": 1}, {"pk": "p", "sk": 2, "summary": 1}]
    assert _items(client, other) == [{"pk": "c", "sk": 1}]


def test_a_list_that_leaves_the_item_alone_still_depends_on_it(client: Any, make: Make) -> None:
    """A copy is never one of what is not there any more."""
    table, other = make({"total": 1}), make()
    act = _meanwhile(client, table, total=2)

    @acting
    def copy(item: Any, ctx: Any) -> list[Any]:
        result = dict(item)
        act()
        return [Put(result, table=other)]

    figures = _run(client, table, copy)
    assert figures["conflicts"] == 1
    assert _items(client, other) == [{"pk": "p", "sk": 1, "total": 2}]


@pytest.mark.parametrize(
    "own",
    [
        Put({"pk": "p", "sk": 1, "total": 1}),
        Update(set={"total": 1}),
        Update(remove=["gone"], when={"total": 1}),
        Update(when={"total": 1}),
    ],
    ids=["put", "set", "when, and nothing removed", "when"],
)
def test_a_list_that_would_not_change_the_item_depends_on_what_it_names_of_it(
    client: Any, make: Make, own: Put | Update
) -> None:
    """Whether the item is put or updated, and transform read it or knows it from elsewhere."""
    table, other = make({"total": 1}), make()
    act = _meanwhile(client, table, total=2)
    seen: list[Any] = []

    @acting
    def copy(item: Any, ctx: Any) -> list[Any]:
        act()
        seen.append(ctx)
        write = own if len(seen) == 1 else Update()
        return [write, Put({"pk": str(len(seen)), "sk": 1}, table=other)]

    assert _run(client, table, copy)["conflicts"] == 1
    assert _items(client, other) == [{"pk": "2", "sk": 1}]
    assert _items(client, table) == [{"pk": "p", "sk": 1, "total": 2}]


def test_an_item_moves_to_another_key(client: Any, make: Make) -> None:
    """As a put and a delete in one transaction."""
    table = make({"sk": 1, "n": 1}, {"sk": 2, "n": 2})

    def move(item: Any, ctx: Any) -> list[Any] | None:
        return None if item["pk"] == "q" else [Put({**item, "pk": "q"}), Delete()]

    _run(client, table, move)
    assert _items(client, table) == [{"pk": "q", "sk": 1, "n": 1}, {"pk": "q", "sk": 2, "n": 2}]


def test_single_puts_of_other_items_go_in_batches_also_on_one_key(client: Any, make: Make) -> None:
    """The service refuses two on one key in a batch, so they go in two."""
    table, other = make(*({"sk": n} for n in range(60))), make()
    _run(client, table, lambda item, ctx: Put({"pk": "sum", "sk": item["sk"] % 3}, table=other), segments=1)
    assert _items(client, other) == [{"pk": "sum", "sk": n} for n in range(3)]
    _run(client, table, lambda item, ctx: Delete({"pk": "sum", "sk": item["sk"] % 2}, table=other), segments=1)
    assert _items(client, other) == [{"pk": "sum", "sk": 2}]


def test_once_is_stamped_in_the_same_write(client: Any, make: Make) -> None:
    """Also where the write is to another table: then both, or none."""
    table, other = make({"sk": 1, "price": 2}, {"sk": 2, "price": 3}), make()

    def move(item: Any, ctx: Any) -> Put:
        return Put({"pk": "copy", "sk": item["sk"], "price": item["price"]}, table=other)

    for _ in range(2):
        _run(client, table, lambda item, ctx: Update(set={"price": item["price"] * 100}), once=True)
    assert [item["price"] for item in _items(client, table)] == [200, 300]
    assert {item["_migration_1"] for item in _items(client, table)} == {"do"}
    fresh = make({"sk": 1, "price": 2})
    assert _run(client, fresh, move, once=True)["written"] == 1
    assert _run(client, fresh, move, once=True).get("written", 0) == 0
    assert _items(client, other) == [{"pk": "copy", "sk": 1, "price": 2}]


def test_an_item_that_is_too_large_is_named(client: Any, make: Make) -> None:
    """By the engine where it can tell, else by the service; the others are written."""
    table = make({"sk": 1}, {"sk": 2, "fat": "x" * 405_000}, {"sk": 3})
    for text in ("y" * 20_000, "y" * 9_000):
        with pytest.raises(MigrationFailed, match=f"he item pk='p', sk='2' of the table {table}"):
            _run(client, table, lambda item, ctx, text=text: Update(set={"note": text}), segments=1)
        assert (
            _run(client, table, lambda item, ctx, text=text: Update(set={"note": text}), on_error="skip")["failed"] == 1
        )
        assert [len(item.get("note", "")) for item in _items(client, table)] == [len(text), 0, len(text)]
