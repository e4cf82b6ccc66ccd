"""Global tables: what is said of their replicas, and what one of strong consistency does not take."""

import logging
from typing import Any

import pytest

from dynamigrate import MigrationFailed, Put, Update
from dynamigrate.backfill.table import describe
from dynamigrate.transport.boto import BotoTransport
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables

HERE = {"TableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"}
REPLICAS = {
    **HERE,
    "Replicas": [{"RegionName": "us-east-1"}, {"RegionName": "eu-west-1"}, {"RegionName": "ap-south-1"}],
}
STRONG = {**REPLICAS, "MultiRegionConsistency": "STRONG"}


def described(answer: dict[str, Any]) -> Any:
    """What a backfill knows of the table."""
    tables = Tables(orders={})
    tables.described = answer
    return describe(BotoTransport(tables), "orders")


def test_the_other_regions_are_known() -> None:
    """Whether or not the service counts its own."""
    assert described(REPLICAS).replicas == ("ap-south-1", "us-east-1")
    assert (described(HERE).replicas, described(HERE).strong) == ((), False)
    assert described(STRONG).strong


def test_the_start_says_how_often_each_write_is_made(backfill: RunBackfill, caplog: pytest.LogCaptureFixture) -> None:
    """So does a dashboard, by fields."""
    caplog.set_level(logging.INFO)
    tables = Tables(orders={"1": {}})
    tables.described = REPLICAS
    backfill(tables, lambda item, ctx: Update(set={"status": "NEW"}))
    [line] = [record for record in caplog.records if getattr(record, "event", "") == "backfill.started"]
    assert "Each write is replicated to ap-south-1, us-east-1, and paid for there too." in line.message
    assert (line.replicas, line.writes_of_each, line.consistency) == (  # type: ignore[attr-defined]
        ("ap-south-1", "us-east-1"), 3, "eventual",
    )  # fmt: skip


def test_a_strongly_consistent_one_takes_single_writes(backfill: RunBackfill) -> None:
    """Which is what most transforms return."""
    tables = Tables(orders={"1": {}})
    tables.described = STRONG
    assert backfill(tables, lambda item, ctx: Update(set={"status": "NEW"})).applied == ("1",)


@pytest.mark.parametrize("on_error", ["stop", "skip"])
@pytest.mark.parametrize("once", [False, True])
def test_a_strongly_consistent_one_refuses_a_list_with_the_reason(
    backfill: RunBackfill, once: bool, on_error: str
) -> None:
    """Before the first write, also where single items are skipped: it is no matter of one item."""
    tables = Tables(orders={"1": {}, "2": {}})
    tables.described = STRONG
    with pytest.raises(MigrationFailed, match=r"strong consistency \(MRSC\).* no transaction"):
        backfill(
            tables,
            lambda item, ctx: [Update(set={"status": "NEW"}), Put({"id": f"{item['id']}-copy"})],
            once=once,
            on_error=on_error,
        )
    assert tables.requests["TransactWriteItems"] == 0
    assert {"status"}.isdisjoint(tables["orders"]["1"])
