"""How runs ended, as metrics: each once, whichever process ended it."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate.contract.metrics import RunMetric
from tests.unit.handler.detached_front import DetachedFront
from tests.unit.handler.front import BAD, FIRST, GOOD, SECOND, Front, holder
from tests.unit.handler.long_run_front import LongRunFront

HISTORY = "Shop/Migrations"
Written = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Written:
    """What was written of runs since this was asked last, by the names of metrics."""

    def read() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
        mine = [line for line in lines if "_aws" in line and "history" in line]
        # Powertools writes a list of values for each metric.
        return [{name: one[0] if isinstance(one, list) else one for name, one in line.items()} for line in mine]

    return read


@pytest.fixture(autouse=True)
def _of_a_history(front: Front) -> None:
    front.environ["DYNAMIGRATE_HISTORY"] = HISTORY


def counted(line: dict[str, Any]) -> dict[str, Any]:
    """Its metrics that are no seconds and not 0."""
    return {
        name.value: line[name.value]
        for name in RunMetric
        if not name.value.endswith("Seconds") and line.get(name.value, 0)
    }


def test_a_deploy_writes_what_it_did_in_one_line(front: Front, written: Written) -> None:
    """In CloudWatch's format: namespace, one dimension, and a unit for each."""
    front.deploy()
    [line] = written()
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "dynamigrate"
    assert directive["Dimensions"] == [["history"]]
    assert line["history"] == HISTORY
    units = {one["Name"]: one["Unit"] for one in directive["Metrics"]}
    assert units == {
        **dict.fromkeys(("Runs", "FailedRuns", "Applied", "Undone", "Failed"), "Count"),
        **dict.fromkeys(("RunSeconds", "LockWaitSeconds"), "Seconds"),
    }
    assert counted(line) == {"Runs": 1, "Applied": 2}
    assert 0 <= line["LockWaitSeconds"] < 1
    assert line["RunSeconds"] >= 0
    assert (line["level"], line["FailedRuns"]) == ("INFO", 0)


def test_a_service_that_the_environment_names_is_no_second_dimension(
    front: Front, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else no alarm would find the metric."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "shop")
    front.deploy()
    [line] = written()
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["history"]]


def test_a_deploy_with_nothing_to_do_writes_nothing(front: Front, written: Written) -> None:
    """It changes nothing, and the history does not have it either."""
    front.target.apply(FIRST, SECOND)
    assert front.deploy()["Status"] == "SUCCESS"
    assert written() == []


def test_a_failure_is_counted_with_what_was_applied_before(front: Front, written: Written) -> None:
    """Of a deploy and of a command alike."""
    front.write(GOOD, BAD)
    assert front.deploy()["Status"] == "FAILED"
    [line] = written()
    assert counted(line) == {"Runs": 1, "FailedRuns": 1, "Applied": 1, "Failed": 1}
    front.invoke("repair", migration=SECOND, confirm=True, **{"as": "pending"})
    assert written() == [], "a repair is no run of migrations"
    assert front.invoke("migrate")["ok"] is False
    [line] = written()
    assert counted(line) == {"Runs": 1, "FailedRuns": 1, "Failed": 1}


def test_what_a_command_undoes_is_counted(front: Front, written: Written) -> None:
    """And one that asks to be confirmed has run nothing."""
    front.deploy()
    written()
    assert front.invoke("undo")["ok"] is False
    assert written() == []
    front.invoke("undo", confirm=True)
    [line] = written()
    assert counted(line) == {"Runs": 1, "Undone": 1}


@pytest.mark.parametrize("kind", ["held", "other code", "a setting", "refused"])
def test_a_deploy_that_failed_before_it_ran_anything_is_counted_once(front: Front, written: Written, kind: str) -> None:
    """Whoever deploys sees a failure, whether the history has a run of it or not."""
    digest = "d1" * 16
    if kind == "held":
        front.target.held_by = holder()
    elif kind == "other code":
        digest = "other"
    elif kind == "a setting":
        front.environ["DYNAMIGRATE_CHANGED"] = "sometimes"
    else:
        front.target.apply(SECOND)
    assert front.deploy("Create", SourceDigest=digest)["Status"] == "FAILED"
    [line] = written()
    assert counted(line) == {"Runs": 1, "FailedRuns": 1}
    assert line["history"] == HISTORY


def test_a_long_wait_for_the_lock_is_told_even_where_nothing_was_to_do(
    front: Front, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what the deploy took its time for."""
    front.target.apply(FIRST, SECOND)
    before, moment = front.target.lock, time.monotonic()

    def late(wait: float = 0) -> Any:
        monkeypatch.setattr("dynamigrate.handler.run_metrics.time.monotonic", lambda: moment + 7)
        return before(wait)

    monkeypatch.setattr(front.target, "lock", late)
    assert front.deploy()["Status"] == "SUCCESS"
    [line] = written()
    assert 6 < line["LockWaitSeconds"] < 8
    assert "Runs" not in line


def test_a_run_of_many_slices_is_counted_by_the_last(long: LongRunFront, written: Written) -> None:
    """With all that it applied, and never with its id as a dimension."""
    long.environ["DYNAMIGRATE_HISTORY"] = HISTORY
    long.begin()
    assert written() == []
    assert long.play()[-1] == "done"
    [line] = written()
    assert counted(line) == {"Runs": 1, "Applied": 3}
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["history"]]


def test_a_run_that_left_no_record_is_counted_once_however_often_its_answer_is_sent(
    long: LongRunFront, written: Written
) -> None:
    """The machine calls again, another process perhaps, until CloudFormation has it."""
    long.environ["DYNAMIGRATE_HISTORY"] = HISTORY
    long.begin()
    long.state.unlock(force=True)
    for _ in range(2):
        long.server.statuses = [403]
        with pytest.raises(Exception, match="could not be answered"):
            long.slice()
    assert written() == []
    assert long.slice() == "failed"
    [line] = written()
    assert counted(line) == {"Runs": 1, "FailedRuns": 1}


def test_a_detached_migration_is_counted_at_its_end(detached: DetachedFront, written: Written) -> None:
    """The deploy that started it has a run of its own."""
    detached.environ["DYNAMIGRATE_HISTORY"] = HISTORY
    detached.begin()
    [line] = written()
    assert counted(line) == {"Runs": 1, "Applied": 1}
    [execution] = detached.own_executions
    assert detached.play_own(execution)[-1] == "done"
    [line] = written()
    assert counted(line) == {"Runs": 1, "Applied": 1}
