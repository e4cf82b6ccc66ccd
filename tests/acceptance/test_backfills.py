"""
Backfills in deploys and beside them: to the end, over several deploys, after a kill, beside the application, steered by an
operator, and refused by IAM.

IAM is enforced, so what the construct grants is enough for all that a backfill does.
"""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from local_aws import CdkResult, LocalAws
from tests.acceptance.test_rollbacks import Sibling
from tests.acceptance.warm.process import WARM_CDK

pytestmark = pytest.mark.acceptance

_APPS = Path(__file__).parent / "apps"
_NOTHING = "def do(ctx): pass\n"
# Seconds; a run stops some five before that, and a deploy has the rest of it for its start.
_TIMEOUT = "20"
_DEADLINE = 60.0

# Slow enough for several seconds, and it notes each call outside of AWS, where a kill does not take it back.
_SLOW = """
from dynamigrate import Backfill, Update


def add_label(item, ctx):
    with open({notes!r}, "a") as notes:
        notes.write(item["id"] + "\\n")
    return Update(set={{"label": "from " + item["id"]}})


{name} = Backfill(table="things", transform=add_label, segments=20, max_write_units={units})
"""
_MORTAL = """
import os
import time

from dynamigrate import Backfill, Update

began = []


def to_cents(item, ctx):
    with open({notes!r}, "a") as notes:
        notes.write(item["id"] + "\\n")
    began.append(time.monotonic())
    if began[-1] - began[0] > 6.5 and not os.path.exists({mark!r}):
        open({mark!r}, "w").close()
        os._exit(3)
    return Update(set={{"price": item["price"] * 100}})


do = Backfill(table="things", transform=to_cents, once=True, segments=40, max_write_units=80)


def undo(ctx):
    pass
"""
_LIVE = """
from dynamigrate import Backfill, Update


def seen(item, ctx):
    return Update(set={"touched": item["touched"] + 1000, "seen": True})


do = Backfill(table="things", transform=seen, once=True, segments=20, max_write_units=200)
"""
_COPY = """
from dynamigrate import Backfill, Put


def copy(item, ctx):
    return Put({"id": item["id"]}, table="others")


do = Backfill(table="things", transform=copy)
"""
_POLITE = """
from dynamigrate import Backfill, Update


def add_note(item, ctx):
    return Update(set={"note": "x"})


do = Backfill(table="things", transform=add_note)
"""


class Things(Sibling):
    """A stack whose table is rewritten."""

    def deploy(self, **context: str) -> CdkResult:
        return self.cdk("deploy", timeout=_TIMEOUT, **context)

    def fill(self, count: int) -> None:
        """The table has these items, and no others."""
        client, table = self.aws.client("dynamodb"), self.table
        for key in self.items():
            client.delete_item(TableName=table, Key={"id": {"S": key}})
        for start in range(0, count, 25):
            items = [
                {"id": {"S": f"t{n}"}, "price": {"N": "2"}, "touched": {"N": "0"}}
                for n in range(start, min(start + 25, count))
            ]
            client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in items]})

    def items(self) -> dict[str, dict[str, Any]]:
        pages = self.aws.client("dynamodb").get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        return {
            item["id"]["S"]: {name: next(iter(value.values())) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        }

    @property
    def table(self) -> str:
        return self.output("ThingsTable")

    def log(self) -> list[dict[str, Any]]:
        """What the function has logged so far; lines of its own alone."""
        lines = self.aws.function_log(self.output("Function"))
        return [json.loads(line) for line in lines if line.startswith("{")]

    def send(self, **event: object) -> None:
        """Invoke it as CloudFormation does, and don't wait."""
        self.aws.client("lambda").invoke(
            FunctionName=self.output("Function"), InvocationType="Event", Payload=json.dumps(event).encode()
        )

    def call(self, **event: object) -> Any:
        """As `invoke`, once: what takes long must not be sent again."""
        client = self.aws.client("lambda", config=Config(read_timeout=120, retries={"total_max_attempts": 1}))
        answer = client.invoke(FunctionName=self.output("Function"), Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())

    def dirty(self) -> dict[str, Any]:
        """What status says of the one migration that began and did not finish; empty where there is none."""
        [found] = self.invoke(action="status").get("dirty") or [{}]
        return dict(found)

    def marks(self) -> list[dict[str, Any]]:
        """The checkpoints of a backfill: of each segment, and of what was consumed."""
        items = self.aws.client("dynamodb").scan(TableName=self.lock_table, ConsistentRead=True)["Items"]
        return [json.loads(item["Checkpoint"]["S"]) for item in items if item["ID"]["S"].startswith("segment#")]

    def forget_runs(self) -> None:
        """As if the last one was long ago: what others used while it was at work can't be told from what it used."""
        client = self.aws.client("dynamodb")
        for item in client.scan(TableName=self.lock_table, ConsistentRead=True)["Items"]:
            if item["ID"]["S"].startswith("run#"):
                client.delete_item(TableName=self.lock_table, Key={"ID": item["ID"]})

    def others_write(self, units: float) -> None:
        """CloudWatch says that somebody writes so many units a second, from ten minutes ago on."""
        minute = time.time() // 60 * 60
        data = [
            {
                "MetricName": "ConsumedWriteCapacityUnits",
                "Dimensions": [{"Name": "TableName", "Value": self.table}],
                "Timestamp": minute + 60 * number,
                "Value": units * 60,
            }
            for number in range(-10, 10)
        ]
        self.aws.client("cloudwatch").put_metric_data(Namespace="AWS/DynamoDB", MetricData=data)

    @property
    def lock_table(self) -> str:
        return f"{self.output('StateTable')}-lock"

    @property
    def locked(self) -> bool:
        client = self.aws.client("dynamodb")
        return "Item" in client.get_item(TableName=self.lock_table, Key={"ID": {"S": "migrations"}})


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Things]:
    """Deployed, with a migration that does nothing."""
    folder = tmp_path_factory.mktemp("things")
    with LocalAws.start(auth=True, directory=folder / "aws") as aws:
        app = WARM_CDK.command(_APPS / "cli_credentials.py", str(_APPS / "sibling.py"))
        things = Things(aws, folder, "Things", app=app)
        things.write("1_nothing", _NOTHING)
        passed = things.deploy()
        assert passed.ok, passed.output
        yield things


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Where a transform notes its calls."""
    path = tmp_path / "notes"
    path.touch()
    return path


def _wait_until(there: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + _DEADLINE
    while not there():
        assert time.monotonic() < give_up, f"never {what}"
        time.sleep(0.1)


def _said(result: CdkResult) -> str:
    return " ".join(result.output.split())


def test_a_backfill_runs_in_a_deploy_and_can_be_watched(things: Things, notes: Path) -> None:
    """Every item is rewritten once; how it went is in the log, in CloudWatch's metrics and in the status."""
    things.fill(600)
    things.write("2_label", _SLOW.format(notes=str(notes), name="do", units=5000))
    passed = things.deploy()
    assert passed.ok, passed.output
    assert {key: item["label"] for key, item in things.items().items()} == {f"t{n}": f"from t{n}" for n in range(600)}
    assert Counter(notes.read_text().split()) == Counter(f"t{n}" for n in range(600))

    lines = [line for line in things.log() if line.get("migration") == "2"]
    progress = [line for line in lines if line.get("event") == "migration.progress"][-1]
    assert (progress["done"], progress["total"], progress["percent"]) == (600, 600, 100.0)
    assert (progress["written"], progress["conflicts"]) == (600, 0)
    [started] = [line for line in lines if line.get("event") == "backfill.started"]
    assert started["transport"] == "HttpTransport", "as in a real function, not by way of a client of the SDK"
    [finished] = [line for line in lines if line.get("event") == "backfill.finished"]
    assert finished["run_id"] == progress["run_id"]
    metrics = [line for line in lines if "_aws" in line][-1]
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "dynamigrate"
    assert (metrics["service"], metrics["Done"], metrics["Percent"]) == ("Things", [600.0], [100.0])
    [row] = [row for row in things.invoke(action="status")["migrations"] if row["id"] == "2"]
    assert row["state"] == "applied"
    assert things.marks() == []


def test_one_that_outlasts_the_function_goes_on_with_the_next_deploy(things: Things, notes: Path) -> None:
    """The deploy fails as unfinished and says what is left; what was done is not done again."""
    count = 250
    things.fill(count)
    things.write("3_label", _SLOW.format(notes=str(notes), name="do", units=15))
    deploys = 1
    stopped = things.deploy()
    assert not stopped.ok, "it should have taken longer than the function may run"
    said = _said(stopped)
    assert "3_label stopped at " in said
    assert f"of about {count} items" in said
    assert "were left of the time that this function has" in said
    assert "pending: 3" in said
    assert things.status == "UPDATE_ROLLBACK_COMPLETE"
    done = len(notes.read_text().split())
    assert 0 < done < count
    [run] = things.invoke(action="history", n=1)["runs"]
    assert run["result"] == "unfinished"

    while not stopped.ok and deploys < 8:
        stopped = things.deploy()
        deploys += 1
    assert stopped.ok, stopped.output
    assert {item["label"] for item in things.items().values()} == {f"from t{n}" for n in range(count)}
    calls = Counter(notes.read_text().split())
    assert len(calls) == count
    # The page that was in hand: one of twenty segments, as at this pace one thread works, for each deploy that stopped.
    assert calls.total() - count <= 25 * (deploys - 1)
    assert things.marks() == []


def test_killed_it_goes_on_from_its_checkpoints(things: Things, notes: Path, tmp_path: Path) -> None:
    """It repeats no more than what came after the last of them, misses nothing, and what is done once is done once."""
    count = 400
    things.fill(0)
    mark = tmp_path / "killed"
    things.write("4_cents", _MORTAL.format(notes=str(notes), mark=str(mark)))
    passed = things.deploy()
    assert passed.ok, passed.output
    assert things.invoke(action="undo", confirm=True)["undone"] == ["4"]

    things.fill(count)
    things.send(action="migrate")
    try:
        _wait_until(mark.exists, "killed")
    finally:
        # Whatever went wrong, no later deploy is to die of it.
        mark.touch()
    found = things.dirty()
    assert (found["migration"], found["progress"]["total"]) == ("4", count)
    before = len(notes.read_text().split())
    kept = sum(mark["tally"]["read"] for mark in things.marks() if mark.get("done"))
    assert 0 < kept < before
    done = sum(item["price"] == "200" for item in things.items().values())
    assert kept <= done < count
    _wait_until(lambda: not things.locked, "freed")

    passed = things.deploy()
    assert passed.ok, passed.output
    items = things.items()
    assert len(items) == count
    assert {item["price"] for item in items.values()} == {"200"}
    calls = Counter(notes.read_text().split())
    assert calls.keys() == items.keys()
    assert calls.total() - count <= before - kept


def test_no_write_of_the_application_is_lost(things: Things) -> None:
    """It changes items all through the deploy, in the very attribute that is rewritten."""
    count = 300
    things.fill(count)
    things.write("5_seen", _LIVE)
    stop = threading.Event()
    client, table = things.aws.client("dynamodb"), things.table

    def touch(first: int) -> Counter[str]:
        touched: Counter[str] = Counter()
        while not stop.is_set():
            # Each has items of its own, and comes by often enough to meet the backfill.
            key = f"t{first + 2 * (touched.total() * 7 % (count // 2))}"
            client.update_item(
                TableName=table,
                Key={"id": {"S": key}},
                UpdateExpression="SET touched = touched + :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
            touched[key] += 1
        return touched

    with ThreadPoolExecutor(2) as threads:
        writers = [threads.submit(touch, first) for first in (0, 1)]
        try:
            passed = things.cdk("deploy", timeout="120")
        finally:
            stop.set()
        touched = writers[0].result() + writers[1].result()
    assert passed.ok, passed.output
    assert touched.total() > count
    items = things.items()
    assert {key: int(item["touched"]) for key, item in items.items()} == {
        f"t{n}": touched[f"t{n}"] + 1000 for n in range(count)
    }
    [finished] = [
        line for line in things.log() if line.get("event") == "backfill.finished" and line["migration"] == "5"
    ]
    assert finished["conflicts"] > 0


def test_an_operator_pauses_resumes_and_cancels_it(things: Things, notes: Path) -> None:
    """Here the undo of a migration, which is a backfill too; what is asked for happens within seconds."""
    count = 1000
    things.fill(count)
    things.write("6_label", _NOTHING + _SLOW.format(notes=str(notes), name="undo", units=40))
    passed = things.cdk("deploy", timeout="120")
    assert passed.ok, passed.output
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(things.call, action="undo", confirm=True)
        _wait_until(lambda: "progress" in things.dirty(), "told how far it is")
        found = things.dirty()
        assert (found["found"], found["in"]) == ("running", "undo")
        assert 0 < found["progress"]["done"] < found["progress"]["total"] == count

        assert things.invoke(action="pause")["ok"]
        still = _wait_until_still(notes)
        assert things.dirty()["found"] == "running"
        assert things.invoke(action="resume")["ok"]
        _wait_until(lambda: len(notes.read_text().split()) > still, "resumed")

        assert things.invoke(action="cancel", confirm=True)["ok"]
        answer = run.result(_DEADLINE)
    assert answer["error"]["type"] == "RunUnfinished"
    assert "cancelled by" in answer["error"]["message"]
    before = Counter(notes.read_text().split())
    assert before.total() < count
    assert things.dirty()["found"] == "stopped at its checkpoint"

    things.fill(0)
    assert things.invoke(action="undo", confirm=True)["undone"] == ["6"]


def _wait_until_still(notes: Path) -> int:
    """Until nothing is noted for a second and more; returns how many lines there are."""
    give_up = time.monotonic() + _DEADLINE
    before = -1
    while (now := len(notes.read_text().split())) != before:
        assert time.monotonic() < give_up, "never paused"
        before = now
        time.sleep(1.5)
    return now


def test_a_table_that_it_may_not_write_is_named_and_once_granted_it_goes_on(things: Things) -> None:
    """Neither the author's code nor a line of the engine is blamed; giving the construct the table is all it takes."""
    things.fill(30)
    things.write("7_copy", _COPY)
    refused = things.deploy()
    assert not refused.ok
    said = _said(refused)
    assert "7_copy failed: Access to the table others was denied: User: " in said
    assert "is not authorized to perform: dynamodb:DescribeTable" in said
    assert (
        "Allow dynamodb:DescribeTable to the role that the migrations run with: give the table to the construct" in said
    )
    assert "Then run it again: it goes on from its checkpoint." in said
    assert "Correct the code" not in said
    assert not re.search(r"\w\.py:\d", said[said.index("7_copy failed") : said.index("CloudWatch Log Stream")])

    granted = things.deploy(others="yes")
    assert granted.ok, granted.output
    client = things.aws.client("dynamodb")
    [copies] = [name for name in client.list_tables()["TableNames"] if name.startswith("Things-Others")]
    assert {item["id"]["S"] for item in client.scan(TableName=copies)["Items"]} == things.items().keys()


def test_it_leaves_others_what_they_use(things: Things) -> None:
    """It asks CloudWatch, is slower for it, and says so: in its first line, while it goes on, and in the metrics."""
    count = 600
    things.fill(count)
    # The table is on-demand and has no limit of its own: half of it is 20,000.
    others = 20_000 - 40
    things.forget_runs()
    things.others_write(others)
    things.write("8_note", _POLITE)
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(things.cdk, "deploy", timeout="120")
        _wait_until(lambda: things.locked and "progress" in things.dirty(), "told how far it is")
        progress = things.dirty()["progress"]
        passed = run.result()
    assert passed.ok, passed.output
    assert {item["note"] for item in things.items().values()} == {"x"}
    assert (progress["write_ceiling"], progress["others_write"]) == (40, others)

    lines = [line for line in things.log() if line.get("migration") == "8"]
    [started] = [line for line in lines if line.get("event") == "backfill.started"]
    [finished] = [line for line in lines if line.get("event") == "backfill.finished"]
    assert (started["write_ceiling"], started["others_write"]) == (40, others)
    assert started["read_ceiling"] > 1000
    assert finished["write_units"] == count
    assert _seconds(finished) - _seconds(started) >= count / 40 - 1
    metrics = [line for line in lines if "_aws" in line][-1]
    assert (metrics["WriteCeiling"], metrics["OthersWrite"]) == ([40.0], [others])
    assert [line for line in lines if line.get("event") == "backfill.others_unknown"] == []


def _seconds(line: dict[str, Any]) -> float:
    return datetime.fromisoformat(line["timestamp"]).timestamp()
