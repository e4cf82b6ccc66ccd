"""The moment before a run's first write: what is asked, kept and told of it."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamigrate import (
    Context,
    InvalidSetting,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    Outcome,
    RunUnfinished,
    UndoPlanner,
)
from dynamigrate.continuation import Continuation
from dynamigrate.errors import HandedOver
from dynamigrate.records import Run
from dynamigrate.restore_look import NotRestorable
from dynamigrate.restore_point import RestorePoint
from tests.unit.fakes import FakeClock, migrate_in, raising, stopping

DENIED = "AccessDeniedException"
# One second before the clock's 2026-11-23T09:00:00Z, whose own second may have the first write.
AT = "2026-11-23T08:59:59Z"


class Client:
    """A DynamoDB in which point-in-time recovery of each table is as it is given; an error's code is raised."""

    def __init__(self, **states: str) -> None:
        self.states = states
        self.asked: list[str] = []
        self.meta = type("Meta", (), {"region_name": "eu-west-1"})()

    def describe_continuous_backups(self, *, TableName: str) -> Any:  # noqa: N803 - boto3's name
        self.asked.append(TableName)
        state = self.states[TableName]
        if state not in ("ENABLED", "DISABLED"):
            raise ClientError({"Error": {"Code": state, "Message": f"{state}, it says"}}, "DescribeContinuousBackups")
        told = {"PointInTimeRecoveryStatus": state}
        return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": told}}


def source(*dos: Callable[[Context], object], **settings: Any) -> MemorySource:
    found = MemorySource()
    for number, do in enumerate(dos, start=1):
        found.add(Migration(str(number), "x", do=do, undo=lambda ctx: None, **settings))
    return found


def nothing(_ctx: Context) -> None:
    """A migration that goes well."""


def run(client: Client, migrations: MemorySource, target: MemoryTarget | None = None, **options: Any) -> Outcome:
    given = {
        "clock": FakeClock(),
        "tables": {name: name for name in client.states},
        "dynamodb": client,
        "restore_point": "note",
        **options,
    }
    return migrate_in(migrations, target or MemoryTarget(clock=FakeClock()), **given)


class TestWhatIsKept:
    def test_the_moment_and_each_tables_state_stand_in_both_histories(self) -> None:
        """With the migration, and with the run."""
        target = MemoryTarget(clock=FakeClock())
        client = Client(orders="ENABLED", others="DISABLED", odd="InternalServerError")
        run(client, source(nothing, nothing), target)
        point = RestorePoint(at=AT, tables={"orders": "on", "others": "off", "odd": "unknown"}, region="eu-west-1")
        assert [one.details.restore_point for one in target.records()] == [point, point]
        assert [one.restore_point for one in target.runs()] == [point]
        assert client.asked == ["orders", "others", "odd"]

    def test_nothing_is_asked_where_nothing_runs(self) -> None:
        target, client = MemoryTarget(), Client(orders="ENABLED")
        run(client, source(nothing), target)
        client.asked.clear()
        run(client, source(nothing), target)
        assert client.asked == []

    @pytest.mark.parametrize(("of_the_run", "of_the_file"), [("none", None), ("note", "none"), ("required", "none")])
    def test_nothing_is_asked_where_nobody_wants_to_know(self, of_the_run: str, of_the_file: Any) -> None:
        """What a file says counts more."""
        client, target = Client(orders="ENABLED"), MemoryTarget()
        run(client, source(nothing, restore_point=of_the_file), target, restore_point=of_the_run)
        assert client.asked == []
        assert target.records()[0].details.restore_point is None

    def test_a_dry_run_asks_nothing(self) -> None:
        client = Client(orders="DISABLED")
        run(client, source(nothing), dry_run=True, restore_point="required")
        assert client.asked == []

    def test_one_that_goes_on_keeps_the_moment_before_it_began(self) -> None:
        """Its writes are those of both runs."""
        target, clock = MemoryTarget(clock=FakeClock()), FakeClock()
        client, pages = Client(orders="ENABLED"), source(stopping(target))
        with pytest.raises(RunUnfinished):
            run(client, pages, target, clock=clock)
        clock.turn(3_600)
        run(client, pages, target, clock=clock)
        point = target.records()[0].details.restore_point
        assert point is not None
        assert point.at == AT
        assert client.asked == ["orders"]

    def test_an_undo_has_a_moment_of_its_own(self) -> None:
        """Before it, all that was done is there."""
        target, clock = MemoryTarget(clock=FakeClock()), FakeClock()
        client = Client(orders="ENABLED")
        run(client, source(nothing), target, clock=clock)
        clock.turn(60)
        migrations = MemorySource()
        migrations.add(Migration("1", "x", do=nothing, undo=raising(ValueError("no"))))
        with pytest.raises(MigrationFailed):
            run(client, migrations, target, clock=clock, planner=UndoPlanner())
        point = target.records()[0].details.restore_point
        assert point is not None
        assert point.at == "2026-11-23T09:00:59Z"

    def test_a_run_that_goes_on_in_another_process_has_one_moment(self) -> None:
        client, target = Client(orders="ENABLED"), MemoryTarget()
        left = [100.0]
        migrations = source(lambda ctx: left.__setitem__(0, 1.0), nothing)

        def go_on(lock: Any, continuation: Continuation) -> str:
            lock.hand_over(continuation, until=time.time() + 600)
            return "another process"

        options: dict[str, Any] = {
            "run": Run(id="run-1"),
            "remaining": lambda: left[0],
            "reserve": 10.0,
            "continue_elsewhere": go_on,
            "limit": time.time() + 3_000,
        }
        clock = FakeClock()
        with pytest.raises(HandedOver):
            run(client, migrations, target, clock=clock, **options)
        left[0] = 100.0
        clock.turn(120)
        run(client, migrations, target, clock=clock, takes_up=True, **options)
        points = {one.details.restore_point.at for one in target.records() if one.details.restore_point}
        assert points == {AT}
        assert [one.restore_point.at for one in target.runs() if one.restore_point] == [AT]
        assert client.asked == ["orders"]

    @pytest.mark.parametrize("code", ["UnknownOperationException", "InvalidAction", DENIED, "ThrottlingException"])
    def test_what_can_not_be_told_is_unknown_and_stops_nothing(self, code: str) -> None:
        target = MemoryTarget()
        assert run(Client(orders=code), source(nothing), target).applied == ("1",)
        point = target.records()[0].details.restore_point
        assert point is not None
        assert point.tables == {"orders": "unknown"}

    def test_a_client_that_does_not_have_the_operation_is_no_failure(self) -> None:
        """One of another make, as in a test of a migration."""
        target = MemoryTarget()
        migrate_in(source(nothing), target, tables={"orders": "orders"}, dynamodb=object(), restore_point="note")
        point = target.records()[0].details.restore_point
        assert point is not None
        assert point.tables == {"orders": "unknown"}


class TestWhereItIsRequired:
    def refused(self, client: Client, **options: Any) -> NotRestorable:
        target = MemoryTarget()
        called: list[Context] = []
        with pytest.raises(NotRestorable) as caught:
            run(client, source(called.append), target, restore_point="required", **options)
        assert called == []
        assert target.records() == ()
        return caught.value

    def test_nothing_runs_where_it_is_off(self) -> None:
        error = self.refused(Client(orders="ENABLED", others="DISABLED"))
        assert error.message == (
            "1_x requires a restore point (restore_point), and point-in-time recovery is off for others. Nothing was run."
        )
        assert "update-continuous-backups --table-name others" in error.next_step
        assert error.migration_id == "1"

    def test_nothing_runs_where_nobody_may_ask(self) -> None:
        error = self.refused(Client(orders=DENIED))
        assert "this role may not ask whether point-in-time recovery is on for orders" in error.message
        assert 'table.grant(migrations, "dynamodb:DescribeContinuousBackups")' in error.next_step

    def test_nothing_runs_where_it_could_not_be_told(self) -> None:
        error = self.refused(Client(orders="ThrottlingException"))
        assert "could not be told: ClientError: An error occurred (ThrottlingException)" in error.message

    def test_nothing_runs_where_no_table_is_named(self) -> None:
        error = self.refused(Client())
        assert "the run is given no table to look at" in error.message

    def test_it_runs_where_all_can_be_restored(self) -> None:
        client = Client(orders="ENABLED", others="ENABLED")
        assert run(client, source(nothing), restore_point="required").applied == ("1",)

    def test_it_runs_where_a_stand_in_knows_no_such_thing(self) -> None:
        """Nothing there is worth restoring."""
        client = Client(orders="UnknownOperationException")
        assert run(client, source(nothing), restore_point="required").applied == ("1",)

    def test_its_own_file_may_require_it_alone(self) -> None:
        migrations = source(nothing)
        migrations.add(Migration("2", "drop", do=nothing, restore_point="required"))
        with pytest.raises(NotRestorable, match=r"^2_drop requires"):
            run(Client(orders="DISABLED"), migrations)

    def test_an_unknown_word_is_refused(self) -> None:
        with pytest.raises(InvalidSetting, match="restore_point='yes' is unknown"):
            run(Client(), source(nothing), restore_point="yes")


class TestWhatIsTold:
    def test_a_failure_has_the_exact_command(self) -> None:
        with pytest.raises(MigrationFailed) as caught:
            run(Client(orders="ENABLED", others="DISABLED"), source(raising(ValueError("no"))))
        assert caught.value.message.endswith(
            f" To have the data beside it as it was before the first write ({AT}), from about 09:04 UTC on: "
            "aws dynamodb restore-table-to-point-in-time --source-table-name orders --target-table-name "
            f"orders-20261123T085959Z --restore-date-time {AT} --region eu-west-1."
        )
        assert isinstance(caught.value.__cause__, ValueError)
        assert caught.value.repair is not None

    def test_a_failure_shows_two_commands_of_many(self) -> None:
        """A reason in a terminal is short; the rest is in the history."""
        client = Client(**{f"table{number}": "ENABLED" for number in range(5)})
        with pytest.raises(MigrationFailed) as caught:
            run(client, source(raising(ValueError("no"))))
        assert caught.value.message.count("aws dynamodb restore-table-to-point-in-time") == 2
        assert caught.value.message.endswith("; history has it for 3 more.")

    def test_a_failure_before_anything_began_has_none(self) -> None:
        with pytest.raises(MigrationFailed) as caught:
            run(Client(orders="ENABLED"), source(lambda ctx: ctx.tables["customers"]))
        assert "restore-table" not in str(caught.value)

    def test_where_nothing_can_be_restored_a_failure_says_nothing_of_it(self) -> None:
        with pytest.raises(MigrationFailed) as caught:
            run(Client(orders="DISABLED"), source(raising(ValueError("no"))))
        assert "restore" not in str(caught.value)

    def test_one_line_of_the_log_has_it(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        run(Client(orders="ENABLED", others="DISABLED", odd=DENIED), source(nothing))
        [line] = [one for one in caplog.records if getattr(one, "event", "") == "restore.noted"]
        assert line.getMessage() == (
            f"The moment before the first write is {AT}; orders can be restored to it; others can't be restored to it: "
            "point-in-time recovery is off; odd may be: whether point-in-time recovery is on could not be told."
        )


class TestItsCommands:
    def test_a_new_tables_name_is_one_that_dynamodb_takes(self) -> None:
        """255 characters at most, whatever the table's is."""
        point = RestorePoint(at=AT, tables={"x" * 255: "on"})
        [command] = point.commands
        name = command.split("--target-table-name ")[1].split()[0]
        assert len(name) == 255
        assert name.endswith("x-20261123T085959Z")
        assert "--region" not in command

    def test_a_table_that_is_given_by_its_arn_is_named_by_it(self) -> None:
        arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
        [command] = RestorePoint(at=AT, tables={arn: "on"}).commands
        assert f"--source-table-arn {arn} --target-table-name orders-20261123T085959Z " in command

    def test_after_35_days_there_is_nothing_to_restore(self) -> None:
        point = RestorePoint.before(1_795_424_400.0, {"orders": "on"})
        assert point.at == AT
        assert point.is_kept(1_795_424_400.0 + 34 * 86_400)
        assert not point.is_kept(1_795_424_400.0 + 36 * 86_400)

    @pytest.mark.parametrize(
        "value",
        [None, 1, {}, {"at": 5}, {"at": "soon"}, {"at": "2026-11-23T08:59:59"}, {"at": AT, "tables": [1]},
         {"at": AT, "tables": {"a": "maybe"}}, {"at": AT, "tables": {"a": 1}}, {"at": AT, "region": 4}],
    )  # fmt: skip
    def test_what_is_no_restore_point_is_none(self, value: object) -> None:
        """An item that a person changed can still be read."""
        assert RestorePoint.from_dict(value) is None

    def test_it_comes_back_as_it_was_written(self) -> None:
        for point in (
            RestorePoint(at=AT, tables={"orders": "on", "others": "off"}, region="eu-west-1"),
            RestorePoint(at=AT),
        ):
            assert RestorePoint.from_dict(point.to_dict()) == point
