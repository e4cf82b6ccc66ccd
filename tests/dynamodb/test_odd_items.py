"""Items that older, newer or broken code left in the state tables: they are told, and a person can settle them."""

from typing import Any
from uuid import uuid4

import pytest

from dynamigrate import DirtyMigration, DynamoDBTarget, LockHeld, MemorySource, Migration, migrate, repair
from tests.unit.fakes import FakeClock


@pytest.fixture
def client(any_client: Any) -> Any:
    return any_client


@pytest.fixture
def name() -> str:
    return f"odd-{uuid4().hex[:8]}"


@pytest.fixture
def target(client: Any, name: str) -> DynamoDBTarget:
    target = DynamoDBTarget(client, table_name=name, lock_table_name=f"{name}-lock", clock=FakeClock())
    target.create()
    return target


def _source() -> MemorySource:
    source = MemorySource()
    source.add(Migration("1", "change things", do=lambda ctx: None))
    return source


@pytest.mark.parametrize("mark", [{"S": "false"}, {"N": "0"}, {"NULL": True}, {"BOOL": True}])
@pytest.mark.parametrize("checkpoint", [None, {"S": "7"}, {"S": "{"}, {"N": "7"}])
def test_a_mark_that_is_none_counts_as_dirty_and_is_repaired(
    client: Any, name: str, target: DynamoDBTarget, mark: Any, checkpoint: Any
) -> None:
    """What newer code has stored beside it stays."""
    item = {
        "ID": {"S": "1"},
        "Dirty": mark,
        "Progress": {"S": "half"},
        "DurationMs": {"S": "long"},
        "Newer": {"S": "x"},
    }
    client.put_item(TableName=name, Item={**item, **({"Checkpoint": checkpoint} if checkpoint else {})})
    assert target.records()[0].dirty
    if checkpoint == {"S": "7"}:
        assert migrate(_source(), target).applied == ("1",)
    else:
        with pytest.raises(DirtyMigration, match=r"^1"):
            migrate(_source(), target)
        repair(target, "1", "applied")
    assert target.done() == ("1",)
    assert client.get_item(TableName=name, Key={"ID": {"S": "1"}})["Item"]["Newer"] == {"S": "x"}


@pytest.mark.parametrize(
    "changes",
    [
        {"Owner": {"N": "7"}},
        {"Beat": {"S": "seven"}},
        {"Beat": {"N": "1.5"}},
        {"LeaseMs": {"N": "1E+100"}},
        {"LeaseMs": {"N": "-1"}},
        {"DeadlineMs": {"N": "1E+100"}},
        {"DeadlineMs": {"S": "soon"}},
    ],
)
def test_a_lock_that_does_not_say_whether_its_holder_lives_is_never_taken_over(
    client: Any, name: str, target: DynamoDBTarget, changes: Any
) -> None:
    """But freed by force."""
    lock = {
        "ID": {"S": "migrations"},
        "Owner": {"S": "token"},
        "Beat": {"N": "1"},
        "LeaseMs": {"N": "20000"},
        "DeadlineMs": {"N": "1"},
    }
    client.put_item(TableName=f"{name}-lock", Item={**lock, **changes})
    with pytest.raises(LockHeld, match="force"), target.lock(wait=60):
        pass
    with pytest.raises(LockHeld):
        target.unlock()
    assert target.unlock(force=True) is not None
    assert migrate(_source(), target).applied == ("1",)


def test_odd_runs_segments_and_deploys_are_passed_over(client: Any, name: str, target: DynamoDBTarget) -> None:
    """The history shows the others."""
    migrate(_source(), target)
    target.add("2")
    target.save_segments("2", {0: {"after": 1}})
    odd = [
        {
            "ID": {"S": "run#migrations#odd"},
            "DurationMs": {"S": "long"},
            "Applied": {"L": [{"N": "1"}]},
            "Note": {"L": []},
        },
        {"ID": {"S": "segment#migrations#2#1"}, "Checkpoint": {"S": "{"}},
        {"ID": {"S": "segment#migrations#2#2"}},
        {"ID": {"S": "segment#migrations#2#²"}, "Checkpoint": {"S": "7"}},
        {"ID": {"S": "deploy#migrations"}, "DeployId": {"N": "7"}},
    ]
    for item in odd:
        client.put_item(TableName=f"{name}-lock", Item=item)
    assert [run.applied for run in target.runs()] == [("1",), ()]
    assert target.segments("2") == {0: {"after": 1}}
    deploy = target.newest_deploy()
    assert deploy is not None
    assert deploy.deploy_id == ""
