"""The sample that is looked at once a backfill is done, and how it is drawn."""

import logging
import random
from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import MemoryTarget, MigrationFailed, Update
from dynamigrate.backfill.control import RunControl
from dynamigrate.errors import InvalidSetting
from dynamigrate.verification import Verification
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Raw, Tables, after, orders, refusal
from tests.unit.backfill.transforms import add_status

pytestmark = pytest.mark.usefixtures("unestimated")

AT_ONCE: dict[str, Any] = {"max_read_units": 1e9, "max_write_units": 1e9}


def found_of(target: MemoryTarget) -> Verification | None:
    """What is kept of what was found."""
    [record] = target.records()
    return record.verified


def test_a_small_table_is_looked_at_whole_in_one_request(backfill: RunBackfill, target: MemoryTarget) -> None:
    """It costs next to nothing, and says all."""
    tables = Tables(orders=orders(300))
    backfill(tables, add_status, segments=4)
    assert tables.requests["Scan"] == 4 + 1
    found = found_of(target)
    assert found is not None
    assert (found.mode, found.whole, found.clean) == ("sample", True, True)
    assert (found.checked, found.total, found.would_change) == (300, 300, 0)
    assert found.interval == (0, 0)


def test_none_looks_at_nothing(backfill: RunBackfill, target: MemoryTarget) -> None:
    tables = Tables(orders=orders(300))
    backfill(tables, add_status, segments=4, verify=None)
    assert tables.requests["Scan"] == 4
    assert found_of(target) is None


@pytest.mark.parametrize("size", [1_001, 3_000, 20_000])
def test_of_a_large_table_about_a_thousand_are_looked_at(
    backfill: RunBackfill, target: MemoryTarget, size: int
) -> None:
    """Each once, from everywhere in it, in about fifty requests."""
    tables = Tables(orders=orders(size, status={"S": "NEW"}))
    backfill(tables, add_status, segments=4, **AT_ONCE)
    scans = tables.requests["Scan"]
    sample = tables.scanned[size:]
    assert 1_000 <= len(sample) <= 1_020
    assert len(set(sample)) == len(sample)
    assert scans <= size // 250 + 4 + 75
    found = found_of(target)
    assert found is not None
    assert (found.checked, found.total, found.whole) == (len(sample), size, False)
    low, high = found.interval
    assert (low, 0 < high < 0.005) == (0, True)


def test_what_would_still_change_is_counted_kept_and_told_and_it_is_applied(
    backfill: RunBackfill, target: MemoryTarget, caplog: pytest.LogCaptureFixture
) -> None:
    """A sample reports."""
    tables = Tables(orders=orders(30))

    def before(operation: str, request: Raw) -> None:
        # While it is looked: old code is still there.
        if operation == "Scan" and tables.requests["Scan"] == 3:
            tables["orders"]["late"] = {"id": {"S": "late"}}

    tables.before = before
    outcome = backfill(tables, add_status, segments=2)
    assert outcome.applied == ("1",)
    found = found_of(target)
    assert found is not None
    assert (found.clean, found.would_change, found.checked, found.unsettled) == (False, 1, 31, 0)
    assert found.keys == ('{"id": "late"}',)
    assert found.run_id == outcome.run_id
    [told] = [one for one in caplog.records if getattr(one, "event", "") == "verify.finished"]
    assert told.levelno == logging.WARNING
    assert told.message == (
        '1_add_a_status: 31 items of orders looked at: 1 would still change, such as {"id": "late"}.'
    )
    assert "late" not in {key for key, item in tables["orders"].items() if "status" in item}


def test_a_transform_that_does_not_settle_is_told(
    backfill: RunBackfill, target: MemoryTarget, caplog: pytest.LogCaptureFixture
) -> None:
    """A price times a hundred would be a hundred times as much with the next run."""
    tables = Tables(orders=orders(30, price={"N": "5"}))
    backfill(tables, lambda item, ctx: Update(set={"price": item["price"] * 100}), segments=2)
    found = found_of(target)
    assert found is not None
    assert (found.would_change, found.unsettled) == (30, 30)
    [told] = [one for one in caplog.records if getattr(one, "event", "") == "verify.finished"]
    assert "The transform does not settle, as 30 of them show: calling it again on what it returned" in told.message
    assert all(item["price"] == {"N": "500"} for item in tables["orders"].values())


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "InternalServerError"])
def test_what_keeps_it_from_looking_is_no_failure(
    backfill: RunBackfill, target: MemoryTarget, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    """The work is done."""
    tables = Tables(orders=orders(30))

    def before(operation: str, request: Raw) -> None:
        if operation == "Scan" and tables.requests["Scan"] > 2:
            raise refusal(code)

    tables.before = before
    assert backfill(tables, add_status, segments=2).applied == ("1",)
    assert found_of(target) is None
    [told] = [one for one in caplog.records if getattr(one, "event", "") == "verify.not_done"]
    assert "was not looked at again" in told.message
    assert "The backfill is done all the same." in told.message


def test_a_run_that_has_to_stop_does_without(
    backfill: RunBackfill, target: MemoryTarget, controls: list[RunControl]
) -> None:
    """It is applied: a sample is not worth a run that is unfinished."""
    tables = Tables(orders=orders(3000))
    after(tables, "Scan", 20, lambda: target.request_stop("time is up"), lambda: controls[0].stopping)
    assert backfill(tables, add_status, segments=1, threads=1, **AT_ONCE).applied == ("1",)
    assert found_of(target) is None
    assert not target.records()[0].dirty


def test_what_is_left_out_is_counted(backfill: RunBackfill, target: MemoryTarget) -> None:
    """Of those it can't be told whether they would change."""
    tables = Tables(orders=orders(30))

    def picky(item: Any, ctx: Any) -> Update | None:
        if item["id"] == "order-00007":
            raise ValueError("no such order")
        return add_status(item, ctx)

    backfill(tables, picky, segments=2, on_error="skip")
    found = found_of(target)
    assert found is not None
    assert (found.clean, found.failed, found.would_change) == (False, 1, 0)


@pytest.mark.parametrize("count", [0, 900, 2_000, 10_000_000])
def test_a_count_that_is_far_from_true_is_found_out(look: Callable[..., Verification], count: int) -> None:
    """The service's may be six hours old."""
    tables = Tables(orders=orders(20_000, status={"S": "NEW"}))
    tables.described = {"ItemCount": count}
    found = look(tables, add_status, sample=1_000)
    assert 1_000 <= found.checked <= 1_100
    assert not found.whole
    assert 2_000 <= found.total <= 100_000 or found.total == count
    assert tables.requests["Scan"] < 200


@pytest.mark.parametrize("count", [0, 50, 100_000])
def test_of_a_table_that_is_smaller_than_the_sample_all_is_looked_at(
    look: Callable[..., Verification], count: int
) -> None:
    """However many items there were said to be."""
    tables = Tables(orders=orders(50, status={"S": "NEW"}))
    tables.described = {"ItemCount": count}
    found = look(tables, add_status, sample=1_000)
    assert (found.checked, found.total, found.whole) == (50, 50, True)
    assert tables.requests["Scan"] < 50


def test_an_empty_table_has_nothing_to_change(look: Callable[..., Verification]) -> None:
    found = look(Tables(orders={}), add_status, sample=1_000)
    assert (found.checked, found.total, found.clean, found.whole) == (0, 0, True, True)


@pytest.mark.parametrize("said", [0, 20_000])
def test_a_sample_comes_to_its_end_where_all_items_have_one_partition_key(
    look: Callable[..., Verification], said: int
) -> None:
    """They are in one part, however many parts there are."""
    tables = Tables(orders=orders(20_000, status={"S": "NEW"}))
    tables.place, tables.described = (lambda key: 7), {"ItemCount": said}
    found = look(tables, add_status, sample=1_000)
    assert 250 <= found.checked <= 1_100
    assert not found.whole
    assert tables.requests["Scan"] < 2_500


def test_shares_are_what_they_are_on_average(look: Callable[..., Verification]) -> None:
    """A tenth of the items would change: one of twenty samples may lie outside of its interval."""
    random.seed(7)
    rows = orders(5_000, status={"S": "NEW"})
    for number in range(0, 5_000, 10):
        del rows[f"order-{number:05d}"]["status"]
    within = 0
    for _ in range(12):
        low, high = look(Tables(orders=rows), add_status, sample=1_000).interval
        within += low <= 0.1 <= high
    assert within >= 10


@pytest.mark.parametrize(("option", "value"), [("verify", "all"), ("verify", True), ("passes", 0), ("passes", "3")])
def test_options_that_can_not_be_are_told(backfill: RunBackfill, option: str, value: Any) -> None:
    with pytest.raises(InvalidSetting, match=option):
        backfill(Tables(orders={}), add_status, **{option: value})


def test_a_failure_is_no_reason_to_look(backfill: RunBackfill, target: MemoryTarget) -> None:
    """What is not done is not verified."""
    tables = Tables(orders=orders(3))
    with pytest.raises(MigrationFailed):
        backfill(tables, lambda item, ctx: 1 / 0, segments=1)
    assert found_of(target) is None
