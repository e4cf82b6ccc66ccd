"""A run whose function died is counted as failed by the responder, where somebody watches its history."""

from typing import Any

import pytest

from dynamigrate.contract.metrics import HISTORY, NAMESPACE, RunMetric
from tests.unit.responder.scene import Scene
from tests.unit.responder.test_ended_runs import RUN, gave_up, of_run

NAME = "Shop/Migrations"


@pytest.fixture
def watched(scene: Scene) -> Scene:
    """Alarms or a dashboard look at its metrics."""
    scene.history = NAME
    return scene


def counted(scene: Scene) -> list[dict[str, Any]]:
    """The lines with metrics."""
    return [line for line in scene.lines if "_aws" in line]


def test_a_death_is_one_run_that_failed(watched: Scene) -> None:
    """In the format, and under the names, of the function's own metrics."""
    watched.respond()
    assert watched.server.answer["Status"] == "FAILED"
    [line] = counted(watched)
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"], line[HISTORY]) == (NAMESPACE, [[HISTORY]], NAME)
    assert [one["Name"] for one in directive["Metrics"]] == [RunMetric.RUNS, RunMetric.FAILED_RUNS]
    assert (line["Runs"], line["FailedRuns"]) == (1, 1)
    assert line["_aws"]["Timestamp"] == round(watched.now * 1000)


def test_a_run_that_gave_up_in_the_state_machine_is_another(watched: Scene) -> None:
    """Once, however often it is told of."""
    watched.table.item = of_run(waiting=True)
    watched.keep(RUN, "Update")
    watched.respond_to(gave_up())
    watched.respond_to(gave_up())
    assert watched.server.answer["Status"] == "FAILED"
    assert len(counted(watched)) == 1


@pytest.mark.parametrize("kind", ["a rollback", "a deletion", "nobody watches", "a person's command"])
def test_nothing_else_is_counted(watched: Scene, kind: str) -> None:
    """What is answered with success is no failure; without a name there is nobody to tell."""
    if kind == "a rollback":
        watched.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    if kind == "nobody watches":
        watched.history = ""
    watched.respond({"a deletion": "Delete", "a person's command": None}.get(kind, "Update"))
    assert counted(watched) == []
