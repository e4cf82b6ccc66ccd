"""Programs that share the state tables under lock ids of their own don't see each other's items."""

from typing import TYPE_CHECKING

import pytest

from dynamigrate import DynamoDBTarget
from dynamigrate.records import Run, RunRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def _run(run_id: str) -> RunRecord:
    return RunRecord(run=Run(id=run_id), started_at="2026-11-23T09:00:00.000Z", seconds=1.0, result="succeeded")


@pytest.fixture
def targets(moto_dynamodb: "DynamoDBClient") -> tuple[DynamoDBTarget, DynamoDBTarget]:
    """Two whose ids begin alike."""
    one, other = (DynamoDBTarget(moto_dynamodb, lock_id=lock_id) for lock_id in ("shop", "shop#1"))
    one.create()
    return one, other


def test_runs_are_each_their_own(targets: tuple[DynamoDBTarget, DynamoDBTarget]) -> None:
    """Also where the one's id and the rest of the key make the other's."""
    one, other = targets
    one.record_run(_run("a"))
    one.record_run(_run("1#b"))
    other.record_run(_run("c"))
    assert {run.run.id for run in one.runs()} == {"a", "1#b"}
    assert {run.run.id for run in other.runs()} == {"c"}


def test_segments_are_each_their_own(targets: tuple[DynamoDBTarget, DynamoDBTarget]) -> None:
    """To read them, and to clear them."""
    one, other = targets
    for target, migration in ((one, "1"), (other, "2")):
        target.add(migration)
        target.save_segments(migration, {0: f"of {migration}"})
    assert (one.segments("1"), other.segments("2")) == ({0: "of 1"}, {0: "of 2"})
    one.clear_segments("1")
    assert (one.segments("1"), other.segments("2")) == ({}, {0: "of 2"})
