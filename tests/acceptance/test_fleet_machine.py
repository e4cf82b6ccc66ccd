"""The definition of the construct's state machine, carried out: a slice, a fleet, and the slice after it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynamigrate_cdk.machinery.machine_definition import definition
from dynamigrate_local_aws import LocalAws
from tests.acceptance.machines import Machines

pytestmark = pytest.mark.ministack

# A run's name says which of its workers dies whenever it is called.
FUNCTION = """
import json, os

FOLDER = "<folder>"

def handler(event, context):
    (kind, given), = event.items()
    with open(os.path.join(FOLDER, given["runId"]), "a") as file:
        file.write(json.dumps(event) + "\\n")
    if kind == "slice":
        over = given.get("afterFleet")
        return {"status": "done" if over else "fleet", "workers": [] if over else [0, 1, 2]}
    if given["runId"].endswith(f"loses-{given['number']}"):
        raise RuntimeError("out of memory, say")
    calls = os.path.join(FOLDER, f"{given['runId']}-{given['number']}")
    with open(calls, "a") as file:
        file.write(".")
    return {"status": ["more", "wait", "done"][os.path.getsize(calls) - 1]}
"""


class RealMachine:
    """The construct's machine, with a function in which each worker has three calls to do."""

    def __init__(self, machines: Machines, folder: Path) -> None:
        self._machines = machines
        self._folder = folder
        made = definition(
            partition="aws", function_arn=machines.function, responder_arn="none", timeout_seconds=60, comment=""
        )
        self.arn = machines.make(without_pauses(made["States"]))

    def run(self, name: str) -> dict[str, Any]:
        """An execution to its end."""
        started = self._machines.states.start_execution(stateMachineArn=self.arn, name=name, input="{}")
        return self._machines.ended(started["executionArn"])

    def calls(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self._folder / name).read_text().splitlines()]

    def children(self, execution: str) -> list[dict[str, Any]]:
        states = self._machines.states
        (run,) = states.list_map_runs(executionArn=execution)["mapRuns"]
        listed = states.list_executions(mapRunArn=run["mapRunArn"])["executions"]
        return [states.describe_execution(executionArn=one["executionArn"]) for one in listed]


def without_pauses(value: Any) -> Any:
    """A part of the definition, in which nothing waits."""
    if isinstance(value, list):
        return [without_pauses(one) for one in value]
    if not isinstance(value, dict):
        return value
    pauses = {"Seconds", "IntervalSeconds"}
    return {name: 0 if name in pauses else without_pauses(one) for name, one in value.items()}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealMachine]:
    folder = tmp_path_factory.mktemp("calls")
    with LocalAws.start(directory=tmp_path_factory.mktemp("fleet-machine")) as aws:
        machines = Machines(aws, code=FUNCTION.replace("<folder>", str(folder)), timeout=30)
        yield RealMachine(machines, folder)


def test_workers_go_on_until_each_has_done_and_then_the_run_is_taken_up(machine: RealMachine) -> None:
    """Each is told its number and the run's id at every call, and nothing else is ever in an input."""
    assert machine.run("run-1")["status"] == "SUCCEEDED"
    first, *workers, last = machine.calls("run-1")
    assert first == {"slice": {"runId": "run-1"}}
    assert last == {"slice": {"runId": "run-1", "afterFleet": True}}
    told = [one["worker"] for one in workers]
    assert sorted(told, key=lambda one: int(one["number"])) == [
        {"runId": "run-1", "number": number} for number in (0, 1, 2) for _ in range(3)
    ]


def test_a_worker_that_dies_whenever_it_is_called_fails_neither_the_others_nor_the_run(machine: RealMachine) -> None:
    """The slice after the fleet sees by the run's record what is left."""
    found = machine.run("run-loses-1")
    assert found["status"] == "SUCCEEDED"
    *earlier, last = machine.calls("run-loses-1")
    assert last == {"slice": {"runId": "run-loses-1", "afterFleet": True}}
    numbers = [one["worker"]["number"] for one in earlier[1:]]
    assert {number: numbers.count(number) for number in (0, 1, 2)} == {0: 3, 1: 4, 2: 3}
    children = machine.children(found["executionArn"])
    assert [one["status"] for one in children] == ["SUCCEEDED"] * 3
    assert all("out of memory" not in one["output"] for one in children)
