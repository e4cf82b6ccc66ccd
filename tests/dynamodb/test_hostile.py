"""Whatever names and values an item has: a backfill leaves a table as a naive loop leaves it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from dynamigrate import Backfill, Delete, MemorySource, MemoryTarget, Migration, Put, Update, migrate
from dynamigrate.backfill.values.codec import encode, same
from tests.acting import acting
from tests.unit.backfill import values as dynamodb_values

HOSTILE = [
    *(
        "#x",
        "#n0",
        "#p0",
        "#k",
        ":x",
        ":p0",
        "a#b",
        "a:b",
        "a.b",
        "a.b.c",
        ".",
        "a[0]",
        "[0]",
        "a",
        "?",
        "a=?",
        "%s",
        "{0}",
    ),
    *(
        'quo"te',
        '""',
        "it's",
        "`tick`",
        "\\",
        "a b",
        " ",
        "\n",
        "\t",
        "--",
        "/*",
        "a,b",
        "(",
        "$",
        "@",
        "-",
        "a-b",
        "a/b",
    ),
    *("SELECT", "status", "size", "order", "null", "MISSING", "a AND b", "x WHERE y", "a IS MISSING", "a SET b"),
    *("é", "naïve-é#1", "😀", "\u200b", "\u0301", "x" * 255, "é" * 400, "x" * 5000),
]
_deep: Any = "deep"
for _level in range(30):
    _deep = [_deep] if _level % 2 else {"#x": _deep}
LIMITS: list[Any] = [
    *(Decimal(number) for number in ("9" * 38, "-1E-130", "9." + "9" * 37 + "E+125", "-0", "0.00", "1.500", "1E+37")),
    *({Decimal("1.0"), Decimal("2E+1")}, {"b", "a", ""}, {Binary(b""), Binary(b"\x00")}, "", Binary(b""), [], {}, None),
    *(bytearray(b"ab"), "x" * 100_000, _deep, [[[]], {" ": None}]),
]
# MiniStack takes an item with an attribute of such a name for a value of that type, and refuses the loop's own update.
_TYPES = frozenset({"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"})
names = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(lambda name: name not in _TYPES),
)
# Whatever can be in an item, but for what no request can carry: text that is no Unicode, and a name that is empty.
values = st.one_of(
    st.sampled_from(LIMITS), dynamodb_values.values_of(st.text(st.characters(codec="utf-8"), max_size=8), names)
)
attributes = st.dictionaries(names.filter(lambda name: name != "pk"), values, max_size=5)
writes = st.one_of(
    st.none(),
    st.tuples(st.just("update"), attributes, st.lists(names, max_size=3)),
    st.tuples(st.just("put"), attributes),
    st.tuples(st.just("merge"), attributes),
    st.tuples(st.just("other"), attributes),
    st.tuples(st.just("list"), attributes, attributes),
    st.just(("delete",)),
)
rows = st.lists(st.tuples(attributes, writes), min_size=1, max_size=8)


class Deserializer(TypeDeserializer):
    """The SDK's, but for large numbers: it can't read back all that it can send."""

    def _deserialize_n(self, value: str) -> Decimal:
        return Decimal(value)


class Serializer(TypeSerializer):
    """The same, the other way."""

    def _serialize_n(self, value: Any) -> str:
        return str(value)


def _raw(item: dict[str, Any]) -> dict[str, Any]:
    return {name: Serializer().serialize(value) for name, value in item.items()}


def _typed(value: Any) -> Any:
    """To Python, True is 1."""
    if isinstance(value, dict):
        return {name: _typed(one) for name, one in value.items()}
    return [_typed(one) for one in value] if isinstance(value, list) else (type(value), value)


def _no_paths(item: dict[str, Any], wanted: dict[str, Any], names: Iterable[str]) -> list[str]:
    """*names* less those that a backfill takes for a mistake: for a path into what is there, or will be."""
    tops = {name: name.replace("[", ".").split(".")[0] for name in names}
    return [name for name, top in tops.items() if top == name or name in item or not (top in item or top in wanted)]


def _writes_of(plan: Any, item: dict[str, Any]) -> list[Any]:
    """What a transform with *plan* makes of *item*."""
    if plan is None:
        return []
    kind, *parts = plan
    pk = {"pk": item["pk"]}
    other = {"pk": f"other-{item['pk']}"}
    match kind:
        case "update":
            wanted = {name: parts[0][name] for name in _no_paths(item, parts[0], parts[0])}
            gone = [name for name in _no_paths(item, parts[0], parts[1]) if name not in wanted and name != "pk"]
            return [Update(set=wanted, remove=gone)]
        case "put":
            return [Put({**parts[0], **pk})]
        case "merge":
            return [Put({**item, **parts[0], **pk})]
        case "other":
            return [Put({**parts[0], **other})]
        case "list":
            wanted = {name: parts[0][name] for name in _no_paths(item, parts[0], parts[0])}
            return [Update(set=wanted), Put({**parts[1], **other})]
    return [Delete()]


class Tables:
    """Two tables with the same items: one for the backfill, one for the loop."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.ours, self.naive = (f"hostile.{uuid4().hex[:8]}" for _ in range(2))
        for name in (self.ours, self.naive):
            client.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            )

    def fill(self, items: list[dict[str, Any]]) -> None:
        for table in (self.ours, self.naive):
            for pk in self.content(table):
                self.client.delete_item(TableName=table, Key=_raw({"pk": pk}))
            for item in items:
                self.client.put_item(TableName=table, Item=_raw(item))

    def content(self, table: str) -> dict[str, dict[str, Any]]:
        pages = self.client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        found = [item for page in pages for item in page["Items"]]
        items = [{name: Deserializer().deserialize(value) for name, value in item.items()} for item in found]
        return {item["pk"]: item for item in items}

    def typed(self, table: str) -> Any:
        """Its content, so that what is equal is of one type too."""
        return _typed(self.content(table))

    def loop(self, plans: dict[str, Any]) -> None:
        """As anybody would write it who knows of no other writer."""
        for pk, item in self.content(self.naive).items():
            for write in _writes_of(plans.get(pk), item):
                self._write(self.naive, pk, write)

    def set(self, pk: str, name: str, value: Any) -> None:
        """The application does it, in both."""
        for table in (self.ours, self.naive):
            self._write(table, pk, Update(set={name: value}))

    def backfill(self, plans: dict[str, Any], meanwhile: Any = None) -> dict[str, float]:
        """Returns its last figures. *meanwhile* is called once, when an item was read."""
        waiting = [meanwhile] if meanwhile else []

        @acting
        def transform(item: Any, ctx: Any) -> Any:
            read = dict(item)
            if waiting:
                waiting.pop()()
            made = _writes_of(plans.get(read["pk"]), read)
            return made if len(made) > 1 else made[0] if made else None

        figures: list[Any] = [{}]
        source = MemorySource()
        source.add(Migration("1", "rewrite", do=Backfill(self.ours, transform, segments=1)))
        migrate(source, MemoryTarget(), dynamodb=self.client, measure=figures.append)
        last: dict[str, float] = figures[-1]
        return last

    def _write(self, table: str, pk: str, write: Any) -> None:
        key = _raw({"pk": pk})
        if isinstance(write, Put):
            self.client.put_item(TableName=table, Item=_raw(dict(write.item)))
        elif isinstance(write, Delete):
            self.client.delete_item(TableName=table, Key=key)
        else:
            aliases = {f"#a{n}": name for n, name in enumerate([*write.set, *dict.fromkeys(write.remove)])}
            marks = list(aliases)
            sets, removes = marks[: len(write.set)], marks[len(write.set) :]
            expression = "SET " + ", ".join(f"{mark} = :v{n}" for n, mark in enumerate(sets)) if sets else ""
            expression += " REMOVE " + ", ".join(removes) if removes else ""
            if not expression:
                return
            request = {"UpdateExpression": expression.strip(), "ExpressionAttributeNames": aliases}
            if sets:
                new = {f":v{n}": Serializer().serialize(value) for n, value in enumerate(write.set.values())}
                request["ExpressionAttributeValues"] = new
            self.client.update_item(TableName=table, Key=key, **request)


@pytest.fixture(
    params=[
        pytest.param("ministack_dynamodb", marks=pytest.mark.ministack),
        pytest.param("dynamodb_local", marks=pytest.mark.dynamodb_local),
    ]
)
def tables(request: pytest.FixtureRequest) -> Tables:
    """In each service in turn; emptied between examples."""
    return Tables(request.getfixturevalue(request.param))


_examples = settings(
    max_examples=30,
    # To explain a failure takes a minute, and shrinking says it all.
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _items(drawn: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    keyed = {f"p{number}": row for number, row in enumerate(drawn)}
    return [{**item, "pk": pk} for pk, (item, _) in keyed.items()], {pk: plan for pk, (_, plan) in keyed.items()}


EVERY_NAME = [({name: "x", "other": 1}, ("update", {name: "y"}, ["other"])) for name in HOSTILE]
EVERY_NAME_GOES = [({name: "x"}, ("update", {"other": 1}, [name])) for name in HOSTILE]
EVERY_LIMIT = [
    ({"from": number, "to": value}, ("merge", {"to": value, "new": value})) for number, value in enumerate(LIMITS)
]


@_examples
@example(EVERY_NAME)
@example(EVERY_NAME_GOES)
@example(EVERY_LIMIT)
@given(rows)
def test_a_table_is_left_as_a_loop_leaves_it(tables: Tables, drawn: Any) -> None:
    """And whoever runs it again writes nothing but other items, whatever is there."""
    items, plans = _items(drawn)
    tables.fill(items)
    tables.loop(plans)
    tables.backfill(plans)
    assert tables.typed(tables.ours) == tables.typed(tables.naive)
    again = {pk: plan for pk, plan in plans.items() if plan and plan[0] in ("update", "put", "merge")}
    assert tables.backfill(again)["written"] == 0
    assert tables.typed(tables.ours) == tables.typed(tables.naive)


@_examples
@given(attributes.filter(bool), attributes.filter(bool), st.data())
def test_whatever_changes_meanwhile_is_seen(tables: Tables, item: Any, wanted: Any, data: Any) -> None:
    """Under any name, from any value to any other."""
    tables.fill([{**item, "pk": "p"}])
    name, value = data.draw(st.sampled_from(sorted(item))), data.draw(values)
    if same(encode(item[name]), encode(value)):
        value = {"another": value}
    plans = {"p": ("put", {**wanted, "copy": {"of": name}})}
    figures = tables.backfill(plans, lambda: tables.set("p", name, value))
    tables.loop(plans)
    assert tables.typed(tables.ours) == tables.typed(tables.naive)
    assert figures["conflicts"] == 1
