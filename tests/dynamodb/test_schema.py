"""What a migration can do about tables and indexes by itself, on each service."""

import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from dynamigrate import (
    Context,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    MigrationsError,
    Outcome,
    RunUnfinished,
    SchemaError,
    create_index,
    delete_index,
    enable_ttl,
    wait_for_index,
    wait_for_table,
)
from tests.unit.fakes import FakeClock, migrate_in

KEY: dict[str, str] = {"customerId": "S"}


@pytest.fixture
def orders(any_client: Any) -> Any:
    make_table(any_client)
    return any_client


def make_table(client: Any, name: str = "orders", **options: Any) -> None:
    client.create_table(
        **{
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "orderId", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "orderId", "KeyType": "HASH"}],
            **options,
        }
    )


def run(client: Any, do: Callable[[Context], object], target: MemoryTarget | None = None, **options: Any) -> Outcome:
    """The one migration of a run, on a clock that is turned by hand."""
    source = MemorySource()
    source.add(Migration("1", "change", do=do))
    given = {"clock": FakeClock(), "tables": {"orders": "orders"}, **options}
    return migrate_in(source, target or MemoryTarget(), dynamodb=client, **given)


def failure(client: Any, do: Callable[[Context], object], **options: Any) -> MigrationsError:
    with pytest.raises(MigrationFailed) as caught:
        run(client, do, **options)
    cause = caught.value.__cause__
    assert isinstance(cause, MigrationsError)
    return cause


def indexes(client: Any, table: str = "orders") -> dict[str, Any]:
    described = client.describe_table(TableName=table)["Table"]
    return {one["IndexName"]: one for one in described.get("GlobalSecondaryIndexes", ())}


class TestCreatingAnIndex:
    def test_it_can_be_queried_when_the_migration_is_applied(self, orders: Any) -> None:
        orders.put_item(TableName="orders", Item={"orderId": {"S": "1"}, "customerId": {"S": "c-1"}, "at": {"N": "5"}})
        run(orders, lambda ctx: create_index(ctx, "orders", "by-customer", partition_key=KEY, sort_key={"at": "N"}))
        found = orders.query(
            TableName="orders",
            IndexName="by-customer",
            KeyConditionExpression="customerId = :c",
            ExpressionAttributeValues={":c": {"S": "c-1"}},
        )
        assert [item["orderId"]["S"] for item in found["Items"]] == ["1"]

    def test_it_has_the_keys_and_the_projection_that_were_asked_for(self, orders: Any) -> None:
        run(
            orders,
            lambda ctx: create_index(
                ctx, "orders", "by-customer", partition_key=KEY, sort_key={"at": "N"}, projection=["total"]
            ),
        )
        index = indexes(orders)["by-customer"]
        assert index["KeySchema"] == [
            {"AttributeName": "customerId", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ]
        assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total"]}

    def test_doing_it_again_changes_nothing(self, orders: Any) -> None:
        """Which is what makes a migration that stopped go on."""

        def do(ctx: Context) -> None:
            create_index(ctx, "orders", "by-customer", partition_key=KEY, projection="KEYS_ONLY")

        run(orders, do)
        calls = _counted(orders, "UpdateTable")
        run(orders, do)
        assert calls == []
        assert [*indexes(orders)] == ["by-customer"]

    def test_several_are_made_one_after_the_other(self, orders: Any) -> None:
        def do(ctx: Context) -> None:
            create_index(ctx, "orders", "by-customer", partition_key=KEY)
            create_index(ctx, "orders", "by-status", partition_key={"status": "S"})

        run(orders, do)
        assert {*indexes(orders)} == {"by-customer", "by-status"}

    def test_of_a_provisioned_table_it_gets_as_much(self, any_client: Any) -> None:
        make_table(
            any_client,
            BillingMode="PROVISIONED",
            ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 3},
        )
        run(any_client, lambda ctx: create_index(ctx, "orders", "by-customer", partition_key=KEY))
        given = indexes(any_client)["by-customer"]["ProvisionedThroughput"]
        assert (given["ReadCapacityUnits"], given["WriteCapacityUnits"]) == (7, 3)

    def test_one_that_is_there_with_other_keys_is_refused(self, orders: Any) -> None:
        run(orders, lambda ctx: create_index(ctx, "orders", "by-customer", partition_key=KEY))
        error = failure(orders, lambda ctx: create_index(ctx, "orders", "by-customer", partition_key={"status": "S"}))
        assert error.message == (
            "The index by-customer of orders is there with other keys: it has customerId (S), projecting ALL, and not "
            "status (S), projecting ALL."
        )
        assert "Make it under another name; or take this one away first, with delete_index" in error.next_step

    def test_an_attribute_of_another_type_is_refused_before_it_is_ordered(self, orders: Any) -> None:
        error = failure(orders, lambda ctx: create_index(ctx, "orders", "by-order", partition_key={"orderId": "N"}))
        assert error.message == "orderId is of type S in another key of orders, and N here."
        assert indexes(orders) == {}

    def test_of_no_table_it_is_refused(self, orders: Any) -> None:
        error = failure(orders, lambda ctx: create_index(ctx, "others", "by-customer", partition_key=KEY))
        assert isinstance(error, SchemaError)
        assert error.message == "There is no table others in this account and Region."


class TestDeletingAnIndex:
    def test_it_is_gone_and_the_others_stay(self, orders: Any) -> None:
        def do(ctx: Context) -> None:
            create_index(ctx, "orders", "by-customer", partition_key=KEY)
            create_index(ctx, "orders", "by-status", partition_key={"status": "S"})
            delete_index(ctx, "orders", "by-customer")

        run(orders, do)
        assert [*indexes(orders)] == ["by-status"]

    def test_one_that_is_not_there_is_none_to_take_away(self, orders: Any) -> None:
        calls = _counted(orders, "UpdateTable")
        assert run(orders, lambda ctx: delete_index(ctx, "orders", "by-customer")).applied == ("1",)
        assert calls == []


class TestWaiting:
    def test_a_table_that_the_migration_made_is_there_afterwards(self, any_client: Any) -> None:
        def do(ctx: Context) -> None:
            make_table(ctx.dynamodb, "shipments")
            wait_for_table(ctx, "shipments")

        run(any_client, do)
        assert any_client.describe_table(TableName="shipments")["Table"]["TableStatus"] == "ACTIVE"

    def test_a_table_that_nobody_made_is_not_waited_for_long(self, any_client: Any) -> None:
        clock = FakeClock()
        error = failure(any_client, lambda ctx: wait_for_table(ctx, "shipments"), clock=clock)
        assert error.message == "There is no table shipments in this account and Region."
        assert sum(clock.slept) == 30

    def test_an_index_that_is_there_is_not_waited_for(self, orders: Any) -> None:
        clock = FakeClock()

        def do(ctx: Context) -> None:
            create_index(ctx, "orders", "by-customer", partition_key=KEY)
            clock.slept.clear()
            wait_for_index(ctx, "orders", "by-customer")

        run(orders, do, clock=clock)
        assert clock.slept == []

    def test_an_index_that_nobody_made_is_an_error_that_names_those_there_are(self, orders: Any) -> None:
        def do(ctx: Context) -> None:
            create_index(ctx, "orders", "by-customer", partition_key=KEY)
            wait_for_index(ctx, "orders", "by-costumer")

        error = failure(orders, do)
        assert error.message == "The table orders has no index by-costumer: it has by-customer."


class TestTimeToLive:
    def test_it_is_on_afterwards(self, orders: Any) -> None:
        run(orders, lambda ctx: enable_ttl(ctx, "orders", "expiresAt"))
        found = orders.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
        assert found["AttributeName"] == "expiresAt"
        assert found["TimeToLiveStatus"] in ("ENABLED", "ENABLING")

    def test_doing_it_again_changes_nothing(self, orders: Any) -> None:
        run(orders, lambda ctx: enable_ttl(ctx, "orders", "expiresAt"))
        calls = _counted(orders, "UpdateTimeToLive")
        run(orders, lambda ctx: enable_ttl(ctx, "orders", "expiresAt"))
        assert calls == []

    def test_by_another_attribute_it_is_refused(self, orders: Any) -> None:
        run(orders, lambda ctx: enable_ttl(ctx, "orders", "expiresAt"))
        error = failure(orders, lambda ctx: enable_ttl(ctx, "orders", "deleteAt"))
        assert error.message == "Time to live of orders is on by expiresAt, and not by deleteAt."
        assert error.next_step == ("Use expiresAt; or switch it off first, which takes up to an hour. A table has one.")


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda ctx: create_index(ctx, "orders", "x", partition_key=KEY), "'x' can't be the name of an index."),
        (lambda ctx: create_index(ctx, "orders", "by-x", partition_key={}), "partition_key has 0 attributes."),
        (
            lambda ctx: create_index(ctx, "orders", "by-x", partition_key=dict.fromkeys("abcde", "S")),
            "partition_key has 5 attributes.",
        ),
        (
            lambda ctx: create_index(ctx, "orders", "by-x", partition_key=KEY, sort_key=dict.fromkeys("abcde", "S")),
            "sort_key has 5 attributes.",
        ),
        (
            lambda ctx: create_index(ctx, "orders", "by-x", partition_key={"a": "BOOL"}),
            "partition_key: a is of type 'BOOL'.",
        ),
        (
            lambda ctx: create_index(ctx, "orders", "by-x", partition_key=cast("Any", "a")),
            "partition_key='a' is no key.",
        ),
        (
            lambda ctx: create_index(ctx, "orders", "by-x", partition_key=KEY, sort_key=KEY),
            "partition_key and sort_key both have customerId.",
        ),
        (
            lambda ctx: create_index(ctx, "orders", "by-x", partition_key=KEY, projection=[]),
            "projection=[] is not possible.",
        ),
        (
            lambda ctx: create_index(ctx, "a b", "by-x", partition_key=KEY),
            "1_change: 'a b' can't be the name of a table.",
        ),
        (lambda ctx: enable_ttl(ctx, "orders", ""), "1_change: '' can't be the name of an attribute."),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_asked(do: Callable[[Context], object], message: str) -> None:
    """And says what would be possible."""
    error = failure(None, do)
    assert error.message == message
    assert error.next_step


class Service:
    """
    A DynamoDB that takes its time: what was ordered is ready after so many looks.

    Attributes:
        looks: How many are left.
    """

    def __init__(self, looks: int = 3) -> None:
        self.table: dict[str, Any] = {
            "TableName": "orders",
            "TableStatus": "ACTIVE",
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "AttributeDefinitions": [{"AttributeName": "orderId", "AttributeType": "S"}],
            "GlobalSecondaryIndexes": [],
        }
        self.looks = looks
        self.ordered: list[dict[str, Any]] = []
        self.answers: list[str] = []
        self.denied = ""

    def describe_table(self, **_: Any) -> Any:
        self.looks -= 1
        if self.looks <= 0:
            self.table["TableStatus"] = "ACTIVE"
            there = [one for one in self.table["GlobalSecondaryIndexes"] if one["IndexStatus"] != "DELETING"]
            self.table["GlobalSecondaryIndexes"] = [
                {**one, "IndexStatus": "ACTIVE", "Backfilling": False} for one in there
            ]
        return {"Table": {**self.table}}

    def update_table(self, **request: Any) -> Any:
        if self.denied:
            message = (
                f"User: arn:aws:sts::1:assumed-role/R/F is not authorized to perform: {self.denied} on resource: "
                "arn:aws:dynamodb:us-east-1:1:table/orders because no identity-based policy allows the action"
            )
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, "UpdateTable")
        if self.answers:
            raise ClientError({"Error": {"Code": self.answers.pop(0), "Message": "busy"}}, "UpdateTable")
        self.ordered.append(request)
        [change] = request["GlobalSecondaryIndexUpdates"]
        if "Create" in change:
            self.table["AttributeDefinitions"] = [*self.table["AttributeDefinitions"], *request["AttributeDefinitions"]]
            made = {**change["Create"], "IndexStatus": "CREATING", "Backfilling": True}
            self.table["GlobalSecondaryIndexes"].append(made)
        else:
            for one in self.table["GlobalSecondaryIndexes"]:
                if one["IndexName"] == change["Delete"]["IndexName"]:
                    one["IndexStatus"] = "DELETING"
        self.looks = 4
        return {}


def by_customer(ctx: Context) -> None:
    create_index(ctx, "orders", "by-customer", partition_key=KEY)


class TestAServiceThatTakesItsTime:
    def test_an_index_is_waited_for_until_it_has_all_items(self) -> None:
        """ACTIVE it may be before that: its backfilling is still going on then."""
        service, clock = Service(), FakeClock()
        waiting: list[str] = []
        target = MemoryTarget()
        clock.before_sleep = lambda: waiting.append(target.records()[0].waits_for)
        run(service, by_customer, target, clock=clock)
        assert len(service.ordered) == 1
        assert waiting == ["index by-customer of orders is CREATING"] * 4
        [record] = target.records()
        assert (record.dirty, record.waits_for) == (False, "")

    def test_keys_of_several_attributes_are_asked_for_in_order(self) -> None:
        service = Service()
        run(
            service,
            lambda ctx: create_index(
                ctx,
                "orders",
                "by-place",
                partition_key={"country": "S", "city": "S"},
                sort_key={"year": "N", "day": "N"},
            ),
        )
        [update] = service.ordered[0]["GlobalSecondaryIndexUpdates"]
        assert [(one["AttributeName"], one["KeyType"]) for one in update["Create"]["KeySchema"]] == [
            ("country", "HASH"),
            ("city", "HASH"),
            ("year", "RANGE"),
            ("day", "RANGE"),
        ]

    @pytest.mark.parametrize("code", ["LimitExceededException", "ResourceInUseException"])
    def test_where_the_table_is_being_changed_it_is_ordered_later(self, code: str) -> None:
        """DynamoDB makes one index of a table at a time."""
        service, clock = Service(), FakeClock()
        service.answers = [code, code]
        run(service, by_customer, clock=clock)
        assert len(service.ordered) == 1
        assert len(clock.slept) == 2 + 4

    def test_another_index_that_is_going_or_coming_is_waited_for_first(self) -> None:
        for status in ("CREATING", "DELETING"):
            service = Service(looks=3)
            service.table["GlobalSecondaryIndexes"] = [{"IndexName": "by-status", "IndexStatus": status}]
            run(service, by_customer)
            assert len(service.ordered) == 1

    def test_a_denial_names_the_grant_to_give(self) -> None:
        service = Service()
        service.denied = "dynamodb:UpdateTable"
        error = failure(service, by_customer)
        assert error.message.startswith("orders: UpdateTable is not allowed to this role: User: arn:aws:sts::1")
        assert error.next_step == (
            'Grant it where the stacks are made, on the table orders: table.grant(migrations, "dynamodb:UpdateTable").'
        )

    def test_a_dry_run_orders_nothing_and_does_not_wait(self) -> None:
        service, clock = Service(), FakeClock()

        def do(ctx: Context) -> None:
            by_customer(ctx)

        do.supports_dry_run = True  # type: ignore[attr-defined]
        run(service, do, clock=clock, dry_run=True)
        assert (service.ordered, clock.slept) == ([], [])


class TestATimeThatIsUp:
    """The migration is not dirty for good: the next run goes on waiting."""

    def test_the_next_run_goes_on_and_does_not_order_it_again(self) -> None:
        service, target, clock = Service(), MemoryTarget(), FakeClock()
        left = [1_000.0]
        clock.before_sleep = lambda: left.__setitem__(0, 0.0)
        with pytest.raises(RunUnfinished) as caught:
            run(service, by_customer, target, clock=clock, remaining=lambda: left[0], reserve=10.0)
        assert "1_change stopped, after 2 seconds of waiting: the index by-customer of orders is CREATING" in str(
            caught.value
        )
        [record] = target.records()
        assert record.dirty
        assert record.resumable
        assert run(service, by_customer, target).applied == ("1",)
        assert len(service.ordered) == 1

    def test_what_stands_after_it_is_not_done_twice_by_itself(self) -> None:
        """Only as long as it waits is the migration one that is run again: what fails afterwards needs a person."""
        service, target = Service(), MemoryTarget()

        def do(ctx: Context) -> None:
            by_customer(ctx)
            raise ValueError("half done")

        with pytest.raises(MigrationFailed):
            run(service, do, target)
        [record] = target.records()
        assert (record.dirty, record.resumable) == (True, False)

    def test_a_failure_while_it_waits_needs_no_repair(self) -> None:
        """A grant that was missing is given, and the next deploy goes on."""
        service, target = Service(), MemoryTarget()
        service.denied = "dynamodb:UpdateTable"
        with pytest.raises(MigrationFailed) as caught:
            run(service, by_customer, target)
        assert "it goes on from its checkpoint" in caught.value.next_step
        service.denied = ""
        assert run(service, by_customer, target).applied == ("1",)

    def test_a_checkpoint_of_the_authors_own_stays_what_it_is(self) -> None:
        service, target, clock = Service(), MemoryTarget(), FakeClock()
        seen: list[Any] = []
        left = [1_000.0]
        clock.before_sleep = lambda: left.__setitem__(0, 0.0)

        def do(ctx: Context) -> None:
            seen.append(ctx.checkpoint.load())
            if not seen[-1]:
                ctx.checkpoint.save({"page": 7})
            by_customer(ctx)

        with pytest.raises(RunUnfinished):
            run(service, do, target, clock=clock, remaining=lambda: left[0], reserve=10.0)
        run(service, do, target)
        assert seen == [None, {"page": 7}]

    def test_to_the_author_there_is_no_checkpoint_while_none_of_theirs_is_saved(self) -> None:
        service, target, clock = Service(), MemoryTarget(), FakeClock()
        seen: list[Any] = []
        left = [1_000.0]
        clock.before_sleep = lambda: left.__setitem__(0, 0.0)

        def do(ctx: Context) -> None:
            seen.append(ctx.checkpoint.load())
            by_customer(ctx)

        with pytest.raises(RunUnfinished):
            run(service, do, target, clock=clock, remaining=lambda: left[0], reserve=10.0)
        run(service, do, target)
        assert seen == [None, None]

    def test_a_run_that_is_asked_to_stop_stops_waiting(self) -> None:
        service, target, clock = Service(looks=1_000), MemoryTarget(), FakeClock()
        clock.before_sleep = lambda: target.request_stop("cancelled by anna")
        with pytest.raises(RunUnfinished, match="and cancelled by anna"):
            run(service, by_customer, target, clock=clock)


def _counted(client: Any, operation: str) -> list[str]:
    """The operations of that name that *client* sends from here on."""
    calls: list[str] = []
    client.meta.events.register(
        f"before-call.dynamodb.{operation}",
        lambda **_: calls.append(operation),
        unique_id=f"{operation}{threading.get_ident()}",
    )
    return calls
