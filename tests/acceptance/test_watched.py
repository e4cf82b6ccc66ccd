"""Alarms, their messages and lifecycle events on a deployed stack, where IAM is enforced."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dynamigrate import DynamoDBTarget
from dynamigrate.contract.grants import HISTORY_ACTIONS, LOCK_ACTIONS, READ_ACTIONS
from dynamigrate.contract.metrics import RunMetric, WatchMetric
from dynamigrate.records import Details, Failure
from dynamigrate_local_aws import LocalAws
from tests.acceptance.sibling import APPS, DEPLOY
from tests.acceptance.warm.process import WARM_CDK
from tests.unit.handler.event_schema import SCHEMAS, faults

pytestmark = pytest.mark.acceptance

STACK, FIRST = "Watched", "20261123090000"
_CODE = "def do(ctx): pass\ndef undo(ctx):\n    raise KeyError('status')\n"


@dataclass
class Watched:
    """The deployed app."""

    aws: LocalAws
    outputs: dict[str, str]
    _kept: dict[str, list[Any]] = field(default_factory=dict)

    def invoke(self, function: str, event: object) -> Any:
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.outputs[f"The{function}"], Payload=json.dumps(event).encode()
        )
        found = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, found
        return found

    def alarm(self, metric: RunMetric | WatchMetric, state: str = "ALARM") -> dict[str, Any]:
        """As CloudWatch calls the function; returns what the topic's subscriber gets."""
        [alarm] = [
            one
            for one in self.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
            if one["MetricName"] == metric.value and self.outputs["TheWatch"] in json.dumps(one["AlarmActions"])
        ]
        self.invoke(
            "Watch",
            {
                "source": "aws.cloudwatch",
                "alarmArn": alarm["AlarmArn"],
                "alarmData": {
                    "alarmName": alarm["AlarmName"],
                    "state": {"value": state, "reason": "Threshold Crossed", "timestamp": _now()},
                    "configuration": {"metrics": [{"metricStat": {"metric": {"name": alarm["MetricName"]}}}]},
                },
            },
        )
        [body] = self.received("Told", 1)
        found: dict[str, Any] = json.loads(body)
        return found

    def received(self, queue: str, least: int) -> list[str]:
        """What has come there since, once there are so many."""
        client, found = self.aws.client("sqs"), list[str]()
        url, until = self.outputs[f"The{queue}"], time.monotonic() + 20
        while len(found) < least and time.monotonic() < until:
            answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", ()):
                found.append(message["Body"])
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    @property
    def target(self) -> DynamoDBTarget:
        return DynamoDBTarget(
            self.aws.client("dynamodb"),
            table_name=self.outputs["TheHistory"],
            lock_table_name=self.outputs["TheLock"],
        )


def _now() -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime())}.000+0000"


@pytest.fixture(scope="module")
def watched(guarded_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Deployed once: its one migration is applied."""
    folder: Path = tmp_path_factory.mktemp("watched") / "changes"
    folder.mkdir()
    (folder / f"{FIRST}_add_status.py").write_text(_CODE)
    deployed = guarded_aws.cdk(
        "deploy",
        *DEPLOY,
        app=WARM_CDK.command(APPS / "cli_credentials.py", str(APPS / "watched.py")),
        context={"stack": STACK, "migrations": str(folder)},
        output_directory=folder.parent / "cdk.out",
    )
    assert deployed.ok, deployed.output
    [stack] = guarded_aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return Watched(guarded_aws, {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]})


def test_the_bus_hears_of_a_deploy_and_of_a_failure_as_documented(watched: Watched) -> None:
    """Each as its schema says; the function may send them, and the log has the run's figures as metrics."""
    assert watched.invoke("Function", {"action": "undo", "confirm": True})["ok"] is False
    heard = [json.loads(body) for body in watched.received("Happened", 5)]
    assert {one["source"] for one in heard} == {"dynamigrate"}
    assert [fault for one in heard for fault in faults(one["detail"], SCHEMAS[one["detail-type"]])] == []
    assert sorted(one["detail-type"] for one in heard) == [
        "Migration Dirty",
        "Run Failed",
        "Run Finished",
        "Run Started",
        "Run Started",
    ]
    [dirty] = [one["detail"] for one in heard if one["detail-type"] == "Migration Dirty"]
    assert (dirty["migration"], dirty["in"], dirty["history"]) == (FIRST, "undo", f"{STACK}/Migrations")
    lines = [
        json.loads(line) for line in watched.aws.function_log(watched.outputs["TheFunction"]) if line.startswith("{")
    ]
    assert "event.not_sent" not in {line.get("event") for line in lines}
    figures = [line for line in lines if "FailedRuns" in line]
    assert [(line["Runs"], line["FailedRuns"], line["Applied"]) for line in figures] == [
        ([1.0], [0.0], [1.0]),
        ([1.0], [1.0], [0.0]),
    ]
    assert {line["history"] for line in figures} == {f"{STACK}/Migrations"}


def test_a_failed_run_reaches_the_topic_with_what_to_type(watched: Watched) -> None:
    """The command in the message is one that the function takes."""
    message = watched.alarm(RunMetric.FAILED_RUNS)
    assert message["Subject"] == f"dynamigrate: run failed at {FIRST} ({STACK}/Migrations)"
    text = message["Message"]
    assert "KeyError: 'status'" in text
    assert f"--function-name {watched.outputs['TheFunction']} --payload" in text
    [command] = {line.strip() for line in text.splitlines() if line.strip().startswith('{"action": "repair"')}
    assert watched.invoke("Function", json.loads(command))["ok"] is True
    assert watched.target.done() == (FIRST,)


def test_the_schedule_measures_what_is_dirty_and_the_alarm_says_so(watched: Watched) -> None:
    """The first look finds it; once it is settled nothing is measured, and the topic is told that it is over."""
    target = watched.target
    with target.lock():
        target.add("20261125090000", Details(description="add orders"))
        target.fail("20261125090000", Failure(type="ValueError", message="no price", where="x.py:3"))
    measured = watched.invoke("Watch", {"source": "aws.events", "detail-type": "Scheduled Event"})["measured"]
    assert measured.keys() == {WatchMetric.DIRTY_SECONDS}
    text = watched.alarm(WatchMetric.DIRTY_SECONDS)["Message"]
    assert "20261125090000_add_orders has been dirty since" in text
    assert "Why: ValueError: no price, x.py:3" in text
    with target.lock():
        target.remove("20261125090000")
    assert watched.invoke("Watch", {})["measured"] == {}
    over = watched.alarm(WatchMetric.DIRTY_SECONDS, "OK")["Message"]
    assert over.startswith(f"Over: no migration is dirty for long any more, in {STACK}/Migrations (")


def test_the_schedule_is_there(watched: Watched) -> None:
    """Every five minutes."""
    rules = watched.aws.client("events").list_rules()["Rules"]
    [rule] = [one for one in rules if one.get("ScheduleExpression") and one["Name"].startswith(STACK)]
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(5 minutes)", "ENABLED")


def test_the_watch_function_may_not_write(watched: Watched) -> None:
    """Neither of the two tables; and it may publish to that topic alone."""
    iam, client = watched.aws.client("iam"), watched.aws.client("dynamodb")
    role = iam.get_role(RoleName=watched.outputs["TheWatchRole"])["Role"]["Arn"]
    tables = [
        client.describe_table(TableName=watched.outputs[f"The{name}"])["Table"]["TableArn"]
        for name in ("History", "Lock")
    ]

    def decisions(actions: list[str], *resources: str) -> set[str]:
        found = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=actions, ResourceArns=list(resources))
        return {str(one["EvalDecision"]) for one in found["EvaluationResults"]}

    writing = sorted({*HISTORY_ACTIONS, *LOCK_ACTIONS} - set(READ_ACTIONS))
    assert "dynamodb:UpdateItem" in writing
    assert decisions(writing, *tables) == {"implicitDeny"}
    assert decisions(sorted(READ_ACTIONS), *tables) == {"allowed"}
    other = "arn:aws:sns:us-east-1:000000000000:another"
    assert decisions(["sns:Publish"], other) == {"implicitDeny"}
    assert decisions(["lambda:InvokeFunction"], "*") == {"implicitDeny"}
