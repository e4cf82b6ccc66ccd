"""The benchmarks' stub of DynamoDB, as boto3 sees it, and what they print. Nothing is measured here."""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import fromstring

import boto3
import pytest
from benchmarks import __main__ as program
from benchmarks import order, report, suite
from benchmarks.chart import Bar, Panel, chart
from benchmarks.contenders import Contender
from benchmarks.goals import GOALS
from benchmarks.grid import grid
from benchmarks.parts import PARTS
from benchmarks.results import AssetSize, ColdStart, Comparison, Deploy, Pair, Results
from benchmarks.scale import FULL
from benchmarks.spread import Spread
from benchmarks.stub import Statistics, Stub, shortcuts
from benchmarks.stub.answers import Answers
from benchmarks.turns import Turn, take_turns
from benchmarks.worker import Measurement
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config

from tests.unit.fleet_results import MACHINE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = {"id": {"S": order.key(7)}}
_MORE_THAN_A_PAGE = 3_000
_APART = {part.place: part.marks.around(f"About {part.what}.") for part in PARTS.values()}


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
    page = report.markdown(results, FULL, _APART)
    assert re.search(r"\$[a-z{]", page) is None
    assert "| CPU per item, guarded updates, against `batch_writer`" in page
    assert "6.00\N{MULTIPLICATION SIGN} (6 to 6)" in page
    assert all(goal.is_met(results) or not goal.why or goal.why in page for goal in GOALS)
    assert fromstring(report.svg(results)).tag.endswith("svg")


def test_speed_measured_alone_leaves_the_sections_of_all_else_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quick run writes nothing."""
    results = _results(ours=50.0)
    old = report.markdown(_results(ours=20.0), FULL, _APART)
    page = tmp_path / "performance.md"
    page.write_text(old)
    monkeypatch.setattr(program, "_PAGE", page)
    monkeypatch.setattr(program, "_PICTURES", tmp_path)
    monkeypatch.setattr(suite, "run", lambda *_, **__: results)
    for options in ["--speed", "--quick"], ["--speed"]:
        assert page.read_text() == old
        monkeypatch.setattr(sys, "argv", ["benchmarks", *options])
        program.main()
    assert page.read_text() == report.markdown(results, FULL, _APART)
    assert all(section in page.read_text() for section in _APART.values())
    assert {one.name for one in tmp_path.iterdir()} == {"performance.md", "performance.svg"}


def test_no_reason_is_given_where_nothing_was_missed() -> None:
    """And a figure that is printed as the limit meets it."""
    results = _results(ours=10.0)
    assert all(goal.is_met(results) for goal in GOALS)
    assert "and why" not in report.markdown(results, FULL, _APART)


def test_what_is_not_on_the_machine_is_not_measured() -> None:
    """A goal against it is neither met nor missed."""
    page = report.markdown(_results(ours=10.0, go=False), FULL, _APART)
    assert re.search(r"against Go's SDK on raw values +\| +at least 1\S +\| +\| not measured \|", page)
    assert "goroutines |" not in page


def test_a_disturbed_run_is_said_to_be() -> None:
    """With how much others used."""
    assert "**Disturbed:**" in (page := report.markdown(_results(ours=10.0, others=0.31), FULL, _APART))
    assert "at most 31%" in page
    assert "Disturbed" not in report.markdown(_results(ours=10.0, others=0.01), FULL, _APART)


def test_a_ratio_is_made_of_the_same_round() -> None:
    """A machine that is slow in a round is slow for both."""
    comparison = Comparison(
        measured={name: [_measured(cpu) for cpu in times] for name, times in {"a": (1, 10, 1), "b": (3, 30, 2)}.items()}
    )
    assert comparison.ratio("a", "b") == Spread(3.0, 2.0, 3.0)
    assert comparison.cpu("b") == Spread(3.0, 2.0, 30.0)


def test_each_round_begins_with_another_contender(monkeypatch: pytest.MonkeyPatch) -> None:
    """And everybody has one turn in it."""
    taken: list[str] = []

    def measure(turn: Turn) -> Measurement:
        taken.append(turn.name)
        return _measured(1)

    monkeypatch.setattr(Turn, "measure", measure)
    turns = [
        Turn(name=name, contender=suite.OURS[0], stub=Stub("http://127.0.0.1:1", 0), items=1, kind="orders")
        for name in "abc"
    ]
    assert {name: len(found) for name, found in take_turns(turns, 3, lambda _: None).items()} == dict.fromkeys("abc", 3)
    assert "".join(taken) == "abcbcacab"


@pytest.mark.parametrize("kind", order.KINDS)
def test_larger_orders_have_the_size_that_they_are_said_to_have(client: "DynamoDBClient", kind: order.Kind) -> None:
    """As DynamoDB counts it; a page has no more than 1 MB, and a write costs a unit for each KB."""
    page = client.scan(TableName=f"{kind.name}-{_MORE_THAN_A_PAGE}")
    item = {name: TypeDeserializer().deserialize(value) for name, value in page["Items"][0].items()}
    assert order.item_size(item) == kind.size
    assert page["Count"] == 2**20 // kind.size
    written = client.put_item(TableName=f"{kind.name}-10", Item=_KEY, ReturnConsumedCapacity="TOTAL")
    assert written["ConsumedCapacity"]["CapacityUnits"] == -(-(kind.size + len("statusPAID")) // 1024)


@pytest.mark.parametrize("asks", ["TOTAL", "NONE"])
def test_a_batch_is_answered_without_being_parsed_as_it_would_be(asks: str) -> None:
    """Counting what is in it comes to the same, whatever a text in it says."""
    note = {"S": '"PutRequest" "Statement" "ReturnConsumedCapacity":"TOTAL"'}
    statement = {"Statement": 'UPDATE "orders-10" SET "status"=? WHERE "id"=?', "Parameters": [note, _KEY["id"]]}
    for operation, request in (
        ("BatchWriteItem", {"RequestItems": {"orders4k-10": [{"PutRequest": {"Item": _KEY | {"note": note}}}] * 3}}),
        ("BatchExecuteStatement", {"Statements": [statement] * 3}),
    ):
        body = json.dumps(request | {"ReturnConsumedCapacity": asks}).encode()
        short = shortcuts.answer(operation, body)
        assert short is not None
        # One of which writes may be refused parses everything.
        assert json.loads(short) == json.loads(Answers(unprocessed=1e-9).answer(operation, body))


def test_other_batches_are_left_to_who_parses_them() -> None:
    """Deletions, statements that only read, and several tables at once."""
    put, delete = {"PutRequest": {"Item": _KEY}}, {"DeleteRequest": {"Key": _KEY}}
    batches: list[dict[str, Any]] = [
        {"orders-10": [put, delete]},
        {"orders-10": [delete]},
        {"a-1": [put], "b-1": [put]},
    ]
    for batch in batches:
        assert shortcuts.answer("BatchWriteItem", json.dumps({"RequestItems": batch}).encode()) is None
    update = {"Statement": 'UPDATE "orders-10" SET "a"=1 WHERE "id"=1'}
    for other in ('SELECT * FROM "orders-10"', 'UPDATE "orders-20" SET "a"=1 WHERE "id"=1'):
        body = json.dumps({"Statements": [update, {"Statement": other}]}).encode()
        assert shortcuts.answer("BatchExecuteStatement", body) is None


def _measured(cpu: float) -> Measurement:
    return Measurement(items=1, cpu=cpu, seconds=1, operations={}, stub=0, peak=1, others=0)


def _results(*, ours: float, go: bool = True, others: float = 0.0) -> Results:
    """With *ours* microseconds an item for our own, 300 for everybody else's; all else as it should be."""

    def measured(contender: str) -> Measurement:
        cpu = ours if contender.startswith("our") else ours / 4 if contender == "go-floor-updates" else 300.0
        return Measurement(
            items=1000,
            cpu=cpu,
            seconds=1 if cpu == ours else 200,
            operations={"Scan": 1, "PutItem": 1000},
            stub=0.1,
            peak=100,
            others=others,
        )

    def rounds(chosen: tuple[Contender, ...]) -> dict[str, list[Measurement]]:
        return {one.name: [measured(one.name)] * 3 for one in chosen if go or not one.is_go}

    same = Pair(before=[measured("ours")], after=[measured("ours")])
    return Results(
        machine=MACHINE,
        at_once=Comparison(measured=rounds(suite.AT_ONCE)),
        larger={kind.name: Comparison(measured=rounds(suite.LARGER)) for kind in (order.MEDIUM, order.LARGE)},
        delayed=Comparison(measured=rounds(suite.DELAYED), latency={"Scan": 0.06, "PutItem": 0.2}),
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
            tracer=[100],
            handler=[50],
            migration=[90],
            source={10: [100], 1000: [110.4]},
            plan={10: [100], 1000: [110]},
        ),
        asset=AssetSize(migrations=10, size=2_000_000, zipped=1_000_000),
    )


def _client(stub: Stub) -> "DynamoDBClient":
    return boto3.client("dynamodb", endpoint_url=stub.endpoint, config=Config(retries={"total_max_attempts": 1}))
