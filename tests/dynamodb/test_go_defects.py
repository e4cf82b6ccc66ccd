"""What the Go driver does wrong with its tables and its lock, and that this one does not. Each test says what."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from dynamigrate import (
    DirtyMigration,
    DynamoDBTarget,
    LockHeld,
    LockLost,
    MigrationFailed,
    MigrationsError,
    migrate,
)
from dynamigrate.records import Details
from tests.unit.fakes import PATIENCE, FakeClock, RecordingMigrations, applied, raising


@pytest.fixture
def client(any_client: Any) -> Any:
    return any_client


@pytest.fixture
def name() -> str:
    """Of the table; the lock's ends in ``-lock``."""
    return f"go-{uuid4().hex[:8]}"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make(client: Any, name: str, clock: FakeClock) -> Callable[..., DynamoDBTarget]:
    """Makes a target, by way of another client if one is given."""
    return lambda client=client, **options: DynamoDBTarget(
        client, **{"table_name": name, "lock_table_name": f"{name}-lock", "clock": clock, **options}
    )


Make = Callable[..., DynamoDBTarget]


class Stub:
    """
    A client some of whose methods are others.

    Attributes:
        calls: The name and arguments of each call that was made.
    """

    def __init__(self, client: Any, **methods: Callable[..., Any]) -> None:
        self._client = client
        self._methods = methods
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        method = self._methods.get(name) or getattr(self._client, name)
        if not callable(method) or name in {"meta", "exceptions"}:
            return method

        def call(**arguments: Any) -> Any:
            self.calls.append((name, arguments))
            return method(**arguments)

        return call

    @property
    def counted(self) -> Counter[str]:
        """How often each operation was called."""
        return Counter(name for name, _ in self.calls)


def denied(operation: str) -> ClientError:
    """As the service says it."""
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, operation)


def creating(client: Any) -> Callable[..., Any]:
    """Makes tables as the service does: they are not usable at once."""

    def create(**arguments: Any) -> Any:
        answer = client.create_table(**arguments)
        answer["TableDescription"]["TableStatus"] = "CREATING"
        return answer

    return create


class TestTables:
    """How they are created and deleted."""

    def test_nobody_lists_the_accounts_tables(self, client: Any, make: Make) -> None:
        """There `ListTables` is called, which needs a permission on the whole account."""
        stub = Stub(client)
        target = make(stub)
        target.create()
        migrate(RecordingMigrations().source("1"), target)
        target.destroy()
        assert stub.counted["list_tables"] == 0

    def test_a_table_is_found_however_many_there_are(self, client: Any, make: Make, name: str) -> None:
        """There only the first hundred are looked at: past those it creates one again, and fails."""
        for number in range(101):
            client.create_table(
                TableName=f"{name[:-2]}{number:03}",
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            )
        target = make()
        target.create()
        applied(target, "1")
        make().create()
        assert make().done() == ("1",)

    def test_an_error_on_looking_comes_out(self, client: Any, make: Make) -> None:
        """There it is swallowed."""
        stub = Stub(client, describe_table=raising(denied("DescribeTable")))
        with pytest.raises(ClientError, match="AccessDeniedException"):
            make(stub).create()
        assert stub.counted["create_table"] == 0

    def test_creating_ends_when_both_can_be_used(self, client: Any, make: Make, name: str, clock: FakeClock) -> None:
        """There nothing waits for `ACTIVE`, and the first use fails."""
        states = {name: ["CREATING"] * 3, f"{name}-lock": ["CREATING"] * 7}

        def describe(TableName: str) -> Any:  # noqa: N803 - as the service has it
            answer = client.describe_table(TableName=TableName)
            if states[TableName]:
                answer["Table"]["TableStatus"] = states[TableName].pop()
            return answer

        make(Stub(client, create_table=creating(client), describe_table=describe)).create()
        assert states == {name: [], f"{name}-lock": []}
        assert len(clock.slept) >= 7

    def test_creating_does_not_wait_for_ever(self, client: Any, make: Make, name: str, clock: FakeClock) -> None:
        """It says which table it waits for."""

        def describe(TableName: str) -> Any:  # noqa: N803 - as the service has it
            answer = client.describe_table(TableName=TableName)
            answer["Table"]["TableStatus"] = "CREATING"
            return answer

        with pytest.raises(MigrationsError, match=rf"{name}, {name}-lock: not usable after \d+ seconds\."):
            make(Stub(client, create_table=creating(client), describe_table=describe)).create()
        assert sum(clock.slept) >= 60

    def test_tables_that_are_usable_at_once_are_not_waited_for(self, make: Make, clock: FakeClock) -> None:
        """As those of an emulator are."""
        target = make()
        target.create()
        assert clock.slept == []
        assert target.done() == ()

    def test_another_creator_may_be_faster(self, client: Any, make: Make, name: str) -> None:
        """There concurrent creators fail."""

        def create(**arguments: Any) -> Any:
            client.create_table(**arguments)
            return client.create_table(**arguments)

        target = make(Stub(client, create_table=create))
        target.create()
        applied(target, "1")
        assert target.done() == ("1",)

    def test_several_create_at_once(self, make: Make) -> None:
        """All of them return."""
        barrier = threading.Barrier(4)
        errors: list[BaseException] = []

        def create() -> None:
            try:
                target = make(clock=FakeClock())
                barrier.wait(PATIENCE)
                target.create()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=create) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert errors == []
        assert make().done() == ()

    def test_destroying_ends_when_both_are_gone(self, client: Any, make: Make, name: str, clock: FakeClock) -> None:
        """There it does not wait: a `create` right after it finds tables that are about to go."""
        going = {name: 3, f"{name}-lock": 7}
        kept: dict[str, Any] = {}

        def describe(TableName: str) -> Any:  # noqa: N803 - as the service has it
            if TableName in kept and going[TableName]:
                going[TableName] -= 1
                return {"Table": {**kept[TableName]["Table"], "TableStatus": "DELETING"}}
            return client.describe_table(TableName=TableName)

        def delete(TableName: str) -> None:  # noqa: N803 - as the service has it
            kept[TableName] = client.describe_table(TableName=TableName)
            client.delete_table(TableName=TableName)

        target = make(Stub(client, describe_table=describe, delete_table=delete))
        target.create()
        clock.slept.clear()
        target.destroy()
        assert going == {name: 0, f"{name}-lock": 0}
        assert len(clock.slept) >= 7

    def test_tables_are_paid_by_request(self, client: Any, make: Make, name: str) -> None:
        """There they are provisioned with one read and one write a second, which a long history outgrows."""
        make().create()
        for table in (name, f"{name}-lock"):
            described = client.describe_table(TableName=table)["Table"]
            assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


class TestTheLock:
    """Whose it is, and for how long."""

    def test_who_finds_it_held_is_told_at_once(self, make: Make, clock: FakeClock) -> None:
        """There it sleeps a second at a time, for ever, though its documentation promises an error."""
        make().create()
        clock.slept.clear()
        with make(holder="deploy of shop").lock(), pytest.raises(LockHeld, match="is held by deploy of shop since"):
            make().lock().__enter__()
        assert clock.slept == []

    def test_it_has_an_owner_and_an_end(self, client: Any, make: Make, name: str, clock: FakeClock) -> None:
        """There it has neither: a process that was killed blocks all others for ever."""
        make().create()
        with make(remaining=lambda: 60.0).lock():
            item = client.get_item(TableName=f"{name}-lock", Key={"ID": {"S": "migrations"}})["Item"]
        assert len(item["Owner"]["S"]) >= 16
        assert int(item["DeadlineMs"]["N"]) == round((clock.time() + 60) * 1000)
        assert int(item["LeaseMs"]["N"]) > 0

    def test_the_dead_do_not_hold_it(self, client: Any, make: Make, name: str, clock: FakeClock) -> None:
        """There somebody has to find out, and delete the item by hand."""
        make().create()
        held = make(remaining=lambda: 1.0).lock()
        held.__enter__()
        dead = client.get_item(TableName=f"{name}-lock", Key={"ID": {"S": "migrations"}})["Item"]
        held.__exit__(None, None, None)
        client.put_item(TableName=f"{name}-lock", Item=dead)
        clock.turn(3600)
        target = make()
        with target.lock():
            target.add("1")
        assert [record.id for record in target.records()] == ["1"]

    def test_nobody_unlocks_what_is_anothers(
        self, client: Any, make: Make, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """There unlocking deletes the item, whoever holds it by now."""
        make().create()
        another = make(holder="another")
        with make().lock():
            client.delete_item(TableName=f"{name}-lock", Key={"ID": {"S": "migrations"}})
            theirs = another.lock()
            theirs.__enter__()
        assert "lock.lost" in [vars(record)["event"] for record in caplog.records]
        with pytest.raises(LockHeld, match="is held by another"):
            make().lock().__enter__()
        theirs.__exit__(None, None, None)

    def test_who_lost_it_records_nothing(self, client: Any, make: Make, name: str) -> None:
        """There state changes do not look at the lock."""
        target = make()
        target.create()
        with target.lock():
            client.delete_item(TableName=f"{name}-lock", Key={"ID": {"S": "migrations"}})
            with pytest.raises(LockLost):
                target.add("1")
        assert target.records() == ()

    def test_neither_error_is_lost(self, client: Any, make: Make, caplog: pytest.LogCaptureFixture) -> None:
        """There the unlock's error is lost if the migration failed too."""
        make().create()
        target = make(Stub(client, delete_item=raising(denied("DeleteItem"))))
        migration = RecordingMigrations().migration("1", do=raising(ValueError("no")))
        with pytest.raises(MigrationFailed, match="failed: ValueError: no"):
            migrate(RecordingMigrations().source(migration), target)
        (record,) = (one for one in caplog.records if getattr(one, "event", None) == "lock.release_failed")
        assert record.levelno == logging.WARNING
        assert record.exc_info
        assert "AccessDeniedException" in str(record.exc_info[1])


class TestState:
    """How it is read."""

    def test_a_long_history_is_read_whole_and_as_it_is(self, client: Any, make: Make) -> None:
        """There only the first page is read, eventually consistent: what was applied is planned again."""
        stub = Stub(client)
        target = make(stub)
        target.create()
        ids = [str(number) for number in range(1, 41)]
        for one in ids:
            target.add(one, Details(actor="x" * 30_000))
            target.finish_migration(one)
        stub.calls.clear()
        assert migrate(RecordingMigrations().source(*ids), target).applied == ()
        scans = [arguments for name, arguments in stub.calls if name == "scan"]
        assert len(scans) > 1
        assert all(scan["ConsistentRead"] for scan in scans)

    def test_a_dirty_migration_is_named(self, make: Make) -> None:
        """There the error does not say which one it is."""
        target = make()
        target.create()
        target.add("20261123090000", Details(description="create users"))
        with pytest.raises(DirtyMigration, match=r"^20261123090000_create_users began at") as caught:
            target.done()
        assert caught.value.migration_id == "20261123090000"

    def test_no_record_has_anything_of_its_neighbour(self, make: Make) -> None:
        """There one struct is reused for all items, and what the next one lacks is still in it."""
        target = make()
        target.create()
        for one in ("1", "2", "3"):
            target.add(one, Details(description="first", actor="somebody") if one == "1" else Details())
        target.finish_migration("1")
        dirty = {record.id: (record.dirty, record.details.description) for record in make().records()}
        assert dirty == {"1": (False, "first"), "2": (True, None), "3": (True, None)}
