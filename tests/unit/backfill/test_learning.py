"""What is not read of an item is read when it is asked for; nobody notices but the clock."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from itertools import pairwise
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamigrate import Item, MigrationFailed, Put, Update
from dynamigrate.backfill import learning, reader
from dynamigrate.backfill.learning import Learner
from dynamigrate.backfill.values.codec import decode_all
from tests.acting import acting
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables, orders

COUNT = 40
LEARNED = 10
REREAD_OR_WRITTEN = {"GetItem", "BatchExecuteStatement"}
LAST = f"order-{COUNT - 1:05}"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten items are enough to learn from, and five are a page."""
    monkeypatch.setattr(learning, "ENOUGH_ITEMS", LEARNED)
    monkeypatch.setattr(reader, "_PAGE_ITEMS", 5)


@pytest.fixture
def keeps_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little is enough to learn from, and however many items are read again, learning goes on."""
    monkeypatch.setattr(learning, "ENOUGH_ITEMS", 4)
    monkeypatch.setattr(learning, "_MOST_READ_AGAIN", 10_000)
    monkeypatch.setattr(reader, "_PAGE_ITEMS", 2)


class Watched(Tables):
    """
    Attributes:
        read: Of each Scan the names that it asked for; None: all.
    """

    def __init__(self, **tables: Any) -> None:
        super().__init__(**tables)
        self.read: list[set[str] | None] = []
        self.before = self._watch

    def _watch(self, operation: str, request: Any) -> None:
        if operation == "Scan":
            names = request.get("ExpressionAttributeNames", {})
            expression = request.get("ProjectionExpression")
            self.read.append({names[one] for one in expression.split(",")} if expression else None)


def wide(count: int = COUNT) -> dict[str, Any]:
    """Orders of which a transform needs little."""
    return orders(count, **{f"a{number}": {"S": "x" * 20} for number in range(8)}, paid={"BOOL": True})


def add_status(item: Item, ctx: Any) -> Update | None:
    return None if "status" in item else Update(set={"status": "PAID" if item["paid"] else "NEW"})


def test_only_what_transform_reads_is_read(backfill: RunBackfill) -> None:
    """After some items that were read whole; what it looks for and does not find is read, too."""
    tables = Watched(orders=wide())
    backfill(tables, add_status, segments=1, threads=1)
    assert tables.read[0] is None
    assert tables.read[-1] == {"id", "paid", "status"}
    assert tables.requests["GetItem"] == 0
    assert all(row["status"] == {"S": "PAID"} and len(row) >= 11 for row in tables["orders"].values())


@pytest.mark.parametrize(
    "transform",
    [
        lambda item, ctx: Put({**item, "status": "NEW"}),
        lambda item, ctx: Update(set={"count": len(item)}),
        lambda item, ctx: Update(set={"names": sorted(item.keys())}),
        lambda item, ctx: Update(set={"copy": {name: str(value) for name, value in item.items()}}),
    ],
    ids=["it is put", "counted", "its names", "all of it"],
)
def test_who_reads_all_gets_all(backfill: RunBackfill, transform: Any) -> None:
    """There is nothing to spare."""
    tables, expected = Watched(orders=wide()), Tables(orders=wide())
    backfill(tables, transform, segments=1, threads=1)
    assert set(map(type, tables.read)) == {type(None)}
    assert tables["orders"] == naive(expected, transform)["orders"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda item: item["a7"],
        lambda item: item.get("a7"),
        lambda item: "a7" in item and item["a7"],
        lambda item: dict(item)["a7"],
        lambda item: {**item}["a7"],
        lambda item: next(value for name, value in item.items() if name == "a7"),
        lambda item: "a7" in item.keys() and item["a7"],  # noqa: SIM118 - it is asked in another way
        lambda item: item.copy()["a7"],
        lambda item: deepcopy(item)["a7"],
        lambda item: next(value for value in item.values() if value == "x" * 20),
    ],
)
def test_an_item_that_asks_for_more_is_read_whole(backfill: RunBackfill, ask: Callable[[Any], Any]) -> None:
    """However it asks. The transform is called again, with all there is."""
    last = f"order-{COUNT - 1:05}"

    def transform(item: Item, ctx: Any) -> Update:
        return Update(set={"status": ask(item) if item["id"] == last else "NEW"})

    tables = Watched(orders=wide())
    backfill(tables, transform, segments=1, threads=1)
    assert tables["orders"][last]["status"] == {"S": "x" * 20}
    assert tables.requests["GetItem"] == 1


def test_a_transform_that_catches_everything_is_called_again_all_the_same(backfill: RunBackfill) -> None:
    """What it returned was made of less than there is."""
    last = f"order-{COUNT - 1:05}"

    def transform(item: Item, ctx: Any) -> Update:
        status = "NEW"
        if item["id"] == last:
            try:
                status = item["a7"]
            except BaseException:
                status = "WRONG"
        return Update(set={"status": status})

    tables = Watched(orders=wide())
    backfill(tables, transform, segments=1, threads=1)
    assert tables["orders"][last]["status"] == {"S": "x" * 20}


@pytest.mark.parametrize("skip", [False, True])
def test_what_is_removed_or_set_is_read_first(backfill: RunBackfill, skip: bool) -> None:
    """An attribute that no item before had to do with is no reason to leave it, or to write it twice."""
    last = f"order-{COUNT - 1:05}"

    def transform(item: Item, ctx: Any) -> Update | None:
        if item["id"] != last:
            return Update(set={"status": "NEW"})
        return Update(set={"a1": "x" * 20, "a2": "new"}, remove=["a3"], when={"a4": "x" * 20})

    tables = Watched(orders=wide())
    backfill(tables, transform, segments=1, threads=1, on_error="skip" if skip else "stop")
    row = tables["orders"][last]
    assert "a3" not in row
    assert (row["a1"], row["a2"]) == ({"S": "x" * 20}, {"S": "new"})


def test_a_put_of_what_was_not_looked_at_replaces_all_of_the_item(backfill: RunBackfill) -> None:
    """It takes away what it does not have, which has to be known for that."""
    tables = Watched(orders=wide())

    def transform(item: Item, ctx: Any) -> Update | Put:
        return Put({"id": LAST, "status": "NEW"}) if item["id"] == LAST else Update(set={"status": "NEW"})

    backfill(tables, transform, segments=1, threads=1)
    assert tables["orders"][LAST] == {"id": {"S": LAST}, "status": {"S": "NEW"}}


def test_one_that_asks_for_more_every_time_is_given_all(backfill: RunBackfill) -> None:
    """Reading items twice would cost more than reading less saves."""
    asked: Iterator[int] = iter(range(10_000))

    @acting
    def transform(item: Item, ctx: Any) -> Update:
        number = next(asked)
        if number > LEARNED:
            item.get(f"b{number}")
        return Update(set={"status": "NEW"})

    tables = Watched(orders=wide(200))
    backfill(tables, transform, segments=1, threads=1)
    assert tables.read[-1] is None
    assert tables.requests["GetItem"] < 10


def test_what_was_not_read_is_guarded_once_it_is(backfill: RunBackfill) -> None:
    """The application writes between the scan and the moment when the item is read whole, and after that."""
    last = f"order-{COUNT - 1:05}"

    def transform(item: Item, ctx: Any) -> Update:
        return Update(set={"status": item["a7"] if item["id"] == last else "NEW"})

    tables = Watched(orders=wide())
    watch, writes = tables.before, iter(["second", "third"])

    def before(operation: str, request: Any) -> None:
        watch(operation, request)
        if operation in {"GetItem", "BatchExecuteStatement"} and tables.requests["GetItem"]:
            with suppress(StopIteration):
                tables["orders"][last]["a7"] = {"S": next(writes)}

    tables.before = before
    backfill(tables, transform, segments=1, threads=1)
    assert tables["orders"][last]["status"] == {"S": "third"}


@pytest.mark.parametrize("only", [None, Attr("id").begins_with("order")])
def test_a_dry_run_reads_all_and_writes_nothing(backfill: RunBackfill, only: Any) -> None:
    """It finds the item that would be too large by what transform does not look at; a filter may look at the key."""
    rows = wide()
    rows[LAST]["a7"] = {"S": "x" * 395_000}
    tables = Watched(orders=rows)
    dry = {"dry_run": True}
    with pytest.raises(MigrationFailed, match="bytes"):
        backfill(
            tables,
            lambda item, ctx: Update(set={"status": "y" * 20_000}),
            segments=1,
            threads=1,
            filter=only,
            settings=dry,
        )
    assert set(tables.read) == {None}
    assert tables.requests.keys() <= {"DescribeTable", "Scan"}


def test_a_filter_that_looks_at_the_key_leaves_all_to_be_read(backfill: RunBackfill) -> None:
    """Such an item can only be read again by an update, and one that needs no write must not cost one."""
    tables = Watched(orders=wide())

    def transform(item: Item, ctx: Any) -> None:
        if item["id"] == LAST:
            assert item["a7"] == "x" * 20

    backfill(tables, transform, segments=1, threads=1, filter=Attr("id").begins_with("order"))
    assert set(tables.read) == {None}
    assert tables.requests.keys() <= {"DescribeTable", "Scan"}


def test_what_is_returned_for_too_little_is_not_judged(backfill: RunBackfill) -> None:
    """A transform that catches everything, and returns nonsense then, is called again with the whole item."""

    def transform(item: Item, ctx: Any) -> Any:
        if item["id"] != LAST:
            return Update(set={"status": "NEW"})
        try:
            return Update(set={"status": item["a7"]})
        except BaseException:
            return "nonsense"

    tables = Watched(orders=wide())
    backfill(tables, transform, segments=1, threads=1)
    assert tables["orders"][LAST]["status"] == {"S": "x" * 20}


def test_a_learner_that_stopped_stays_stopped() -> None:
    """Also where another thread stops it while an item waits to be looked at."""
    learner = Learner(["id"], enough=1)
    raw = {f"a{number}": {"S": "x"} for number in range(20)}
    learner.observe(raw, ["a1"])
    assert set(learner.known or ()) == {"id", "a1"}
    free = learner._one_at_a_time

    class StopsFirst:
        def __enter__(self) -> None:
            learner._one_at_a_time = free
            for _ in range(2):
                learner.read_again()

        def __exit__(self, *error: object) -> None: ...

    learner._one_at_a_time = StopsFirst()  # type: ignore[assignment]
    learner.observe(raw, ["a2"])
    now: tuple[object, bool] = (learner.known, learner.is_open)
    assert now == (None, False)


def test_what_is_read_grows_with_what_is_asked_for(backfill: RunBackfill, monkeypatch: pytest.MonkeyPatch) -> None:
    """An attribute that was asked for once is read of all later items, so that none of them is read again for it."""
    monkeypatch.setattr(learning, "_MOST_READ_AGAIN", 100)

    def transform(item: Item, ctx: Any) -> Update:
        number = int(item["id"].removeprefix("order-"))
        return Update(set={"status": item["a7" if number >= 30 else "a6" if number >= 20 else "a5"]})

    tables = Watched(orders=wide(60))
    backfill(tables, transform, segments=1, threads=1)
    narrowed = [names for names in tables.read if names is not None]
    assert all(before <= after for before, after in pairwise(narrowed))
    assert narrowed[0] == {"id", "status", "a5"}
    assert narrowed[-1] == {"id", "status", "a5", "a6", "a7"}
    # The rest of the page on which each was asked for first.
    assert tables.requests["GetItem"] == 10


NAMES = [f"a{number}" for number in range(12)]
# A value that a rule asks for is met now and then: not in the first items alone.
rows = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 15).map(lambda n: {"N": str(n)}), min_size=6)
rules = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.integers(0, 3),
        st.sampled_from(NAMES),
        st.sampled_from(["set", "remove", "copy", "whole", "look"]),
    ),
    min_size=1,
    max_size=5,
)


def transform_of(rules: list[tuple[str, int, str, str]]) -> Any:
    """One that reads names by values of others, in turn, and does what the first rule says that holds."""

    def transform(item: Any, ctx: Any) -> Any:
        for name, value, other, what in rules:
            if item.get(name) != value:
                continue
            match what:
                case "set":
                    return Update(set={other: 9})
                case "remove":
                    return Update(remove=[other])
                case "copy":
                    return Update(set={"copy": item.get(other, "none")})
                case "whole":
                    return Put({**item, "whole": item.get(other, "none")})
                case _:
                    return Update(set={"found": other in item})
        return None

    return transform


def naive(tables: Tables, transform: Any) -> dict[str, Any]:
    """Every item whole, one after the other."""
    for row in tables["orders"].values():
        result = transform(decode_all(row), None)
        if isinstance(result, Put):
            encoded = Item(result.item)._raw
            for name in [name for name in row if name not in encoded]:
                del row[name]
            row.update(encoded)
        elif result is not None:
            row.update(Item(result.set)._raw)
            for name in result.remove:
                row.pop(name, None)
    return tables.items


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(rows, min_size=20, max_size=40), rules=rules)
def test_the_table_is_as_if_all_had_been_read(
    backfill: RunBackfill, target: Any, rows: list[Any], rules: list[Any]
) -> None:
    """Whatever transform asks for, and on whatever that depends."""
    named = {f"order-{number:05}": row for number, row in enumerate(rows)}
    tables, expected = Watched(orders=deepcopy(named)), Tables(orders=deepcopy(named))
    target.destroy()
    target.create()
    backfill(tables, transform_of(rules), segments=1, threads=1)
    assert tables.items == naive(expected, transform_of(rules))


@pytest.mark.parametrize(
    "names",
    [["a.b"], [""], [f"n{number}" for number in range(60)], ["x" * 250] * 1 + ["y" * 2_000]],
    ids=["dots", "", "many", "long"],
)
def test_names_that_no_expression_takes_are_read_with_all(names: list[str]) -> None:
    """Some services take dots for a path, and an expression has a limit."""
    learner = Learner(["id"], enough=1)
    learner.observe({f"a{number}": {"S": "x"} for number in range(200)}, names)
    assert (learner.known, learner.is_open) == (None, False)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.tuples(st.lists(rows, min_size=20, max_size=40), rules),
    meanwhile=st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 3)), min_size=15, max_size=30),
)
def test_no_update_of_a_live_writer_is_lost(
    backfill: RunBackfill, target: Any, keeps_learning: None, table: tuple[list[Any], list[Any]], meanwhile: list[Any]
) -> None:
    """
    The application changes items that are about to be read again or written, so transform has to see each change: in the
    end every item is as if the application had been first.
    """
    rows, rules = table
    named = {f"order-{number:05}": row for number, row in enumerate(rows)}
    tables, transform = Watched(orders=deepcopy(named)), transform_of(rules)
    watch, left = tables.before, list(meanwhile)
    expected = Tables(orders=deepcopy(named))

    def before(operation: str, request: Any) -> None:
        watch(operation, request)
        for key in sorted(set(re.findall(r"order-\d{5}", repr(request)))) if operation in REREAD_OR_WRITTEN else ():
            if not left or key not in named:
                return
            name, value = left.pop()
            for either in (tables, expected):
                either["orders"][key][name] = {"N": str(value)}

    tables.before = before
    target.destroy()
    target.create()
    backfill(tables, transform, verify=None, segments=4, threads=4, batch=3)
    assert tables.items == naive(expected, transform)
