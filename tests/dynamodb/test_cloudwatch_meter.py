"""What CloudWatch is asked, and what its answers mean."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from dynamigrate import (
    Backfill,
    CloudWatchMeter,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationsError,
    Update,
    migrate,
)
from dynamigrate.consumption import MINUTE, CapacityKey
from dynamigrate_local_aws import LocalAws

WRITES, READS, BY_STATE = CapacityKey("write"), CapacityKey("read"), CapacityKey("write", "by-state")


def now() -> int:
    """The beginning of this minute."""
    return int(time.time()) // MINUTE * MINUTE


def put(client: Any, table: str, capacity_key: CapacityKey, units: float, minutes: Sequence[int]) -> None:
    """Have *units* consumed in each of *minutes*, counted from this one, in several requests each."""
    dimensions = [{"Name": "TableName", "Value": table}]
    if capacity_key.index:
        dimensions.append({"Name": "GlobalSecondaryIndexName", "Value": capacity_key.index})
    name = f"Consumed{capacity_key.kind.title()}CapacityUnits"
    data = [
        {
            "MetricName": name,
            "Dimensions": dimensions,
            "Timestamp": datetime.fromtimestamp(now() + minute * MINUTE + second, UTC),
            "Value": units / 4,
            "Unit": "Count",
        }
        for minute in minutes
        for second in (0, 15, 30, 59)
    ]
    client.put_metric_data(Namespace="AWS/DynamoDB", MetricData=data)


@pytest.fixture
def table() -> str:
    return f"metered.{uuid4().hex[:8]}"


@pytest.mark.ministack
def test_each_gauge_has_its_own_minutes(aws: LocalAws, table: str) -> None:
    """The units of whole minutes, by their beginning; one that nobody used is not there."""
    client = aws.client("cloudwatch")
    put(client, table, WRITES, 600, [-3, -1])
    put(client, table, BY_STATE, 60, [-2])
    put(client, f"{table}.other", WRITES, 9999, [-2])
    began = now()
    counted = CloudWatchMeter(client).consumed(
        table, [WRITES, BY_STATE, READS], since=began - 600, until=time.time() + 600
    )
    assert counted.units == {
        WRITES: {began - 180: 600.0, began - 60: 600.0},
        BY_STATE: {began - 120: 60.0},
        READS: {},
    }
    assert counted.at == pytest.approx(time.time(), abs=5)


@pytest.mark.ministack
def test_a_backfill_leaves_others_what_cloudwatch_says(aws: LocalAws, ministack_dynamodb: Any, table: str) -> None:
    """From its first line on."""
    ministack_dynamodb.create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1000, "WriteCapacityUnits": 1000},
    )
    for number in range(30):
        ministack_dynamodb.put_item(TableName=table, Item={"pk": {"S": str(number)}})
    put(aws.client("cloudwatch"), table, WRITES, 460 * MINUTE, range(-6, 6))
    source = MemorySource()
    source.add(Migration("1", "mark", do=Backfill(table, lambda item, ctx: Update(set={"marked": True}))))
    figures: list[Any] = []
    meter = CloudWatchMeter(aws.client("cloudwatch"))
    migrate(source, MemoryTarget(), dynamodb=ministack_dynamodb, meter=meter, measure=figures.append)
    last = figures[-1]
    assert (last["write_ceiling"], last["others_write"]) == (40.0, 460.0)
    assert last["read_ceiling"] == 500.0


def test_it_is_one_request_for_all() -> None:
    """Of sums over a minute, for the table and for each index by its own dimensions."""
    asked: list[dict[str, Any]] = []

    def answer(**request: Any) -> dict[str, Any]:
        asked.append(request)
        return {"MetricDataResults": []}

    counted = CloudWatchMeter(SimpleNamespace(get_metric_data=answer)).consumed(
        "orders", [WRITES, BY_STATE], since=0, until=600
    )
    assert (counted.units, counted.at) == ({}, None)
    [request] = asked
    assert (request["StartTime"].timestamp(), request["EndTime"].timestamp()) == (0, 600)
    stats = [query["MetricStat"] for query in request["MetricDataQueries"]]
    assert {(stat["Period"], stat["Stat"]) for stat in stats} == {(60, "Sum")}
    assert [[one["Value"] for one in stat["Metric"]["Dimensions"]] for stat in stats] == [
        ["orders"],
        ["orders", "by-state"],
    ]


def test_the_sdk_takes_what_is_asked() -> None:
    """By the service's own model, for the longest names and as many indexes as a table may have."""
    client = boto3.client("cloudwatch", region_name="us-east-1")
    capacity_keys = [
        CapacityKey(kind, index) for kind in ("read", "write") for index in ("", *(f"{n:0255}" for n in range(20)))
    ]
    with Stubber(client) as stub:
        stub.add_response("get_metric_data", {"MetricDataResults": []})
        assert CloudWatchMeter(client).consumed("t" * 255, capacity_keys, since=0, until=600).units == {}


def test_an_answer_that_is_not_whole_is_none() -> None:
    """What is missing would be taken for nothing used."""
    result = {"Id": "m0", "StatusCode": "InternalError", "Timestamps": [], "Values": []}
    client = SimpleNamespace(get_metric_data=lambda **request: {"MetricDataResults": [result]})
    with pytest.raises(MigrationsError, match="CloudWatch answered with InternalError"):
        CloudWatchMeter(client).consumed("orders", [WRITES], since=0, until=600)


def test_a_refusal_is_the_clients_own() -> None:
    """Whoever asks tells it, and goes on."""
    client = boto3.client("cloudwatch", region_name="us-east-1")
    with Stubber(client) as stub:
        stub.add_client_error("get_metric_data", "AccessDenied")
        with pytest.raises(ClientError, match="AccessDenied"):
            CloudWatchMeter(client).consumed("orders", [WRITES], since=0, until=600)
