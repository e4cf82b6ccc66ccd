"""The embedded AWS's distributed maps: as the service has them, where a fleet rests on that."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from dynamigrate_local_aws import LocalAws
from tests.acceptance.machines import Machines, eventually

pytestmark = pytest.mark.ministack

ONCE, TWICE = "began\nended\n", "began\nended\n" * 2


class Fleet:
    """An execution with a distributed map: each of its children calls twice, and waits in the first call for its sign."""

    def __init__(self, machines: Machines, directory: Path, items: list[dict[str, Any]], **state: Any) -> None:
        self._machines = machines
        self.states = machines.states
        self.files = [directory / str(number) for number, _ in enumerate(items)]
        given = [{"do": "sleep", "file": str(file), **item} for file, item in zip(self.files, items, strict=True)]
        fleet = {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "First",
                "States": {"First": machines.task(Next="Second"), "Second": machines.task()},
            },
            "End": True,
            **state,
        }
        self.execution = machines.start(machines.make({"Fleet": fleet}), items=given)

    def ended(self) -> dict[str, Any]:
        """The whole execution, once it has ended."""
        return self._machines.ended(self.execution)

    def have_begun(self, *numbers: int) -> None:
        eventually(lambda: all(self.files[number].exists() for number in numbers))

    def sign(self, *numbers: int) -> None:
        for number in numbers:
            self.files[number].with_suffix(".end").touch()

    def called(self) -> list[str]:
        """What each child has done."""
        return [file.read_text() if file.exists() else "" for file in self.files]

    @property
    def map_run(self) -> dict[str, Any]:
        (run,) = self.states.list_map_runs(executionArn=self.execution)["mapRuns"]
        return dict(self.states.describe_map_run(mapRunArn=run["mapRunArn"]))

    def counts(self) -> dict[str, int]:
        return {status: count for status, count in self.map_run["executionCounts"].items() if count}

    def children(self) -> dict[str, dict[str, Any]]:
        """By the files that they were given."""
        listed = self.states.list_executions(mapRunArn=self.map_run["mapRunArn"])["executions"]
        found = [self.states.describe_execution(executionArn=one["executionArn"]) for one in listed]
        return {Path(json.loads(one["input"])["file"]).name: one for one in found}


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with LocalAws.start(auth=True, directory=tmp_path_factory.mktemp("map-runs")) as aws:
        yield Machines(aws, timeout=30)


def test_children_call_beside_each_other(machines: Machines, tmp_path: Path) -> None:
    """Each with a call under way before the first one ends; results are in the order of the items."""
    fleet = Fleet(machines, tmp_path, [{"number": number} for number in range(4)])
    fleet.have_begun(0, 1, 2, 3)
    assert fleet.counts() == {"running": 4, "total": 4}
    fleet.sign(3, 2, 1, 0)
    assert [one["number"] for one in json.loads(fleet.ended()["output"])] == [0, 1, 2, 3]
    assert fleet.called() == [TWICE] * 4


def test_the_children_of_one_that_was_stopped_begin_nothing_more(machines: Machines, tmp_path: Path) -> None:
    """What they are at they end; they and their map run are aborted, and one that has not begun never does."""
    fleet = Fleet(machines, tmp_path, [{}, {}, {}], MaxConcurrency=2, ToleratedFailurePercentage=100)
    fleet.have_begun(0, 1)
    fleet.states.stop_execution(executionArn=fleet.execution)
    fleet.sign(0, 1, 2)
    eventually(lambda: fleet.map_run["status"] == "ABORTED")
    assert fleet.called() == [ONCE, ONCE, ""]
    assert fleet.counts() == {"aborted": 3, "total": 3}
    children = fleet.children()
    assert [children[number]["status"] for number in ("0", "1")] == ["ABORTED", "ABORTED"]
    assert fleet.ended()["status"] == "ABORTED"


@pytest.mark.parametrize("tolerated", [{}, {"ToleratedFailurePercentage": 33}, {"ToleratedFailureCount": 0}])
def test_one_failure_too_many_ends_the_map_run(machines: Machines, tmp_path: Path, tolerated: dict[str, int]) -> None:
    """Its other children begin nothing more, and who is not yet at it never begins."""
    fleet = Fleet(machines, tmp_path, [{"then": "raise"}, {}, {}], MaxConcurrency=2, **tolerated)
    fleet.have_begun(0, 1)
    fleet.sign(0)
    eventually(lambda: fleet.map_run["status"] == "FAILED")
    fleet.sign(1, 2)
    found = fleet.ended()
    assert (found["status"], found["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    assert fleet.called() == ["began\n", ONCE, ""]
    assert fleet.counts() == {"failed": 1, "aborted": 2, "total": 3}


@pytest.mark.parametrize("tolerated", [{"ToleratedFailurePercentage": 34}, {"ToleratedFailureCount": 1}])
def test_failures_that_are_tolerated_end_nobody_else(
    machines: Machines, tmp_path: Path, tolerated: dict[str, int]
) -> None:
    """The result of one that failed is null."""
    fleet = Fleet(machines, tmp_path, [{"then": "raise"}, {}, {}], MaxConcurrency=2, **tolerated)
    fleet.have_begun(0, 1)
    fleet.sign(0)
    eventually(lambda: fleet.counts().get("failed") == 1)
    fleet.sign(1, 2)
    first, *others = json.loads(fleet.ended()["output"])
    assert first is None
    assert None not in others
    assert fleet.called() == ["began\n", TWICE, TWICE]
    assert fleet.map_run["status"] == "SUCCEEDED"


def test_a_child_that_was_stopped_by_itself_stays_as_it_ended(machines: Machines, tmp_path: Path) -> None:
    """It begins nothing more, its result is null, and the others go on."""
    fleet = Fleet(machines, tmp_path, [{}, {}], ToleratedFailurePercentage=100)
    fleet.have_begun(0, 1)
    fleet.states.stop_execution(executionArn=fleet.children()["0"]["executionArn"], error="Enough")
    fleet.sign(0, 1)
    first, second = json.loads(fleet.ended()["output"])
    assert (first, second["do"]) == (None, "sleep")
    assert fleet.called() == [ONCE, TWICE]
    stopped = fleet.children()["0"]
    assert (stopped["status"], stopped["error"]) == ("ABORTED", "Enough")
    assert fleet.counts() == {"succeeded": 1, "aborted": 1, "total": 2}


def test_a_map_run_is_allowed_by_its_own_arn(machines: Machines, tmp_path: Path) -> None:
    """As on AWS; MiniStack asks for rights on everything."""
    fleets = [Fleet(machines, tmp_path, []) for _ in range(2)]
    assert [fleet.ended()["status"] for fleet in fleets] == ["SUCCEEDED", "SUCCEEDED"]
    runs = [fleet.map_run["mapRunArn"] for fleet in fleets]
    role = machines.role_of("reader", "states.amazonaws.com")
    reading = {"Effect": "Allow", "Action": ["states:DescribeMapRun", "states:UpdateMapRun"], "Resource": runs[0]}
    machines.aws.client("iam").put_role_policy(
        RoleName="reader",
        PolicyName="read",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [reading]}),
    )
    given = machines.aws.client("sts").assume_role(RoleArn=role, RoleSessionName="reader")["Credentials"]
    reader = boto3.client(
        "stepfunctions",
        endpoint_url=machines.aws.endpoint_url,
        region_name=machines.states.meta.region_name,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    assert reader.describe_map_run(mapRunArn=runs[0])["mapRunArn"] == runs[0]
    reader.update_map_run(mapRunArn=runs[0], maxConcurrency=3)
    for call in (reader.describe_map_run, reader.update_map_run):
        with pytest.raises(ClientError, match="AccessDenied"):
            call(mapRunArn=runs[1])
