"""The stamp of ``once=True``, beside whatever a transform writes."""

from typing import Any

import pytest

from dynamigrate import (
    Backfill,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    Put,
    UndoPlanner,
    Update,
    migrate,
)
from dynamigrate.runtime import Runtime
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables
from tests.unit.fakes import FakeClock

STAMP = "_migration_1"


@pytest.mark.parametrize(
    "undo",
    [
        lambda item, ctx: Put({"id": item["id"], "price": item["price"] / 100}),
        lambda item, ctx: Put({**item, "price": item["price"] / 100}),
        lambda item, ctx: [Put({"id": item["id"], "price": item["price"] / 100})],
        lambda item, ctx: Update(set={**item, "price": item["price"] / 100}),
    ],
    ids=["what it is to have", "all that it had", "in a list", "an update of all"],
)
def test_a_whole_put_keeps_the_stamp_and_an_undo_turns_it(
    target: MemoryTarget, clock: FakeClock, backfill: RunBackfill, undo: Any
) -> None:
    """Whether or not the item that is put has it."""
    tables = Tables(orders={"a": {"price": {"N": "2"}, "old": {"S": "x"}}})
    source = MemorySource()

    def cents(item: Any, ctx: Any) -> Put:
        return Put({"id": item["id"], "price": item["price"] * 100})

    source.add(
        Migration("1", "cents", do=Backfill("orders", cents, once=True), undo=Backfill("orders", undo, once=True))
    )
    for _ in range(2):
        migrate(source, target, dynamodb=tables, runtime=Runtime(clock=clock))
        assert tables["orders"]["a"] == {"id": {"S": "a"}, "price": {"N": "200"}, STAMP: {"S": "do"}}
        migrate(source, target, planner=UndoPlanner(), dynamodb=tables, runtime=Runtime(clock=clock))
        assert tables["orders"]["a"] == {"id": {"S": "a"}, "price": {"N": "2"}, STAMP: {"S": "undo"}}


def test_an_update_that_removes_the_stamp_is_told(backfill: RunBackfill) -> None:
    """It would take away what once= promises."""
    tables = Tables(orders={"a": {STAMP: {"S": "undo"}}})
    with pytest.raises(MigrationFailed, match="it removes the stamp by which once= knows that an item is done"):
        backfill(tables, lambda item, ctx: Update(remove=[STAMP]), once=True)
    assert tables["orders"]["a"][STAMP] == {"S": "undo"}
