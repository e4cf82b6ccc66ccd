"""What CloudWatch is asked for alarms, and what its answers mean."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from dynamigrate import CloudWatchAlarms, MigrationsError
from dynamigrate_local_aws import LocalAws

REGION = "us-east-1"


@pytest.fixture
def moto_cloudwatch() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cloudwatch", region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def ministack_cloudwatch(aws: LocalAws) -> Any:
    return aws.client("cloudwatch")


@pytest.fixture(params=["moto_cloudwatch", pytest.param("ministack_cloudwatch", marks=pytest.mark.ministack)])
def cloudwatch(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def prefix() -> str:
    """Alarms are everyone's: names apart."""
    return f"alarm {uuid4().hex[:8]}/"


def put(client: Any, name: str, state: str = "OK") -> None:
    client.put_metric_alarm(
        AlarmName=name,
        Namespace="Shop",
        MetricName="Latency",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test says so")


def test_each_alarm_has_its_state_and_one_that_does_not_exist_is_left_out(cloudwatch: Any, prefix: str) -> None:
    """By its whole name, and as it is at this moment."""
    states = {f"{prefix}{state}": state for state in ("OK", "ALARM", "INSUFFICIENT_DATA")}
    for name, state in states.items():
        put(cloudwatch, name, state)
    alarms = CloudWatchAlarms(cloudwatch)
    assert alarms.states([*states, prefix, f"{prefix}ok"]) == states
    cloudwatch.set_alarm_state(AlarmName=f"{prefix}OK", StateValue="ALARM", StateReason="a test says so")
    assert alarms.states([f"{prefix}OK"]) == {f"{prefix}OK": "ALARM"}


@pytest.mark.ministack
def test_composite_alarms_are_alarms(ministack_cloudwatch: Any, prefix: str) -> None:
    """Beside metric ones, though CloudWatch tells of them only to whoever asks for them."""
    put(ministack_cloudwatch, f"{prefix}one", "ALARM")
    ministack_cloudwatch.put_composite_alarm(AlarmName=f"{prefix}worst", AlarmRule=f'ALARM("{prefix}one")')
    ministack_cloudwatch.set_alarm_state(AlarmName=f"{prefix}worst", StateValue="ALARM", StateReason="a test says so")
    alarms = CloudWatchAlarms(ministack_cloudwatch)
    for _ in range(2):
        found = alarms.states([f"{prefix}worst", f"{prefix}one", f"{prefix}gone"])
        assert found == {f"{prefix}one": "ALARM", f"{prefix}worst": "ALARM"}


def test_a_hundred_alarms_are_told_of(cloudwatch: Any, prefix: str) -> None:
    """An answer has fifty, unless more are asked for."""
    names = [f"{prefix}{number}" for number in range(100)]
    for name in names:
        put(cloudwatch, name)
    assert CloudWatchAlarms(cloudwatch).states(names) == dict.fromkeys(names, "OK")


class FakeCloudWatch:
    """Two alarms, one of which is a composite one; notes what it is asked, and refuses what a test says."""

    def __init__(self, *refused: str) -> None:
        self.asked: list[tuple[list[str], list[str]]] = []
        self._refused = refused

    def describe_alarms(self, AlarmNames: list[str], AlarmTypes: list[str], MaxRecords: int) -> dict[str, Any]:  # noqa: N803
        assert MaxRecords == 100
        self.asked.append((AlarmTypes, AlarmNames))
        if AlarmTypes[0] in self._refused:
            message = "User: u is not authorized to perform: cloudwatch:DescribeAlarms."
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": message}}, "DescribeAlarms")
        there = {"MetricAlarm": "errors", "CompositeAlarm": "worst"}
        found = [
            {"AlarmName": name, "StateValue": "OK"} for name in AlarmNames for kind in AlarmTypes if there[kind] == name
        ]
        return {f"{AlarmTypes[0]}s": found}


def test_metric_alarms_alone_are_one_request() -> None:
    """For which it is enough that these alarms are granted."""
    client = FakeCloudWatch("CompositeAlarm")
    assert CloudWatchAlarms(client).states(["errors"]) == {"errors": "OK"}
    assert client.asked == [(["MetricAlarm"], ["errors"])]


def test_what_is_a_composite_alarm_is_remembered() -> None:
    """So that there are no more requests than there have to be."""
    client = FakeCloudWatch()
    alarms = CloudWatchAlarms(client)
    alarms.states(["worst", "errors"])
    client.asked.clear()
    assert alarms.states(["worst", "errors"]) == {"errors": "OK", "worst": "OK"}
    assert client.asked == [(["MetricAlarm"], ["errors"]), (["CompositeAlarm"], ["worst"])]
    client.asked.clear()
    alarms.states(["worst"])
    assert client.asked == [(["CompositeAlarm"], ["worst"])]


def test_a_name_of_no_metric_alarm_where_others_may_not_be_read() -> None:
    """It may be a wrong one, or that of a composite alarm: the error says what to do in either case."""
    with pytest.raises(MigrationsError) as raised:
        CloudWatchAlarms(FakeCloudWatch("CompositeAlarm")).states(["errors", "worst"])
    told = str(raised.value)
    assert "There is no metric alarm worst, and composite alarms can't be read: User: u is not authorized" in told
    assert "Correct the name" in told
    assert "grant_throttle_on(alarm)" in told


def test_any_other_refusal_is_the_clients_own() -> None:
    """Whoever asks tells it."""
    with pytest.raises(ClientError, match="AccessDenied"):
        CloudWatchAlarms(FakeCloudWatch("MetricAlarm")).states(["errors"])


def test_composite_alarms_may_have_a_client_of_their_own() -> None:
    """The function's own has more patience for the one kind of request."""
    one, other = FakeCloudWatch(), FakeCloudWatch()
    alarms = CloudWatchAlarms(one, composite_client=lambda: other)
    alarms.states(["errors", "worst"])
    assert [kind for [kind], _ in one.asked + other.asked] == ["MetricAlarm", "CompositeAlarm"]
    assert len(other.asked) == 1


def test_further_pages_are_read_and_no_page_twice() -> None:
    """By the service's own model."""
    client = boto3.client("cloudwatch", region_name=REGION)
    with Stubber(client) as stub:
        for number, more in ((1, {"NextToken": "2"}), (2, {})):
            found = [{"AlarmName": f"a{number}", "StateValue": "OK"}]
            stub.add_response("describe_alarms", {"MetricAlarms": found, **more})
        assert CloudWatchAlarms(client).states(["a1", "a2"]) == {"a1": "OK", "a2": "OK"}
    page: Any = SimpleNamespace(describe_alarms=lambda **_: {"NextToken": "again"})
    with pytest.raises(MigrationsError, match="the same page twice"):
        CloudWatchAlarms(page).states(["a"])
