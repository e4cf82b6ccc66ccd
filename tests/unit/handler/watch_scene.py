"""What stands in for CloudWatch, SNS and the schedule in the tests of the watch function."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dynamigrate.contract.metrics import HISTORY, NAMESPACE, RunMetric, WatchMetric
from dynamigrate.handler.watch import Watch
from tests.unit.handler.front import Front

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:Shop-MigrationsFunction-1X"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:operators"
NAME = "Shop/Migrations"


class Topic:
    """A client of SNS that keeps what is published."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []

    def publish(self, **given: Any) -> dict[str, Any]:
        self.published.append(given)
        return {"MessageId": "1"}


class OwnLog:
    """A client of CloudWatch Logs that has what the function printed."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.asked = 0

    def filter_log_events(self, **given: Any) -> dict[str, Any]:
        self.asked += "nextToken" not in given
        assert given["logGroupName"] == "/own"
        word = json.loads(given["filterPattern"])
        if "nextToken" not in given:
            # Nothing is found in the part of the log that is searched first.
            return {"events": [], "nextToken": "more"}
        events = [{"timestamp": number, "message": line} for number, line in enumerate(self.lines) if word in line]
        return {"events": events}


@dataclass
class Scene:
    """
    A watch function over what *front* does.

    Attributes:
        later: Seconds that have passed since.
    """

    front: Front
    printed: Callable[[], str]
    environ: dict[str, str] = field(default_factory=dict)
    topic: Topic = field(default_factory=Topic)
    log: OwnLog = field(default_factory=OwnLog)
    later: float = 0.0

    def __post_init__(self) -> None:
        self.front.environ |= {"DYNAMIGRATE_HISTORY": NAME, "DYNAMIGRATE_STACK_NAME": "Shop"}
        self.environ |= {
            "DYNAMIGRATE_HISTORY": NAME,
            "DYNAMIGRATE_STACK_NAME": "Shop",
            "DYNAMIGRATE_FUNCTION_ARN": ARN,
            "DYNAMIGRATE_LOG_GROUP": "/shop/migrations#1",
            "DYNAMIGRATE_TOPIC_ARN": TOPIC,
            "AWS_LAMBDA_LOG_GROUP_NAME": "/own",
        }
        self.front.clients.__dict__.update(topic=self.topic, logs=self.log)
        self.process = self.new_process()

    def new_process(self) -> Watch:
        """One that remembers nothing."""
        self.process = Watch(self.environ, self.front.setup, now=lambda: time.time() + self.later)
        return self.process

    def measure(self) -> dict[str, float]:
        """The schedule calls; returns what was written."""
        self.printed()
        answer = self.process.respond({"source": "aws.events"}, self.front.context)
        lines = [json.loads(line) for line in self.printed().splitlines() if "_aws" in line]
        self.log.lines += [json.dumps(line) for line in lines]
        written = {name.value: line[name.value][0] for line in lines for name in WatchMetric if name.value in line}
        for line in lines:
            [directive] = line["_aws"]["CloudWatchMetrics"]
            assert (directive["Namespace"], directive["Dimensions"], line[HISTORY]) == (NAMESPACE, [[HISTORY]], NAME)
        assert answer == {"measured": written}
        return written

    def alarm(self, metric: RunMetric | WatchMetric, state: str = "ALARM") -> dict[str, Any]:
        """As CloudWatch calls, at that moment; returns the message, empty: there was none."""
        at = time.gmtime(time.time() + self.later)
        event = {
            "source": "aws.cloudwatch",
            "alarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:Shop-Alarm",
            "alarmData": {
                "alarmName": "Shop-Alarm",
                "state": {
                    "value": state,
                    "reason": "Threshold Crossed",
                    "timestamp": f"{time.strftime('%Y-%m-%dT%H:%M:%S', at)}.000+0000",
                },
                "configuration": {
                    "metrics": [{"id": "m", "metricStat": {"metric": {"name": metric.value, "namespace": NAMESPACE}}}]
                },
            },
        }
        before = len(self.topic.published)
        self.process.respond(event, self.front.context)
        found = self.topic.published[before:]
        assert len(found) <= 1
        for one in found:
            assert one["TopicArn"] == TOPIC
            assert len(one["Subject"]) < 100
            assert one["Subject"].isascii()
            assert one["Subject"].isprintable()
        return found[0] if found else {}
