"""What a backfill says of its cost: before it begins, in its record, and at its end."""

import logging
from typing import Any

import pytest

from dynamigrate import Backfill, InvalidSetting, MemoryTarget, MigrationFailed, Put, Update
from tests.unit.backfill.alarms import FakeAlarms
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.monitor_scene import said
from tests.unit.backfill.tables import Tables, orders, refusal
from tests.unit.backfill.transforms import add_status
from tests.unit.fakes import FakeClock

ON_DEMAND = {
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
}


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All lines of a run."""
    caplog.set_level(logging.INFO)
    return caplog


def tables_with(count: int, described: dict[str, Any] | None = None, **attributes: Any) -> Tables:
    tables = Tables(orders=orders(count, **attributes))
    tables.described = ON_DEMAND | (described or {})
    return tables


def estimated(log: pytest.LogCaptureFixture) -> Any:
    [line] = said(log, "backfill.estimated")
    return line


class TestTheEstimate:
    """Is said before the first write, always."""

    def test_of_a_small_table_is_exact(self, backfill: RunBackfill, log: pytest.LogCaptureFixture) -> None:
        """All of it is one page."""
        tables = tables_with(100)
        backfill(tables, lambda item, ctx: Update(set={"status": "NEW"}) if item["id"] < "order-00050" else None)
        line = estimated(log)
        assert (line.estimated_items, line.estimated_written, line.estimated_write_units) == (100, 50, 50.0)
        assert line.estimated_bytes == 100 * (len("id") + len("order-00001"))
        assert line.units_of == {"table": 50.0}
        assert "100 items of 13 bytes each, of which 50 would be written;" in line.getMessage()
        assert line.getMessage().endswith("All items were looked at.")
        # And 32 segments, and one look at all in the end.
        assert (tables.requests["Scan"], tables.requests["DescribeTable"]) == (1 + 32 + 1, 1)

    def test_of_a_large_table_is_sampled(self, backfill: RunBackfill, log: pytest.LogCaptureFixture) -> None:
        """In four pages, from parts of it that nobody chose."""
        tables = tables_with(4000)
        backfill(tables, lambda item, ctx: Update(set={"status": "NEW"}), verify=None)
        line = estimated(log)
        assert (line.estimated_items, line.estimated_written) == (4000, 4000)
        assert "about 4,000 items" in line.getMessage()
        assert line.getMessage().endswith("Estimated from a sample of 200 items.")
        assert len(tables.scanned) == 4000 + 200

    @pytest.mark.parametrize("count", [600, 4000])
    def test_does_not_trust_a_count_of_none(
        self, backfill: RunBackfill, log: pytest.LogCaptureFixture, count: int
    ) -> None:
        """The service counts every six hours: of a new table it says that it is empty."""
        backfill(tables_with(count, {"ItemCount": 0}), add_status)
        line = estimated(log)
        assert 0.5 * count < line.estimated_items < 2 * count
        assert line.estimated_written == line.estimated_items
        assert "Estimated from a sample" in line.getMessage()

    def test_goes_by_what_the_filter_lets_through(self, backfill: RunBackfill, log: pytest.LogCaptureFixture) -> None:
        """All is read and paid for, and only that is written."""
        tables = tables_with(200)
        scan = tables.scan

        def filtered(**request: Any) -> Any:
            answer = scan(**request)
            return {**answer, "Items": [one for one in answer["Items"] if one["id"]["S"].endswith("0")]}

        tables.scan = filtered  # type: ignore[method-assign]
        backfill(tables, add_status, filter="attribute_not_exists(status)")
        line = estimated(log)
        assert (line.estimated_items, line.estimated_written) == (200, 20)

    def test_is_for_what_is_written_elsewhere_too(self, backfill: RunBackfill, log: pytest.LogCaptureFixture) -> None:
        """A copy into another table."""
        tables = Tables(orders=orders(10), copies={})
        tables.described = ON_DEMAND
        backfill(tables, lambda item, ctx: Put({"id": item["id"]}, table="copies"))
        assert estimated(log).units_of == {"table": 0.0, "other tables": 10.0}
        assert "0 write units of the table, 10 of other tables." in estimated(log).getMessage()

    def test_counts_each_region(self, backfill: RunBackfill, log: pytest.LogCaptureFixture) -> None:
        """A write is paid for in all of them."""
        regions = {"Replicas": [{"RegionName": "eu-west-1"}, {"RegionName": "us-east-1"}]}
        backfill(tables_with(100, regions), add_status)
        line = estimated(log)
        assert line.estimated_write_units == 100.0
        assert line.estimated_dollars == pytest.approx(
            (2 * 100 * 0.625 + line.estimated_read_units * 0.125) / 1e6, abs=1e-6
        )
        assert "100 write units of the table, and as many in the other Region." in line.getMessage()

    def test_of_provisioned_capacity_is_about_time(self, backfill: RunBackfill, log: pytest.LogCaptureFixture) -> None:
        """What is there is paid for, whether or not it is used."""
        tables = Tables(orders=orders(1200))
        tables.described = {"ProvisionedThroughput": {"ReadCapacityUnits": 100, "WriteCapacityUnits": 20}}
        backfill(tables, add_status)
        line = estimated(log)
        assert (line.estimated_dollars, line.estimated_minutes) == (0, 2.0)
        assert "takes about 2 minutes at the present ceiling and costs nothing more: the table's capacity" in (
            line.getMessage()
        )
        assert (
            said(log, "backfill.finished")[0]
            .getMessage()
            .endswith("It cost nothing more: the table's capacity is provisioned.")
        )

    def test_stands_in_the_line_that_a_backfill_begins_with(
        self, backfill: RunBackfill, log: pytest.LogCaptureFixture
    ) -> None:
        """For whoever reads no other one."""
        backfill(tables_with(100), add_status)
        [line] = said(log, "backfill.started")
        assert line.estimated_write_units == 100.0
        assert "costs less than $0.001 (prices of us-east-1 of August 2026): 100 items of" in line.getMessage()

    def test_takes_the_prices_that_were_given(self, backfill: RunBackfill, log: pytest.LogCaptureFixture) -> None:
        """As a team negotiated them."""
        backfill(tables_with(100), add_status, settings={"prices": {"read": 0, "write": 1e6}})
        assert estimated(log).estimated_dollars == 100.0
        assert "costs about $100.00 (prices as given)" in estimated(log).getMessage()

    def test_is_not_made_again_where_it_goes_on(
        self, backfill: RunBackfill, target: MemoryTarget, log: pytest.LogCaptureFixture
    ) -> None:
        """What was estimated stays with it, and is not refused for it any more."""
        tables = tables_with(1000)

        def before(operation: str, request: Any) -> None:
            if operation == "BatchExecuteStatement" and tables.requests[operation] == 20:
                raise KeyError("killed")

        tables.before = before
        with pytest.raises(MigrationFailed, match="killed"):
            backfill(tables, add_status)
        tables.before = lambda operation, request: None
        assert backfill(tables, add_status, max_cost=1e-9).applied == ("1",)
        assert estimated(log).estimated_items == 1000
        [record] = target.records()
        assert record.cost["estimated_write_units"] == record.cost["write_units"] == 1000


class TestWhatCannotBeEstimated:
    """Is said, with the reason, and runs."""

    def test_a_transform_that_raises(self, backfill: RunBackfill, log: pytest.LogCaptureFixture) -> None:
        """The backfill says it in its own words, and is dirty as ever."""

        def fail(item: Any, ctx: Any) -> None:
            raise KeyError("status")

        with pytest.raises(MigrationFailed, match=r"raised KeyError: 'status'.*goes on from its checkpoint"):
            backfill(tables_with(3), fail)
        line = estimated(log)
        assert "What it costs can't be estimated: fail, given the item id='order-00000'" in line.getMessage()
        assert "raised KeyError: 'status'" in line.reason

    def test_items_that_are_left_out_cost_nothing(self, backfill: RunBackfill, log: pytest.LogCaptureFixture) -> None:
        """As the author wants it."""

        def fail_of_some(item: Any, ctx: Any) -> Update:
            if item["id"] < "order-00005":
                raise KeyError("status")
            return Update(set={"status": "NEW"})

        backfill(tables_with(20), fail_of_some, on_error="skip")
        assert estimated(log).estimated_written == 15

    def test_a_transform_that_takes_long_is_called_for_a_few(
        self, backfill: RunBackfill, clock: FakeClock, log: pytest.LogCaptureFixture
    ) -> None:
        """It may ask another service."""
        looked_at: list[str] = []

        def slow(item: Any, ctx: Any) -> Update:
            if ctx.dry_run:
                looked_at.append(item["id"])
                clock.turn(2)
            return Update(set={"status": "NEW"})

        backfill(tables_with(200), slow, verify=None)
        assert len(looked_at) < 10
        assert estimated(log).estimated_written == 200
        assert "Estimated from a sample of" in estimated(log).getMessage()

    def test_nothing_is_read_while_an_alarm_says_wait(
        self, backfill: RunBackfill, clock: FakeClock, log: pytest.LogCaptureFixture
    ) -> None:
        """Nor for that."""
        alarms = FakeAlarms(clock, errors="ALARM")
        alarms.before = lambda: alarms.state.update(errors="OK") if len(alarms.asked) > 2 else None
        backfill(
            tables_with(10), add_status, segments=1, threads=1, throttle_on=["errors"], settings={"alarms": alarms}
        )
        assert "can't be estimated: the alarm errors is in ALARM, and nothing is read meanwhile." in (
            estimated(log).getMessage()
        )

    def test_a_table_that_throttles_is_left_alone(self, backfill: RunBackfill, log: pytest.LogCaptureFixture) -> None:
        """Nobody waits for a look."""
        tables = tables_with(1000)

        def before(operation: str, request: Any) -> None:
            if operation == "Scan" and tables.requests["Scan"] == 1:
                raise refusal("ProvisionedThroughputExceededException")

        tables.before = before
        assert backfill(tables, add_status).applied == ("1",)
        assert "the table has no capacity to spare for a look at it" in estimated(log).getMessage()


class TestACeiling:
    """``max_cost`` refuses before anything is written, and leaves nothing behind."""

    def test_that_is_exceeded(self, backfill: RunBackfill, target: MemoryTarget) -> None:
        """Says the estimate, the ceiling, and what to do."""
        tables = tables_with(100)
        with pytest.raises(MigrationFailed) as caught:
            backfill(tables, add_status, max_cost=5, settings={"prices": {"read": 0, "write": 1e5}})
        told = str(caught.value)
        assert (
            "The backfill of orders would cost $10.00, as estimated, and max_cost allows $5.00. It takes about 1 second"
            in told
        )
        assert "Nothing was written. If it is worth that, give max_cost=12.0 or leave it out." in told
        assert "it had not begun, and is not dirty" in told
        assert target.records() == ()
        assert tables.requests["BatchExecuteStatement"] == 0

    def test_that_is_not_exceeded(self, backfill: RunBackfill) -> None:
        """It runs."""
        settings = {"prices": {"read": 0, "write": 1e4}}
        assert backfill(tables_with(100), add_status, max_cost=1, settings=settings).applied == ("1",)

    def test_of_what_cannot_be_estimated(self, backfill: RunBackfill, target: MemoryTarget) -> None:
        """It may cost anything."""

        def fail(item: Any, ctx: Any) -> None:
            raise KeyError("status")

        with pytest.raises(MigrationFailed) as caught:
            backfill(tables_with(3), fail, max_cost=5)
        assert "may cost $5.00 at most (max_cost), and what it costs can't be estimated: fail, given" in str(
            caught.value
        )
        assert "Correct that, or leave max_cost out." in str(caught.value)
        assert target.records() == ()

    def test_holds_in_a_dry_run(self, backfill: RunBackfill) -> None:
        """It rehearses what would happen."""
        settings = {"prices": {"read": 0, "write": 1e6}, "dry_run": True}
        with pytest.raises(MigrationFailed, match=r"would cost \$100\.00"):
            backfill(tables_with(100), add_status, max_cost=5, settings=settings)

    @pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "5"])
    def test_that_is_no_sum_is_refused(self, value: Any) -> None:
        """When it is given."""
        with pytest.raises(InvalidSetting, match=r"max_cost=.* is not possible. Give dollars: a number above 0."):
            Backfill("orders", add_status, max_cost=value)


class TestWhatItCameTo:
    """Stands beside the estimate."""

    def test_in_the_history_and_in_the_log(
        self, backfill: RunBackfill, target: MemoryTarget, log: pytest.LogCaptureFixture
    ) -> None:
        """By the units that were really consumed."""
        backfill(tables_with(100), add_status, settings={"prices": {"read": 0, "write": 1e6}})
        [record] = target.records()
        assert {"dollars": 100.0, "estimated_dollars": 100.0, "write_units": 100.0, "written": 100}.items() <= (
            record.cost.items()
        )
        *_, last = said(log, "migration.progress")
        assert last.dollars == last.estimated_dollars == 100.0
        [line] = said(log, "backfill.finished")
        assert line.getMessage().endswith("It came to $100.00; $100.00 had been estimated.")
        assert (line.dollars, line.estimated_dollars) == (100.0, 100.0)

    def test_of_several_backfills_of_one_function_is_one_sum(self, target: MemoryTarget, clock: FakeClock) -> None:
        """Also where a run goes on between two of them."""
        from dynamigrate import MemorySource, Migration
        from tests.unit.fakes import migrate_in

        tables = tables_with(100)
        first, second = Backfill("orders", add_status), Backfill("orders", lambda item, ctx: Update(set={"a": 1}))
        fails = [True]

        def do(ctx: Any) -> None:
            first(ctx)
            if fails:
                fails.pop()
                raise OSError("killed")
            second(ctx)

        source = MemorySource()
        source.add(Migration("1", "both", do=do))
        with pytest.raises(MigrationFailed, match="killed"):
            migrate_in(source, target, dynamodb=tables, clock=clock)
        assert target.records()[0].cost["write_units"] == 100
        migrate_in(source, target, dynamodb=tables, clock=clock)
        cost = target.records()[0].cost
        assert cost["write_units"] == cost["estimated_write_units"] == 200
