"""A stack whose table is rewritten, and migrations that rewrite it slowly."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from botocore.config import Config

from dynamigrate_local_aws import CdkResult
from tests.acceptance.sibling import Sibling

NOTHING = "def do(ctx): pass\n"
# Seconds; a run stops some five before that, and a deploy has the rest of it for its start.
TIMEOUT = "20"
DEADLINE = 60.0

# Slow enough for several seconds, and it notes each call outside of AWS, where a kill does not take it back; but for those of a
# look that writes nothing.
SLOW = """
from dynamigrate import Backfill, Update


def add_label(item, ctx):
    if ctx.dry_run:
        return None
    with open({notes!r}, "a") as notes:
        notes.write(item["id"] + "\\n")
    return Update(set={{"label": "from " + item["id"]}})


{name} = Backfill(table="things", transform=add_label, segments=20, max_write_units={units})
"""


class Things(Sibling):
    """A stack whose table is rewritten."""

    def deploy(self, **context: str) -> CdkResult:
        return self.cdk("deploy", timeout=TIMEOUT, **context)

    def fill(self, count: int) -> None:
        """The table has these items, and no others."""
        client, table = self.aws.client("dynamodb"), self.table
        requests: list[Any] = [{"DeleteRequest": {"Key": {"id": {"S": key}}}} for key in self.items()]
        _write(client, table, requests)
        items = [{"id": {"S": f"t{n}"}, "price": {"N": "2"}, "touched": {"N": "0"}} for n in range(count)]
        _write(client, table, [{"PutRequest": {"Item": item}} for item in items])

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

    def put_alarm(self, name: str, state: str) -> None:
        """There is an alarm of that name, in that state."""
        client = self.aws.client("cloudwatch")
        client.put_metric_alarm(
            AlarmName=name,
            Namespace="Things",
            MetricName="Latency",
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
        )
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test says so")

    @property
    def lock_table(self) -> str:
        return f"{self.output('StateTable')}-lock"

    @property
    def locked(self) -> bool:
        client = self.aws.client("dynamodb")
        return "Item" in client.get_item(TableName=self.lock_table, Key={"ID": {"S": "migrations"}})


def _write(client: Any, table: str, requests: Sequence[Any]) -> None:
    for start in range(0, len(requests), 25):
        client.batch_write_item(RequestItems={table: requests[start : start + 25]})


def wait_until(there: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + DEADLINE
    while not there():
        assert time.monotonic() < give_up, f"never {what}"
        time.sleep(0.25)
