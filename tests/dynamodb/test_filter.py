"""A filter holds to the end: it is a guard, and it is looked at again after a conflict."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from dynamigrate import Backfill, MemorySource, MemoryTarget, Migration, MigrationFailed, Put, Update, migrate
from tests.acting import acting

ITEM: dict[str, Any] = {
    "id": "o1",
    "owner": {"id": "x", "status": "A"},
    "lines": [{"sku": "a"}, {"sku": "b"}],
    "tags": {"a", "b"},
    "status": "A",
    "size": 3,
    "n": 5,
    "#x": 1,
    "order-date": "2026-11-25",
}
# Each with a change after which it no longer matches.
FILTERS: list[tuple[Any, dict[str, Any]]] = [
    ("attribute_exists(#n)", {"n": None}),
    ("attribute_not_exists(gone)", {"gone": 1}),
    ("attribute_not_exists(gone) AND attribute_exists(id)", {"gone": 1}),
    ("attribute_exists(owner.id)", {"owner": {}}),
    ("attribute_exists(#owner.#id) AND attribute_exists(#id)", {"owner": {}}),
    ("owner.id <> id", {"owner": {"id": "o1"}}),
    ("attribute_exists(lines[1].sku)", {"lines": []}),
    ("attribute_exists(#lines[1].#sku) AND attribute_exists(id)", {"lines": [{"sku": "a"}]}),
    ("size(tags) < size AND attribute_exists(id)", {"size": 1}),
    ("status = owner.status AND id <> status", {"status": "B"}),
    ("status = id OR status = owner.status", {"status": "B"}),
    ("NOT (status IN (id, size))", {"status": "o1"}),
    (Attr("n").eq(5), {"n": 6}),
    (Attr("owner.id").eq("x"), {"owner": {"id": "y"}}),
    (Attr("owner.id").eq("x") & Attr("id").eq("o1"), {"owner": {"id": "y"}}),
    (Key("id").begins_with("o") & Attr("n").between(4, 5), {"n": 6}),
    (Attr("id").gt("a") & Attr("lines[0].sku").is_in(["a", "b"]), {"lines": []}),
    (Attr("lines[0]").eq({"sku": "a"}) | Attr("id").eq("other"), {"lines": []}),
    (~Attr("owner.id").begins_with("y") & Attr("id").exists(), {"owner": {"id": "y"}}),
    (Attr("tags").contains("a") & Attr("id").contains("1"), {"tags": {"b"}}),
    (Attr("tags").size().gt(1) & Attr("id").size().lte(2), {"tags": {"b"}}),
    (Attr("n").attribute_type("N") & Attr("id").attribute_type("S"), {"n": "5"}),
    (Attr("#x").exists() & Attr("order-date").begins_with("2026") & Attr("id").exists(), {"order-date": "2025"}),
]

Make = Callable[..., str]


@pytest.fixture
def make(client: Any) -> Make:
    """Creates a table with the key id, and puts items into it."""

    def create(*items: dict[str, Any], **options: Any) -> str:
        name = f"filter.{uuid4().hex[:8]}"
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            **{
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                **options,
            },
        )
        for item in items:
            client.put_item(TableName=name, Item=_raw(item))
        return name

    return create


def _raw(item: dict[str, Any]) -> dict[str, Any]:
    return {name: TypeSerializer().serialize(value) for name, value in item.items()}


def _items(client: Any, table: str) -> dict[str, dict[str, Any]]:
    found = client.scan(TableName=table, ConsistentRead=True)["Items"]
    items = [{name: TypeDeserializer().deserialize(value) for name, value in item.items()} for item in found]
    return {item["id"]: item for item in items}


def _run(client: Any, table: str, transform: Any, **options: Any) -> dict[str, float]:
    source = MemorySource()
    source.add(Migration("1", "rewrite", do=Backfill(table, transform, segments=1, **options)))
    figures: list[Any] = [{}]
    migrate(source, MemoryTarget(), dynamodb=client, measure=figures.append)
    last: dict[str, float] = figures[-1]
    return last


def _touch_while(client: Any, table: str, change: dict[str, Any]) -> Any:
    """A transform that reads nothing, while the application changes the item, once."""
    waiting = [change]

    @acting
    def touch(item: Any, ctx: Any) -> Update:
        if waiting:
            for name, value in waiting.pop().items():
                words: dict[str, Any] = {"ExpressionAttributeNames": {"#n": name}, "UpdateExpression": "REMOVE #n"}
                if value is not None:
                    words["UpdateExpression"] = "SET #n = :v"
                    words["ExpressionAttributeValues"] = {":v": TypeSerializer().serialize(value)}
                client.update_item(TableName=table, Key=_raw({"id": "o1"}), **words)
        return Update(set={"touched": True})

    return touch


@pytest.mark.parametrize(("condition", "change"), FILTERS)
def test_an_item_that_no_longer_matches_is_left_alone(client: Any, make: Make, condition: Any, change: Any) -> None:
    """In whatever form it is said, and whether or not it names the key."""
    table = make(ITEM)
    figures = _run(client, table, _touch_while(client, table, change), filter=condition)
    assert "touched" not in _items(client, table)["o1"]
    assert (figures["conflicts"], figures["written"]) == (1, 0)


@pytest.mark.parametrize("condition", [condition for condition, _ in FILTERS])
def test_an_item_that_matches_is_written(client: Any, make: Make, condition: Any) -> None:
    """And what it does not look at may change."""
    table = make(ITEM)
    figures = _run(client, table, _touch_while(client, table, {"beside": 1}), filter=condition)
    assert _items(client, table)["o1"] == {**ITEM, "beside": 1, "touched": True}
    assert figures["conflicts"] == 0


@pytest.mark.parametrize(
    "condition", [Attr("owner.id").eq("x"), Attr("owner.id").eq("x") & Attr("id").eq("o1"), "owner.id <> id OR id = n"]
)
def test_one_that_has_changed_and_still_matches_is_transformed_again(client: Any, make: Make, condition: Any) -> None:
    """As it is now."""
    table = make(ITEM)
    touch = _touch_while(client, table, {"owner": {"id": "x", "since": 2}})

    def copy(item: Any, ctx: Any) -> Update:
        since = item["owner"].get("since", 1)
        touch(item, ctx)
        return Update(set={"since": since})

    figures = _run(client, table, copy, filter=condition)
    assert _items(client, table)["o1"] == {**ITEM, "owner": {"id": "x", "since": 2}, "since": 2}
    assert (figures["conflicts"], figures["written"]) == (1, 1)


@pytest.mark.parametrize("condition", ["attribute_not_exists(gone)", "attribute_not_exists(gone) AND NOT id = n"])
def test_one_that_was_deleted_stays_deleted(client: Any, make: Make, condition: Any) -> None:
    """An item that is not there matches what asks for nothing; looking again makes none."""
    table = make(ITEM)

    @acting
    def touch(item: Any, ctx: Any) -> Update:
        client.delete_item(TableName=table, Key=_raw({"id": "o1"}))
        return Update(set={"touched": True})

    figures = _run(client, table, touch, filter=condition)
    assert _items(client, table) == {}
    assert figures["gone"] == 1


def _indexed(make: Make, kind: str) -> str:
    schema = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}]
    index = {
        "IndexName": "by-n",
        "KeySchema": schema if kind == "local" else [{"AttributeName": "n", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["owner", "touched", "a.b"]},
    }
    return make(
        {**ITEM, "sort": 1, "a.b": "dotted"},
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}]
        + [{"AttributeName": name, "AttributeType": "N"} for name in ("n", "sort")],
        KeySchema=[schema[0], {"AttributeName": "sort", "KeyType": "RANGE"}],
        **{"LocalSecondaryIndexes" if kind == "local" else "GlobalSecondaryIndexes": [index]},
    )


@pytest.mark.parametrize("kind", ["global", "local"])
@pytest.mark.parametrize("projection", [None, ["owner.id", "a.b", "touched"], ["owner", "touched"]])
def test_paths_into_what_an_index_has_can_be_used(client: Any, make: Make, kind: str, projection: Any) -> None:
    """Also in ``projection``, where a path means the whole attribute, as that is what is guarded."""
    table = _indexed(make, kind)

    def touch(item: Any, ctx: Any) -> Update:
        return Update(set={"touched": item["owner"]["status"]})

    for condition in ("attribute_exists(owner.id)", Attr("owner.id").eq("x") & Attr("id").exists()):
        _run(client, table, touch, filter=condition, index="by-n", projection=projection)
    assert _items(client, table)["o1"]["touched"] == "A"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filter": Attr("lines[0].sku").exists()}, "The index that is scanned has not lines, which filter= names."),
        ({"filter": "attribute_exists(tags) AND id <> status"}, "has not tags, status, which filter= names"),
        ({"projection": ["lines[0].sku"]}, "has not lines, which projection= names"),
    ],
)
def test_what_an_index_has_not_is_told_before_anything_is_read(
    client: Any, make: Make, options: Any, message: str
) -> None:
    """Nobody could tell whether it changes."""
    table = _indexed(make, "global")
    with pytest.raises(MigrationFailed) as caught:
        _run(client, table, lambda item, ctx: Update(set={"touched": 1}), index="by-n", **options)
    assert message in str(caught.value)


def test_a_projection_takes_paths_and_names_with_dots(client: Any, make: Make) -> None:
    """Of a table: the attribute that a path leads into, and the one that is called so."""
    table = make({**ITEM, "a.b": "dotted", "lines": [{"sku": "a"}]})

    def look(item: Any, ctx: Any) -> Put:
        seen = [item["owner"]["id"], item["a.b"], item["lines"][0]["sku"], item.get("a")]
        return Put({"id": "copy", "seen": seen})

    _run(client, table, look, projection=["owner.id", "a.b", "lines[0].sku"], filter=Attr("id").ne("copy"))
    assert _items(client, table)["copy"]["seen"] == ["x", "dotted", "a", None]
