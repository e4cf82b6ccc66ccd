"""What a function gets for what it writes, as far as that can be known; and where it ends, as it can't."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from dynamigrate import Context
from tests.unit.dry_run.rehearsing import table, unchanged, view, views

KEY: Any = {"id": {"S": "o1"}}
SET: Any = {"UpdateExpression": "SET price = :p", "ExpressionAttributeValues": {":p": {"N": "7"}}}


@pytest.fixture
def client(moto_dynamodb: Any) -> Any:
    table(moto_dynamodb, items=30)
    return moto_dynamodb


def _counts(found: Any, name: str = "orders") -> tuple[int, int, float]:
    counts = found["tables"][name]
    return counts["items_written"], counts["items_deleted"], counts["write_units"]


def test_a_function_goes_on_to_its_end(client: Any) -> None:
    """As if all of it had been done."""
    answers: list[Any] = []

    def do(ctx: Context) -> None:
        db: Any = ctx.dynamodb
        put: Any = {"PutRequest": {"Item": {"id": {"S": "n"}}}}
        answers.extend(
            [
                db.put_item(TableName="orders", Item={"id": {"S": "n"}}),
                db.update_item(TableName="orders", Key=KEY, **SET),
                db.delete_item(TableName="orders", Key=KEY),
                db.batch_write_item(RequestItems={"orders": [put, {"DeleteRequest": {"Key": KEY}}]}),
                db.transact_write_items(
                    TransactItems=[
                        ctx.lock_condition(),
                        {"Put": {"TableName": "orders", "Item": {"id": {"S": "m"}}}},
                        {"Update": {"TableName": "orders", "Key": KEY, **SET}},
                    ]
                ),
            ]
        )

    with unchanged(client):
        found = view(do, client)
    assert _counts(found) == (5, 2, 3 + 2 + 2 * 2)
    assert found["tables"].keys() == {"orders"}
    assert found["tables"]["orders"]["write_requests"] == 5
    assert answers[3]["UnprocessedItems"] == {}
    assert all(one["ResponseMetadata"]["HTTPStatusCode"] == 200 for one in answers)
    assert "unknown" not in found


def test_units_go_by_the_sizes(client: Any) -> None:
    """One for each begun KB; of a change those of the item that is there, which is read for it."""
    client.put_item(TableName="orders", Item={"id": {"S": "large"}, "text": {"S": "x" * 3000}})

    def do(ctx: Context) -> None:
        ctx.dynamodb.put_item(TableName="orders", Item={"id": {"S": "n"}, "text": {"B": b"x" * 1500}})
        ctx.dynamodb.update_item(TableName="orders", Key={"id": {"S": "large"}}, **SET)
        ctx.dynamodb.delete_item(TableName="orders", Key={"id": {"S": "large"}})

    assert _counts(view(do, client)) == (2, 1, 2 + 3 + 3)


def test_an_item_that_was_not_read_is_taken_to_be_as_the_others(client: Any) -> None:
    """After a hundred of them, and that is said."""

    def do(ctx: Context) -> None:
        for number in range(150):
            ctx.dynamodb.update_item(TableName="orders", Key={"id": {"S": f"o{number}"}}, **SET)

    found = view(do, client)
    assert _counts(found) == (150, 0, 150)
    assert "The sizes of some items in orders" in found["unknown"][0]


def test_capacity_is_told_where_it_is_asked_for(client: Any) -> None:
    """In the form that each operation has."""
    told: list[Any] = []

    def do(ctx: Context) -> None:
        asks: Any = {"ReturnConsumedCapacity": "TOTAL"}
        put: Any = {"PutRequest": {"Item": {"id": {"S": "n"}}}}
        told.append(ctx.dynamodb.put_item(TableName="orders", Item={"id": {"S": "n"}}, **asks)["ConsumedCapacity"])
        told.append(ctx.dynamodb.batch_write_item(RequestItems={"orders": [put]}, **asks)["ConsumedCapacity"])
        told.append(ctx.dynamodb.get_item(TableName="orders", Key=KEY, **asks).get("ConsumedCapacity"))
        told.append(ctx.dynamodb.get_item(TableName="orders", Key=KEY).get("ConsumedCapacity"))

    view(do, client)
    assert told[0] == {"TableName": "orders", "CapacityUnits": 1.0}
    assert told[1] == [{"TableName": "orders", "CapacityUnits": 1.0}]
    assert told[2] is not None
    assert told[3] is None


def test_the_item_as_it_was_is_read(client: Any) -> None:
    """With the types that the asking client has; nothing where there was none."""
    told: list[Any] = []

    def do(ctx: Context) -> None:
        orders = boto3.resource("dynamodb").Table("orders")
        told.append(orders.put_item(Item={"id": "o3"}, ReturnValues="ALL_OLD")["Attributes"])
        told.append(ctx.dynamodb.delete_item(TableName="orders", Key=KEY, ReturnValues="ALL_OLD")["Attributes"])
        told.append(orders.delete_item(Key={"id": "nobody"}, ReturnValues="ALL_OLD").get("Attributes"))

    with unchanged(client):
        view(do, client)
    assert told == [{"id": "o3", "price": 3}, {"id": {"S": "o1"}, "price": {"N": "1"}}, None]


def _all_new(ctx: Context) -> None:
    ctx.dynamodb.update_item(TableName="orders", Key=KEY, ReturnValues="ALL_NEW", **SET)


def _returning(ctx: Context) -> None:
    ctx.dynamodb.execute_statement(Statement="UPDATE orders SET a = 1 WHERE id = 'o1' RETURNING ALL NEW *")


def _old_of_what_was_written(ctx: Context) -> None:
    ctx.dynamodb.put_item(TableName="orders", Item=KEY)
    ctx.dynamodb.put_item(TableName="orders", Item=KEY, ReturnValues="ALL_OLD")


def _message_id(ctx: Context) -> None:
    boto3.client("sqs").send_message(QueueUrl="http://127.0.0.1/q", MessageBody="x")


def _backup(ctx: Context) -> None:
    ctx.dynamodb.create_backup(TableName="orders", BackupName="before")


@pytest.mark.parametrize(
    ("do", "why"),
    [
        (_all_new, "(ALL_NEW), which only the service knows"),
        (_returning, "(RETURNING), which only the service knows"),
        (_old_of_what_was_written, "asks for the item as it was, which an earlier write would have changed"),
        (_message_id, "It goes by what sqs answers to SendMessage, which was not sent"),
        (_backup, "It goes by what dynamodb answers to CreateBackup, which was not sent"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_it_ends_where_nobody_knows_the_answer(client: Any, do: Callable[[Context], None], why: str) -> None:
    """No ``except Exception`` goes on with nothing in hand, and what catches all gets no further either."""
    reached: list[str] = []

    def stubborn(ctx: Context) -> None:
        try:
            do(ctx)
        except Exception:
            reached.append("taken for a failure of the request")
        except BaseException:
            ctx.dynamodb.put_item(TableName="orders", Item={"id": {"S": "n"}})
            reached.append("went on")

    with unchanged(client):
        found = view(stubborn, client)
    assert reached == []
    assert why in found["unknown"][-1]
    assert "It was ended there: what it would do then is not known." in found["unknown"][-1]
    assert "error" not in found


def test_what_a_write_gets_that_can_not_be(client: Any) -> None:
    """The service's own errors, for a table that is not there and an item without its key."""
    codes = []

    def do(ctx: Context) -> None:
        for name, item in (("nowhere", KEY), ("orders", {"x": {"S": "y"}})):
            try:
                ctx.dynamodb.put_item(TableName=name, Item=item)
            except ClientError as error:
                codes.append(error.response["Error"]["Code"])
        with pytest.raises(ctx.dynamodb.exceptions.ResourceInUseException):
            table(ctx.dynamodb)
        with pytest.raises(ctx.dynamodb.exceptions.ResourceNotFoundException):
            ctx.dynamodb.delete_table(TableName="nowhere")

    assert "error" not in view(do, client)
    assert codes == ["ResourceNotFoundException", "ValidationException"]


def test_a_table_is_made_and_is_there_for_what_comes_then(client: Any) -> None:
    """Its waiter ends, it is empty, and what it would get is counted; what it would have then, nobody knows."""
    seen: list[Any] = []

    def do(ctx: Context) -> None:
        table(ctx.dynamodb, "made")
        ctx.dynamodb.get_waiter("table_exists").wait(TableName="made")
        seen.append(ctx.dynamodb.scan(TableName="made")["Items"])
        ctx.dynamodb.put_item(TableName="made", Item=KEY)

    def later(ctx: Context) -> None:
        seen.append(ctx.dynamodb.describe_table(TableName="made")["Table"]["TableStatus"])
        ctx.dynamodb.scan(TableName="made")

    with unchanged(client):
        first, second = views(do, later, client=client)
    assert seen == [[], "ACTIVE"]
    assert first["others"] == [{"service": "dynamodb", "operation": "CreateTable", "table": "made", "count": 1}]
    assert _counts(first, "made") == (1, 0, 1)
    assert "Scan reads made, which is there only in a real run." in second["unknown"][0]


def test_a_table_is_deleted_and_gone_for_what_comes_then(client: Any) -> None:
    """Also for the migration behind it."""

    def do(ctx: Context) -> None:
        ctx.dynamodb.delete_table(TableName="orders")
        ctx.dynamodb.get_waiter("table_not_exists").wait(TableName="orders")

    with unchanged(client):
        _, second = views(do, lambda ctx: ctx.dynamodb.scan(TableName="orders"), client=client)
    assert second["error"]["type"].endswith("ResourceNotFoundException")


def test_an_index_is_made_and_time_to_live_switched_on(client: Any) -> None:
    """They are described as if they were; what is in the index nobody knows."""
    seen: list[Any] = []

    def do(ctx: Context) -> None:
        index: Any = {
            "IndexName": "by-price",
            "KeySchema": [{"AttributeName": "price", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        ctx.dynamodb.update_table(
            TableName="orders",
            AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("id", "price")],
            GlobalSecondaryIndexUpdates=[{"Create": index}],
        )
        described = ctx.dynamodb.describe_table(TableName="orders")["Table"]
        seen.append([(one["IndexName"], one["IndexStatus"]) for one in described["GlobalSecondaryIndexes"]])
        ctx.dynamodb.update_time_to_live(
            TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"}
        )
        seen.append(ctx.dynamodb.describe_time_to_live(TableName="orders")["TimeToLiveDescription"])
        ctx.dynamodb.scan(TableName="orders", IndexName="by-price")

    with unchanged(client):
        found = view(do, client)
    assert seen == [[("by-price", "ACTIVE")], {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}]
    assert "the index by-price of orders, which is there only in a real run" in found["unknown"][0]


def test_a_read_that_finds_another_thing_in_a_real_run_is_said(client: Any) -> None:
    """Not so where it can't: of other keys, or of what lies behind the items that were read and changed."""

    def apart(ctx: Context) -> None:
        for page in ctx.dynamodb.get_paginator("scan").paginate(TableName="orders", PaginationConfig={"PageSize": 7}):
            for item in page["Items"]:
                ctx.dynamodb.update_item(TableName="orders", Key={"id": item["id"]}, **SET)
        ctx.dynamodb.get_item(TableName="orders", Key={"id": {"S": "nobody"}})

    def again(ctx: Context) -> None:
        ctx.dynamodb.put_item(TableName="orders", Item=KEY)
        ctx.dynamodb.get_item(TableName="orders", Key=KEY)

    (alone,) = views(apart, client=client)
    assert "unknown" not in alone
    first, second = views(again, lambda ctx: ctx.dynamodb.scan(TableName="orders"), client=client)
    assert first["unknown"] == [
        "It reads orders after writes to it that were not sent: from there on it would find these."
    ]
    assert second["unknown"] == [
        "It reads orders, which 1_step_1 would have changed before it: there it would find that."
    ]


def test_writes_ahead_of_a_scan_are_met_by_it(client: Any) -> None:
    """Whether the item was read by its key before, or not at all."""

    def ahead(ctx: Context) -> None:
        first = ctx.dynamodb.scan(TableName="orders", Limit=3)
        passed = {item["id"]["S"] for item in first["Items"]}
        last = next(f"o{number}" for number in range(30) if f"o{number}" not in passed)
        key = {"id": {"S": last}}
        ctx.dynamodb.get_item(TableName="orders", Key=key)
        ctx.dynamodb.update_item(TableName="orders", Key=key, **SET)
        ctx.dynamodb.scan(TableName="orders", ExclusiveStartKey=first["LastEvaluatedKey"])

    assert "after writes to it that were not sent" in view(ahead, client)["unknown"][0]


def test_segments_of_a_scan_do_not_meet_each_others_items(client: Any) -> None:
    """A second scan does."""

    def segments(ctx: Context) -> None:
        for segment in range(4):
            for item in ctx.dynamodb.scan(TableName="orders", TotalSegments=4, Segment=segment)["Items"]:
                ctx.dynamodb.update_item(TableName="orders", Key={"id": item["id"]}, **SET)

    def twice(ctx: Context) -> None:
        segments(ctx)
        segments(ctx)

    assert "unknown" not in view(segments, client)
    assert "after writes to it that were not sent" in view(twice, client)["unknown"][0]


def test_a_change_of_a_table_that_can_not_be_described_ends_what_asks_for_it(client: Any) -> None:
    """The change itself is answered with the table as it was."""
    seen: list[str] = []

    def do(ctx: Context) -> None:
        stream: Any = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
        answer = ctx.dynamodb.update_table(TableName="orders", StreamSpecification=stream)
        seen.append(answer["TableDescription"]["TableStatus"])
        ctx.dynamodb.describe_table(TableName="orders")

    found = view(do, client)
    assert seen == ["UPDATING"]
    assert "It asks what orders is like after UpdateTable with StreamSpecification" in found["unknown"][0]


def test_conditions_are_taken_to_hold_and_that_is_said_once(client: Any) -> None:
    """Whether they do nobody knows before they are sent."""

    def do(ctx: Context) -> None:
        for number in range(3):
            ctx.dynamodb.put_item(
                TableName="orders", Item={"id": {"S": f"o{number}"}}, ConditionExpression="attribute_not_exists(id)"
            )

    found = view(do, client)
    assert _counts(found) == (3, 0, 3)
    assert len([one for one in found["unknown"] if "taken to hold" in one]) == 1


def test_what_it_would_cost_goes_by_the_units(client: Any) -> None:
    """At the prices that were given, and nothing where the table's capacity is paid for already."""
    table(
        client,
        "paid",
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )

    def do(ctx: Context) -> None:
        for name in ("orders", "paid"):
            ctx.dynamodb.put_item(TableName=name, Item=KEY)

    found = view(do, client, prices={"read": 1.0, "write": 2.0})
    assert (found["write_units"], found["dollars"]) == (2, 2e-06)


def test_what_is_put_into_a_bucket_is_named(client: Any) -> None:
    """An object needs no answer."""
    found = view(lambda ctx: boto3.client("s3").put_object(Bucket="b", Key="k", Body=b"x"), client)
    assert found["others"] == [{"service": "s3", "operation": "PutObject", "count": 1}]
    assert "unknown" not in found
