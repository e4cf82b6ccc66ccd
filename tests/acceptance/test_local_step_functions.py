"""The embedded AWS's state machines: as the service has them, where the tests of long runs rest on that."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynamigrate_local_aws import LocalAws
from tests.acceptance.machines import Machines, eventually

pytestmark = pytest.mark.ministack


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with LocalAws.start(directory=tmp_path_factory.mktemp("step-functions")) as aws:
        yield Machines(aws)


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        ("raise", "TableGone", "the table is gone"),
        ("exit", "Runtime.ExitError", ""),
        ("sleep", "Sandbox.Timedout", "Task timed out after 2"),
    ],
)
def test_a_task_fails_by_its_errors_own_name(
    machines: Machines, tmp_path: Path, do: str, error: str, message: str
) -> None:
    """A Catch of it by that name is entered, and the cause says what the function said."""
    caught = {"Type": "Pass", "End": True}
    task = machines.task(Catch=[{"ErrorEquals": [error], "Next": "Caught"}])
    machine = machines.make({"Task": task, "Caught": caught})
    found = machines.ended(machines.start(machine, do=do, file=str(tmp_path / "file")))
    assert found["status"] == "SUCCEEDED"
    output = json.loads(found["output"])
    assert output["Error"] == error
    cause = json.loads(output["Cause"])
    assert message in cause["errorMessage"]
    assert ("stackTrace" in cause) is (do == "raise")


@pytest.mark.parametrize("status", ["TIMED_OUT", "FAILED"])
def test_an_execution_that_does_not_succeed_is_told_of_once(machines: Machines, tmp_path: Path, status: str) -> None:
    """One whose machine's time is up, whatever runs in it, and one that fails."""
    events, name = tmp_path / "events", f"ends-{status.lower()}"
    state = {"Type": "Wait", "Seconds": 60, "End": True} if status == "TIMED_OUT" else machines.task()
    machine = machines.make({"State": state}, TimeoutSeconds=1 if status == "TIMED_OUT" else 60)
    machines.tell(machine, name, events)
    assert machines.ended(machines.start(machine, do="raise"))["status"] == status
    eventually(events.exists)
    machines.ended(machines.start(machines.make({"Task": machines.task()}), do="nothing"))
    assert len(events.read_text().splitlines()) == 1


def test_an_execution_that_has_ended_stays_as_it_ended(machines: Machines, tmp_path: Path) -> None:
    """A task that fails after it was stopped changes nothing, is not tried again, and no second event is sent."""
    events, file = tmp_path / "events", tmp_path / "file"
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    machine = machines.make({"Task": machines.task(Retry=retry)})
    machines.tell(machine, "stopped", events)
    execution = machines.start(machine, do="sleep", file=str(file), then="raise")
    eventually(file.exists)
    machines.states.stop_execution(executionArn=execution)
    eventually(events.exists)
    (tmp_path / "file.end").touch()
    later = machines.make({"Task": machines.task()})
    machines.ended(machines.start(later, do="nothing"))
    assert machines.ended(execution)["status"] == "ABORTED"
    assert len(events.read_text().splitlines()) == 1
    assert file.read_text() == "began\n", "nothing is tried again"


def test_what_runs_is_spared_by_a_new_configuration(machines: Machines, tmp_path: Path) -> None:
    """It ends by itself; the next call has what is new."""
    file = tmp_path / "file"
    machine = machines.make({"Task": machines.task()})
    execution = machines.start(machine, do="sleep", file=str(file))
    eventually(file.exists)
    functions = machines.aws.client("lambda")
    functions.update_function_configuration(FunctionName=machines.function, Environment={"Variables": {"VERSION": "2"}})
    (tmp_path / "file.end").touch()
    assert machines.ended(execution)["status"] == "SUCCEEDED"
    assert file.read_text() == "began\nended\n"
    output = machines.ended(machines.start(machine, do="nothing"))["output"]
    assert json.loads(output)["version"] == "2"


def test_a_result_that_is_too_large_is_caught_by_nobody(machines: Machines) -> None:
    """256 KiB, also of what is left out of the output; only whoever watches the execution learns of it."""
    caught = {"Type": "Pass", "End": True}
    task = machines.task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], ResultPath=None)
    machine = machines.make({"Task": {**task, "OutputPath": "$"}, "Caught": caught})
    found = machines.ended(machines.start(machine, do="big"))
    assert (found["status"], found["error"]) == ("FAILED", "States.DataLimitExceeded")


class TestStarting:
    """What `StartExecution` takes."""

    def test_the_name_of_one_that_runs_is_the_same_execution(self, machines: Machines, tmp_path: Path) -> None:
        """With the same input; with another one, and once it has ended, it is refused."""
        states, file = machines.states, tmp_path / "file"
        machine = machines.make({"Task": machines.task()})
        event = json.dumps({"do": "sleep", "file": str(file)})
        first = states.start_execution(stateMachineArn=machine, name="run-1", input=event)
        again = states.start_execution(stateMachineArn=machine, name="run-1", input=event)
        assert again["executionArn"] == first["executionArn"]
        with pytest.raises(states.exceptions.ExecutionAlreadyExists):
            states.start_execution(stateMachineArn=machine, name="run-1", input="{}")
        (tmp_path / "file.end").touch()
        machines.ended(first["executionArn"])
        with pytest.raises(states.exceptions.ExecutionAlreadyExists):
            states.start_execution(stateMachineArn=machine, name="run-1", input=event)
        assert file.read_text() == "began\nended\n"

    @pytest.mark.parametrize("name", ["a" * 81, "with blank", "with/slash", "with#mark", "with:colon", "with*"])
    def test_a_name_that_can_not_be_is_refused(self, machines: Machines, name: str) -> None:
        """What is no name on AWS."""
        machine = machines.make({"Pass": {"Type": "Pass", "End": True}})
        with pytest.raises(machines.states.exceptions.InvalidName):
            machines.states.start_execution(stateMachineArn=machine, name=name)

    @pytest.mark.parametrize("text", ["{", '"' + "x" * 262_144 + '"'])
    def test_an_input_that_can_not_be_is_refused(self, machines: Machines, text: str) -> None:
        """No JSON, or too much."""
        machine = machines.make({"Pass": {"Type": "Pass", "End": True}})
        with pytest.raises(machines.states.exceptions.InvalidExecutionInput):
            machines.states.start_execution(stateMachineArn=machine, input=text)
