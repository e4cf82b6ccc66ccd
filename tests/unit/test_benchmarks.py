"""The benchmarks' stub of DynamoDB, as boto3 sees it, and what they print. Nothing is measured here."""

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import fromstring

import boto3
import pytest
from benchmarks import order, report, suite
from benchmarks.chart import Bar, Panel, chart
from benchmarks.goals import GOALS
from benchmarks.grid import grid
from benchmarks.machine import Machine
from benchmarks.results import AssetSize, ColdStart, Comparison, Deploy, Pair, Results
from benchmarks.scale import FULL
from benchmarks.stub import Statistics, Stub
from benchmarks.worker import Measurement
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = {"id": {"S": order.key(7)}}
_MORE_THAN_A_PAGE = 3_000


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with Stub.start() as running:
        yield running


@pytest.fixture
def client(stub: Stub) -> "DynamoDBClient":
    return _client(stub)


def test_an_order_has_the_size_that_it_is_said_to_have() -> None:
    """394 bytes, as DynamoDB counts them."""
    wire = json.loads(order.wire(7))
    assert order.item_size({name: TypeDeserializer().deserialize(value) for name, value in wire.items()}) == order.SIZE


@pytest.mark.parametrize("segments", [1, 3])
def test_a_scan_has_every_item_once(client: "DynamoDBClient", segments: int) -> None:
    """Over pages, and over segments."""
    found: list[str] = []
    for segment in range(segments):
        paginator = client.get_paginator("scan")
        pages = paginator.paginate(
            TableName=f"orders-{_MORE_THAN_A_PAGE}", Segment=segment, TotalSegments=segments, ConsistentRead=True
        )
        found.extend(item["id"]["S"] for page in pages for item in page["Items"])
    assert found == [order.key(number) for number in range(_MORE_THAN_A_PAGE)]


def test_writes_are_accepted_in_every_form(client: "DynamoDBClient") -> None:
    """One at a time, in batches, as statements and as a transaction; nothing is left unprocessed."""
    table = "orders-10"
    statement = f'UPDATE "{table}" SET "status"=? WHERE "id"=?'
    client.put_item(TableName=table, Item=_KEY)
    client.update_item(TableName=table, Key=_KEY, UpdateExpression="REMOVE a")
    client.delete_item(TableName=table, Key=_KEY)
    client.transact_write_items(TransactItems=[{"Delete": {"TableName": table, "Key": _KEY}}])
    batch = client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": _KEY}}] * 25})
    assert batch["UnprocessedItems"] == {}
    statements = client.batch_execute_statement(
        Statements=[{"Statement": statement, "Parameters": [{"S": "NEW"}, _KEY["id"]]}] * 25
    )
    assert statements["Responses"] == [{"TableName": table}] * 25


def test_an_item_is_found_by_its_key(client: "DynamoDBClient") -> None:
    """And one that is not there is not."""
    assert client.get_item(TableName="orders-10", Key=_KEY)["Item"]["id"] == _KEY["id"]
    assert "Item" not in client.get_item(TableName="orders-5", Key=_KEY)


def test_a_table_says_what_it_is(client: "DynamoDBClient") -> None:
    """Its key, that it can be used, and how large it is."""
    described = client.describe_table(TableName="orders-10")["Table"]
    assert described["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert (described["TableStatus"], described["TableSizeBytes"]) == ("ACTIVE", 10 * order.SIZE)


def test_consumed_capacity_is_told_to_who_asks(client: "DynamoDBClient") -> None:
    """Units in the form of each operation."""
    write = client.put_item(TableName="orders-10", Item=_KEY, ReturnConsumedCapacity="TOTAL")
    assert write["ConsumedCapacity"] == {"TableName": "orders-10", "CapacityUnits": 1.0}
    batch = client.batch_write_item(
        RequestItems={"orders-10": [{"PutRequest": {"Item": _KEY}}] * 3}, ReturnConsumedCapacity="TOTAL"
    )
    assert batch["ConsumedCapacity"] == [{"TableName": "orders-10", "CapacityUnits": 3.0}]


def test_what_is_not_served_is_refused(client: "DynamoDBClient") -> None:
    """As the service refuses what it does not know."""
    with pytest.raises(client.exceptions.ClientError, match="UnknownOperationException"):
        client.list_tables()


def test_requests_are_counted(stub: Stub, client: "DynamoDBClient") -> None:
    """By operation, and apart from those before."""
    before = Statistics.of(stub.endpoint)
    client.put_item(TableName="orders-10", Item=_KEY)
    assert Statistics.of(stub.endpoint).since(before).requests == {"PutItem": 1}


def test_a_share_of_the_writes_can_be_refused() -> None:
    """Unprocessed in one kind of batch, throttled in the other."""
    with Stub.start(unprocessed=0.3) as refusing:
        client = _client(refusing)
        writes: Any = {"orders-10": [{"PutRequest": {"Item": _KEY}}] * 25}
        left = [len(client.batch_write_item(RequestItems=writes)["UnprocessedItems"]["orders-10"]) for _ in range(40)]
        assert sum(left) == pytest.approx(300, rel=0.2)
        statements: Any = [{"Statement": 'DELETE FROM "orders-10" WHERE "id"=\'a\''}] * 25
        responses = client.batch_execute_statement(Statements=statements)["Responses"]
        assert {one.get("Error", {}).get("Code") for one in responses} == {None, "ProvisionedThroughputExceeded"}


def test_the_stub_ends_with_who_started_it() -> None:
    """Its process is gone when the block is left."""
    with Stub.start() as stub:
        process = stub.pid
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_the_chart_shows_every_bar_in_proportion() -> None:
    """And text that means something to XML stays text."""
    drawn = chart(
        [Panel(title="a < b", note="", bars=[Bar(label="x", value=2, text="2"), Bar(label="y", value=1, text="1")])],
        description="d",
    )
    assert "a &lt; b" in drawn
    widths = [
        float(part.split('"')[0]) for part in drawn.split('class="bar"')[1:] for part in [part.split('width="')[1]]
    ]
    assert widths[0] == pytest.approx(2 * widths[1])


def test_tables_are_aligned() -> None:
    """Names to the left, figures to the right."""
    assert grid(("name", "µs"), [("a", "1,000")]) == "| name |    µs |\n| ---- | ----: |\n| a    | 1,000 |"


def test_a_page_is_made_of_whatever_was_measured() -> None:
    """Every goal with its figure and verdict, the reason of each that was missed, and a chart that is XML."""
    results = _results(ours=50.0)
    page = report.markdown(results, FULL)
    assert "$" not in page
    assert "| CPU per item, guarded updates, against `batch_writer`" in page
    assert "6.00\N{MULTIPLICATION SIGN} | **missed** |" in page
    assert all(goal.is_met(results) or not goal.why or goal.why in page for goal in GOALS)
    assert fromstring(report.svg(results)).tag.endswith("svg")


def test_no_reason_is_given_where_nothing_was_missed() -> None:
    """And a figure that is printed as the limit meets it."""
    results = _results(ours=10.0)
    assert all(goal.is_met(results) for goal in GOALS)
    assert "and why" not in report.markdown(results, FULL)


def _results(*, ours: float) -> Results:
    """With *ours* microseconds an item for our own, and 300 for everybody else's; all else as it should be."""

    def measured(contender: str) -> Measurement:
        cpu = ours if contender.startswith("our") else 300.0
        return Measurement(
            items=1000,
            cpu=cpu,
            seconds=1 if cpu == ours else 200,
            operations={"Scan": 1, "PutItem": 1000},
            stub=0.1,
            peak=100,
        )

    same = Pair(before=measured("ours"), after=measured("ours"))
    return Results(
        machine=Machine(
            day="2026-11-23", processor="P", cores=2, memory=8, system="S", python="C", packages={"a": "1"}, load=0.1
        ),
        at_once=Comparison(measured={one.name: measured(one.name) for one in suite.AT_ONCE}),
        delayed=Comparison(
            measured={one.name: measured(one.name) for one in suite.DELAYED}, latency={"Scan": 0.06, "PutItem": 0.2}
        ),
        refused={one.name: same for one in suite.OURS},
        grown=same,
        deploy=Deploy(
            applied=10,
            noop_cpu=1,
            noop_requests=3,
            long=10_000,
            long_noop_cpu=1,
            long_noop_requests=3,
            long_plan_cpu=1,
        ),
        cold_start=ColdStart(
            tracer=100, handler=50, migration=90, source={10: 100, 1000: 110.4}, plan={10: 100, 1000: 110}
        ),
        asset=AssetSize(migrations=10, size=2_000_000, zipped=1_000_000),
    )


def _client(stub: Stub) -> "DynamoDBClient":
    return boto3.client("dynamodb", endpoint_url=stub.endpoint, config=Config(retries={"total_max_attempts": 1}))
