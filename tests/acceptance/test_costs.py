"""The histories that a run's executions are reckoned to have, against those of executions on the embedded AWS."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.costs import execution_events, execution_transitions

from dynamigrate_local_aws import LocalAws
from tests.acceptance.machines import Machines
from tests.acceptance.test_fleet_machine import RealMachine

pytestmark = pytest.mark.ministack

# A run's name says how many slices it has; one that has a fleet begins with it.
FUNCTION = """
import json, os

FOLDER = "<folder>"

def handler(event, context):
    (kind, given), = event.items()
    if kind == "worker":
        calls = os.path.join(FOLDER, f"{given['runId']}-{given['number']}")
        with open(calls, "a") as file:
            file.write(".")
        return {"status": "more" if os.path.getsize(calls) < 4 else "done"}
    if given["runId"].startswith("fleet") and not given.get("afterFleet"):
        return {"status": "fleet", "workers": list(range(8))}
    calls = os.path.join(FOLDER, given["runId"])
    with open(calls, "a") as file:
        file.write(".")
    slices = int(given["runId"].rpartition("-")[2])
    return {"status": "more" if os.path.getsize(calls) < slices else "done", "workers": []}
"""
# The embedded AWS says nothing of a task's start, nor of a map's run.
_NOT_TOLD = 1
_MAP_NOT_TOLD = 2


class Histories:
    def __init__(self, machines: Machines, machine: RealMachine) -> None:
        self._states = machines.states
        self._machine = machine

    def run(self, name: str) -> str:
        found = self._machine.run(name)
        assert found["status"] == "SUCCEEDED"
        return str(found["executionArn"])

    def of(self, execution: str) -> Counter[str]:
        """Events by type."""
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=execution)
        return Counter(event["type"] for page in pages for event in page["events"])

    def of_workers(self, execution: str) -> list[Counter[str]]:
        return [self.of(one["executionArn"]) for one in self._machine.children(execution)]


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Histories]:
    folder = tmp_path_factory.mktemp("calls")
    with LocalAws.start(directory=tmp_path_factory.mktemp("costs")) as aws:
        machines = Machines(aws, code=FUNCTION.replace("<folder>", str(folder)), timeout=30)
        yield Histories(machines, RealMachine(machines, Path(folder)))


@pytest.mark.parametrize("slices", [1, 3, 40])
def test_a_run_has_the_events_and_state_transitions_that_it_is_reckoned_to_have(
    histories: Histories, slices: int
) -> None:
    """Three are those of the longest run there is, in functions of fifteen minutes."""
    events = histories.of(histories.run(f"slices-{slices}"))
    assert events.total() + slices * _NOT_TOLD == execution_events(slices)
    assert _entered(events) == execution_transitions(slices)


def test_a_fleet_has_the_events_and_state_transitions_that_it_is_reckoned_to_have(histories: Histories) -> None:
    """Eight workers, each of which is called four times; of their executions only the calls can be seen here."""
    execution = histories.run("fleet-1")
    events = histories.of(execution)
    assert events.total() + 2 * _NOT_TOLD + _MAP_NOT_TOLD == execution_events(2, maps=1)
    assert _entered(events) == execution_transitions(2, maps=1)
    workers = histories.of_workers(execution)
    assert [one["TaskScheduled"] for one in workers] == [4] * 8


def _entered(events: Counter[str]) -> int:
    """A state transition is a state that is entered."""
    return sum(count for name, count in events.items() if name.endswith("StateEntered"))
