"""What to do next, for who reads it where he reads it."""

import re
import shlex
from typing import Any

import pytest

from dynamigrate.records import Details
from tests.unit.handler.front import BAD, FIRST, GOOD, SECOND, THIRD, Front

PATH = "Dev/Migrations/Migrations"


def advised(reason: str) -> dict[str, str]:
    """What the `cdk deploy` in *reason* is given by `-c`."""
    [found] = re.findall(r"cdk deploy (-c .+?) with the stacks as before", reason)
    return dict(argument.split("=", 1) for argument in shlex.split(found) if argument != "-c")


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize("path", [PATH, "Migrations", "A stack of ours/It's $HOME", ""])
def test_a_repair_by_deploy_names_the_construct_that_failed(front: Front, kind: str, path: str) -> None:
    """An app has several where it has stages; a shell takes the words as they are; and a pipeline has no `-c`."""
    front.write(BAD)
    reason = front.deploy(kind, ConstructPath=path)["Reason"]
    assert advised(reason) == {"repair": f"{path}={FIRST}:pending" if path else f"{FIRST}:pending"}
    assert f'the props{f" of {path}" if path else ""}, repair="{FIRST}:pending")' in reason


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_repair_of_a_stack_that_cdk_did_not_make_is_a_parameter(front: Front, kind: str) -> None:
    """A template from `dynamigrate package` has one for it; cdk deploy -c would go nowhere."""
    front.write(BAD)
    reason = front.deploy(kind, OrderedBy="parameters", Repair="", Baseline="")["Reason"]
    assert f"a deploy of this stack with the parameter Repair={FIRST}:pending of its template" in reason
    assert "cdk" not in reason


class TestNotFinished:
    """A migration that stopped at its checkpoint, whose code is not here: it is nobody's crash."""

    @pytest.fixture(autouse=True)
    def stopped(self, front: Front) -> None:
        front.target.add(THIRD, Details(description="add orders", run_id="run-0"))
        front.target.save_checkpoint(THIRD, {"page": 3})

    @pytest.mark.parametrize("action", ["migrate", "plan", "step"])
    def test_a_command_says_who_goes_on(self, front: Front, action: str) -> None:
        """A repair would throw away what its code goes on from."""
        arguments: dict[str, Any] = {"n": 1} if action == "step" else {}
        answer = front.invoke(action, **arguments)
        error = answer["error"]
        assert error["type"] == "DirtyMigration"
        assert re.fullmatch(
            rf"{THIRD}_add_orders began at \S+ and is not finished: it stopped at a checkpoint\.", error["message"]
        )
        assert error["next"].endswith(
            "the code that has it goes on from there: deploy that code again. Nothing was run."
        )
        assert "command" not in error
        assert "repair" not in str(answer)

    @pytest.mark.parametrize("kind", ["Create", "Update"])
    def test_a_deploy_of_the_old_code_says_so_too(self, front: Front, kind: str) -> None:
        """Somebody deploys a branch without it."""
        reason = front.deploy(kind)["Reason"]
        assert "deploy that code again" in reason
        assert "repair" not in reason

    def test_the_code_that_has_it_goes_on(self, front: Front) -> None:
        """As it was told."""
        front.target.apply(FIRST, SECOND)
        front.write(GOOD, GOOD, GOOD)
        assert front.deploy("Update")["Status"] == "SUCCESS"
        assert front.target.states()[THIRD] == "applied"

    def test_one_that_is_stuck_comes_first(self, front: Front) -> None:
        """Only a repair helps that one."""
        front.target.add(SECOND)
        error = front.invoke("migrate")["error"]
        assert error["message"].startswith(SECOND)
        assert error["command"]["action"] == "repair"

    def test_once_repaired_the_code_that_has_it_is_what_is_missing(self, front: Front) -> None:
        """`migrate` of this code would not run it."""
        answer = front.invoke("repair", migration=THIRD, confirm=True, **{"as": "pending"})
        assert answer["next"] == "Deploy the code that has it again."


@pytest.mark.parametrize(("kind", "rolls_back"), [("Create", False), ("Update", True)])
def test_a_run_that_stopped_goes_on_with_the_next_deploy(front: Front, kind: str, rolls_back: bool) -> None:
    """Not by `migrate`: a rollback has put other code back, or has taken the function away."""
    front.context.seconds = 4
    reason = front.deploy(kind)["Reason"]
    assert "The run stopped before" in reason
    assert "Deploy again, and it goes on from there." in reason
    assert ("The rollback puts the code from before this deploy back" in reason) is rolls_back
    assert '"migrate"' not in reason


def test_a_command_that_stopped_goes_on_by_itself(front: Front) -> None:
    """There the code is the same."""
    front.context.seconds = 4
    assert front.invoke("migrate")["error"]["command"] == {"action": "migrate"}


class TestBaseline:
    """What was done by hand before there was a history, counted by a deploy."""

    def test_counts_up_to_one_before_it_runs_the_rest(self, front: Front) -> None:
        """None of them is run, and the history says what it was."""
        front.write(BAD, BAD, GOOD)
        answer = front.deploy("Create", Baseline=SECOND)
        assert (answer["Status"], answer["Data"]["Applied"]) == ("SUCCESS", THIRD)
        counted, migrated = sorted(front.target.runs(), key=lambda one: one.run.command)
        assert (counted.run.command, counted.applied) == ("baseline", (FIRST, SECOND))
        assert counted.run.id == f"{migrated.run.id}-baseline"
        assert front.target.records()[0].details.actor == "baseline, cloudformation Migrations"
        assert front.line("history.baselined")["counted"] == [FIRST, SECOND]

    @pytest.mark.parametrize("old", [{}, {"Baseline": FIRST}, {"Baseline": SECOND}])
    def test_may_stay(self, front: Front, old: dict[str, str]) -> None:
        """In the command or in the code, once all of it is applied."""
        front.target.apply(FIRST, SECOND)
        assert front.deploy("Update", old=old, Baseline=SECOND)["Status"] == "SUCCESS"

    def test_costs_nothing_where_the_deploy_before_had_it(self, front: Front) -> None:
        """The lock is taken once, as without it."""
        front.target.apply(FIRST, SECOND)
        front.deploy("Update", old={"Baseline": SECOND}, Baseline=SECOND)
        assert len(front.target.waits) == 1

    def test_one_that_failed_meanwhile_is_settled_by_the_deploy_that_it_names(self, front: Front) -> None:
        """The first deploy had no baseline, and tried what had been done by hand."""
        front.write(BAD, GOOD)
        assert front.deploy("Create", ConstructPath=PATH)["Status"] == "FAILED"
        front.server.received.clear()
        refused = front.deploy("Create", ConstructPath=PATH, Baseline=FIRST)
        given = advised(refused["Reason"])
        assert given == {"repair": f"{PATH}={FIRST}:pending", "baseline": f"{PATH}={FIRST}"}
        front.server.received.clear()
        values: dict[str, Any] = {name.title(): value.rpartition("=")[2] for name, value in given.items()}
        assert front.deploy("Create", ConstructPath=PATH, **values)["Data"]["Applied"] == SECOND
        assert front.target.states() == {FIRST: "applied", SECOND: "applied"}

    def test_does_not_paper_over_a_history(self, front: Front) -> None:
        """What was applied is said, and nothing is run."""
        front.target.apply(FIRST)
        reason = front.deploy("Update", Baseline=SECOND)["Reason"]
        assert f"The history is not empty: it has {FIRST}." in reason
        assert "leave the baseline out" in reason
        assert front.target.states() == {FIRST: "applied"}

    def test_of_an_id_that_nobody_knows_fails(self, front: Front) -> None:
        """With those that there are: there may be no function to ask."""
        reason = front.deploy("Create", Baseline=THIRD)["Reason"]
        assert f"There is no migration {THIRD}" in reason
        assert f"{FIRST}_" in reason
        assert front.target.states() == {}

    @pytest.mark.parametrize("given", ["x", f"{FIRST}:applied", "٣", " 1"])
    def test_that_is_no_id_fails(self, front: Front, given: str) -> None:
        """Before anything runs."""
        reason = front.deploy("Create", Baseline=given)["Reason"]
        assert "cdk deploy -c baseline=20261123090000" in reason
        assert front.target.states() == {}


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize("message", ["no", "x" * 9000, "ünï" * 2000])
def test_the_cdk_command_line_finds_the_log(front: Front, kind: str, message: str) -> None:
    """By the words that it looks for; all up to white space is the name, so that no full stop may follow."""
    front.write(f"def do(ctx):\n    raise ValueError({message!r})\n")
    found = re.findall(r"CloudWatch Log Stream:\s*(\S+)", front.deploy(kind)["Reason"])
    assert found == [front.context.log_stream_name]


def test_a_failure_in_the_log_says_itself(front: Front) -> None:
    """A terminal shows level and message alone."""
    front.write(GOOD, "def do(ctx):\n    raise ValueError('order 1001 has no name')\n")
    front.deploy()
    line = front.line("migration.failed")
    assert line["level"] == "ERROR"
    assert re.fullmatch(
        rf"{SECOND}_add_status failed after \d\.\d s: ValueError: order 1001 has no name \({SECOND}_add_status\.py:2\)\.",
        line["message"],
    )
    assert all(
        " " in one["message"] and one["message"][0].isupper() | one["message"][0].isdigit() for one in front.lines
    )
