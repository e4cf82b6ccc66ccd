"""However transform reads an item, what the application writes meanwhile is not lost."""

import copy
import json
import pickle
import pprint
from collections.abc import Callable
from enum import Enum
from typing import Any
from uuid import uuid4

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from dynamigrate import Backfill, MemorySource, MemoryTarget, Migration, Put, Update, migrate
from dynamigrate.backfill import learning, reader
from tests.acting import acting


class Field(str, Enum):  # noqa: UP042 - what many have
    N = "n"
    STATUS = "status"


def _run(client: Any, transform: Callable[[Any], Any], *, meanwhile: dict[str, Any], **item: Any) -> tuple[Any, Any]:
    """The item and the last figures; *meanwhile* is set once, after the first call of *transform*."""
    table = f"reads-{uuid4().hex[:8]}"
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    client.get_waiter("table_exists").wait(TableName=table)
    serialize = TypeSerializer().serialize
    client.put_item(TableName=table, Item={name: serialize(value) for name, value in {"pk": "p", **item}.items()})
    left = dict(meanwhile)

    @acting
    def beside(item: Any, ctx: Any) -> Any:
        result = transform(item)
        while left:
            name, value = left.popitem()
            client.update_item(
                TableName=table,
                Key={"pk": {"S": "p"}},
                UpdateExpression="SET #n = :v",
                ExpressionAttributeNames={"#n": name},
                ExpressionAttributeValues={":v": serialize(value)},
            )
        return result

    source = MemorySource()
    source.add(Migration("1", "rewrite", do=Backfill(table, beside, segments=1)))
    figures: list[Any] = [{}]
    migrate(source, MemoryTarget(), dynamodb=client, measure=figures.append)
    found = client.get_item(TableName=table, Key={"pk": {"S": "p"}}, ConsistentRead=True)["Item"]
    return {name: TypeDeserializer().deserialize(value) for name, value in found.items()}, figures[-1]


def _matched(item: Any) -> Any:
    match item:
        case {"n": n}:
            return n
    raise AssertionError


READS: dict[str, Callable[[Any], Any]] = {
    "by name": lambda item: item["n"],
    "by an enum": lambda item: item[Field.N],
    "get": lambda item: item.get(Field.N),
    "copy": lambda item: copy.copy(item)["n"],
    "deepcopy": lambda item: copy.deepcopy({"deep": [item]})["deep"][0]["n"],
    "its copy": lambda item: item.copy()["n"],
    "pickle": lambda item: pickle.loads(pickle.dumps([item]))[0]["n"],
    "json": lambda item: 1 if "Decimal('1')" in json.dumps([item], default=str) else 50,
    "json of a dict": lambda item: int(json.loads(json.dumps(dict(item), default=str))["n"]),
    "repr": lambda item: 1 if "Decimal('1')" in repr(item) else 50,
    "text": lambda item: 1 if "Decimal('1')" in f"{item}" else 50,
    "pprint": lambda item: 1 if "Decimal('1')" in pprint.pformat({"item": item}) else 50,
    "equality": lambda item: 1 if item == {"pk": "p", "n": 1} else 50,
    "match": _matched,
    "reversed": lambda item: dict.fromkeys(reversed(item)) and item["n"],
    "made anew": lambda item: type(item)(item)["n"],
    "its class's": lambda item: item.__class__(item)["n"],
    "|": lambda item: ({} | item)["n"],
    "**": lambda item: dict(**item)["n"],
}


@pytest.mark.parametrize("read", READS.values(), ids=list(READS))
def test_what_is_read_is_guarded(client: Any, read: Callable[[Any], Any]) -> None:
    """The item is transformed again, of what it is now."""
    item, figures = _run(client, lambda item: Update(set={"twice": read(item) * 2}), meanwhile={"n": 50}, n=1)
    assert item == {"pk": "p", "n": 50, "twice": 100}
    assert figures["conflicts"] == 1


@pytest.mark.parametrize("read", [lambda item: Field.STATUS in item, lambda item: item.get(Field.STATUS)])
def test_what_was_looked_for_and_not_there_is_guarded(client: Any, read: Callable[[Any], Any]) -> None:
    """What the application sets meanwhile stays."""
    item, figures = _run(
        client, lambda item: None if read(item) else Update(set={"new": True}), meanwhile={"status": "PAID"}
    )
    assert item == {"pk": "p", "status": "PAID"}
    assert figures["conflicts"] == 1


def test_what_was_changed_in_place_and_returned_is_guarded(client: Any) -> None:
    """The same list, with something in it that was not there."""

    def transform(item: Any) -> Update:
        if "x" not in item["lines"]:
            item["lines"].append("x")
        return Update(set={"lines": item["lines"]})

    item, figures = _run(client, transform, meanwhile={"lines": ["a", "live"]}, lines=["a"])
    assert item == {"pk": "p", "lines": ["a", "live", "x"]}
    assert figures["conflicts"] == 1


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cleaned(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return None if value == "" else value


def test_a_helper_that_tells_dicts_by_isinstance_works(client: Any) -> None:
    """And what it went through is guarded."""
    item, figures = _run(
        client, lambda item: Put(_cleaned(item)), meanwhile={"note": "live"}, note="", lines=["", {"deep": ""}]
    )
    assert item == {"pk": "p", "note": "live", "lines": [None, {"deep": None}]}
    assert figures["conflicts"] == 1


def test_names_and_values_of_enums_are_written_as_text(client: Any) -> None:
    """In maps too, and once: the second time there is nothing to write."""
    wanted = {Field.STATUS: Field.N, "map": {Field.N: [Field.STATUS]}, "set": {Field.N}}
    item, figures = _run(client, lambda item: Update(set=wanted, remove=[Field.N]), meanwhile={}, n=1)
    assert item == {"pk": "p", "status": "n", "map": {"n": ["status"]}, "set": {"n"}}
    assert figures["written"] == 1
    item.pop("pk")
    _, figures = _run(client, lambda item: Update(set=wanted, remove=[Field.N]), meanwhile={}, **item)
    assert figures["written"] == 0


def test_what_is_learned_not_to_be_read_is_neither_lost_nor_overwritten(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a live writer between the scan and each write: as a loop would leave it that reads every item whole."""
    monkeypatch.setattr(learning, "ENOUGH_ITEMS", 4)
    monkeypatch.setattr(reader, "_PAGE_ITEMS", 2)
    table, count = f"learned-{uuid4().hex[:8]}", 16
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    client.get_waiter("table_exists").wait(TableName=table)
    others = {f"other{number}": {"S": "x"} for number in range(8)}
    for number in range(count):
        item = {"pk": {"S": f"p{number:02}"}, "n": {"N": str(number)}, **others}
        client.put_item(TableName=table, Item=item)
    written: set[str] = set()

    @acting
    def transform(item: Any, ctx: Any) -> Any:
        key = item["pk"]
        # Of some items another attribute decides, which the first ones did not have to do with.
        result = Update(set={"sum": item["n"] + (int(item["other7"] == "y") if int(item["n"]) % 5 == 4 else 0)})
        if key not in written:
            written.add(key)
            client.update_item(
                TableName=table,
                Key={"pk": {"S": key}},
                UpdateExpression="SET other7 = :y, beside = :n",
                ExpressionAttributeValues={":y": {"S": "y"}, ":n": {"S": "live"}},
            )
        return result

    source = MemorySource()
    source.add(Migration("1", "rewrite", do=Backfill(table, transform, segments=1)))
    migrate(source, MemoryTarget(), dynamodb=client)
    found = client.scan(TableName=table, ConsistentRead=True)["Items"]
    assert len(found) == count
    for item in found:
        number = int(item["n"]["N"])
        assert item["sum"] == {"N": str(number + int(number % 5 == 4))}
        assert item.keys() == {"pk", "n", "sum", "beside", *others}
        assert (item["other7"], item["beside"]) == ({"S": "y"}, {"S": "live"})
