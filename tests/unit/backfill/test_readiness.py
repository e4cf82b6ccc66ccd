"""Tables and indexes that are still being made are waited for, before anything is begun."""

import logging
from typing import Any

import pytest

from dynamigrate import MemorySource, MemoryTarget, Migration, MigrationFailed, Update
from dynamigrate.errors import NotReady
from dynamigrate.transport.readiness import awaited
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables
from tests.unit.fakes import FakeClock, migrate_in

INDEX = {
    "IndexName": "by-day",
    "KeySchema": [{"AttributeName": "day"}],
    "Projection": {"ProjectionType": "ALL"},
}


def change(item: Any, ctx: Any) -> Update:
    """Writes each item."""
    return Update(set={"status": "NEW"})


def becoming(tables: Tables, clock: FakeClock, seconds: float, before: Any, after: Any) -> None:
    """What the service says of the table changes after some seconds."""
    tables.described, ready_at = before, clock.monotonic() + seconds

    def look() -> None:
        if clock.monotonic() + 2 >= ready_at:
            tables.described = after

    clock.before_sleep = look


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ({"TableStatus": "CREATING"}, "table orders is CREATING"),
        ({"TableStatus": "UPDATING"}, "table orders is UPDATING"),
        (
            {"TableStatus": "UPDATING", "GlobalSecondaryIndexes": [{**INDEX, "IndexStatus": "CREATING"}]},
            "table orders is UPDATING and index by-day of orders is CREATING",
        ),
        (
            {
                "TableStatus": "ACTIVE",
                "GlobalSecondaryIndexes": [{**INDEX, "IndexStatus": "ACTIVE", "Backfilling": True}],
            },
            "index by-day of orders is CREATING",
        ),
    ],
)
def test_a_backfill_waits_for_its_table(
    backfill: RunBackfill, request: pytest.FixtureRequest, clock: FakeClock, before: Any, said: str
) -> None:
    """Said once; nothing is marked as begun meanwhile; then it goes on."""
    target: MemoryTarget = request.getfixturevalue("target")
    caplog: pytest.LogCaptureFixture = request.getfixturevalue("caplog")
    caplog.set_level(logging.INFO)
    tables = Tables(orders={"1": {}})
    becoming(tables, clock, 30, before, {"TableStatus": "ACTIVE"})
    look, begun = clock.before_sleep, []

    def watch() -> None:
        begun.append(bool(target.records()))
        look()

    clock.before_sleep = watch
    assert backfill(tables, change).applied == ("1",)
    assert tables["orders"]["1"]["status"] == {"S": "NEW"}
    assert begun[:10] == [False] * 10
    events = [record.message for record in caplog.records if getattr(record, "event", "") == "table.awaited"]
    assert len(events) == 1
    assert said in events[0]


def test_the_index_that_is_scanned_is_waited_for(backfill: RunBackfill, clock: FakeClock) -> None:
    """An index can be CREATING long after its table is ACTIVE."""
    tables = Tables(orders={"1": {}})
    before, after = ({"GlobalSecondaryIndexes": [{**INDEX, "IndexStatus": one}]} for one in ("CREATING", "ACTIVE"))
    becoming(tables, clock, 10, before, after)
    assert backfill(tables, change, index="by-day").applied == ("1",)
    assert sum(clock.slept) >= 8


def test_a_table_that_is_ready_costs_one_request(backfill: RunBackfill, clock: FakeClock) -> None:
    """As before."""
    tables = Tables(orders={})
    backfill(tables, change)
    assert tables.requests["DescribeTable"] == 1


@pytest.mark.parametrize("status", ["DELETING", "ARCHIVED", "ARCHIVING", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"])
def test_a_table_that_will_not_be_ready_is_told_at_once(
    backfill: RunBackfill, target: MemoryTarget, clock: FakeClock, status: str
) -> None:
    """With what to do, and nothing dirty."""
    tables = Tables(orders={})
    tables.described = {"TableStatus": status}
    with pytest.raises(MigrationFailed, match=f"The table orders is {status}"):
        backfill(tables, change)
    assert (clock.slept, target.records()) == ([], ())


def test_when_time_is_up_nothing_is_dirty(backfill: RunBackfill, target: MemoryTarget, clock: FakeClock) -> None:
    """Deploying again is all there is to do."""
    tables = Tables(orders={})
    tables.described = {"TableStatus": "CREATING"}
    end = clock.monotonic() + 100
    settings = {"remaining": lambda: end - clock.monotonic(), "reserve": 20.0}
    with pytest.raises(MigrationFailed, match=r"After 8\d s of waiting the table orders is CREATING still") as caught:
        backfill(tables, change, settings=settings)
    assert "is not dirty" in caught.value.next_step
    assert target.records() == ()


class Described:
    """Says of tables what has to be waited for."""

    def __init__(self, *answers: str) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    def __call__(self, table: str) -> str:
        self.asked.append(table)
        return self._answers.pop(0) if self._answers else ""


def _migrate(target: MemoryTarget, clock: FakeClock, do: Any, awaited: Described, **options: Any) -> Any:
    source = MemorySource()
    source.add(Migration("1", "change orders", do=do))
    tables = {"orders": "Data-Orders", "users": "Data-Users"}
    return migrate_in(source, target, clock=clock, awaited=awaited, tables=tables, **options)


def test_a_function_waits_for_the_tables_that_it_names(target: MemoryTarget, clock: FakeClock) -> None:
    """Each is looked at once, and those that it does not name never."""

    def do(ctx: Any) -> None:
        for _ in range(3):
            assert ctx.tables["orders"] == "Data-Orders"

    described = Described("table Data-Orders is CREATING", "table Data-Orders is CREATING")
    assert _migrate(target, clock, do, described).applied == ("1",)
    assert described.asked == ["Data-Orders"] * 3
    assert len(clock.slept) == 2
    assert _migrate(target, clock, do, described).applied == ()
    assert len(described.asked) == 3, "with nothing to do nobody asks"


def test_looking_names_up_asks_for_nothing_else(target: MemoryTarget, clock: FakeClock) -> None:
    """Whether a name is there, and how many there are."""

    def do(ctx: Any) -> None:
        assert "orders" in ctx.tables
        assert len(ctx.tables) == 2
        assert list(ctx.tables) == ["orders", "users"]

    described = Described()
    _migrate(target, clock, do, described)
    assert described.asked == []


def test_a_table_named_late_that_is_never_ready_says_so(target: MemoryTarget, clock: FakeClock) -> None:
    """Under a condition, so that nobody knew: it is dirty, as what came before is not known."""

    def do(ctx: Any) -> None:
        if ctx.params == {}:
            _ = ctx.tables["orders"]

    end = clock.monotonic() + 10
    with pytest.raises(MigrationFailed, match="Data-Orders is CREATING still"):
        _migrate(
            target,
            clock,
            do,
            Described(*["table Data-Orders is CREATING"] * 99),
            remaining=lambda: end - clock.monotonic(),
            reserve=1.0,
        )
    assert [record.dirty for record in target.records()] == [True]


def test_an_index_that_nobody_asked_for_may_be_on_its_way_out() -> None:
    """It is in nobody's way."""
    table = {"TableName": "orders", "GlobalSecondaryIndexes": [{**INDEX, "IndexStatus": "DELETING"}]}
    assert awaited(table) == ""
    with pytest.raises(NotReady, match="The index by-day of orders is DELETING"):
        awaited(table, "by-day")
