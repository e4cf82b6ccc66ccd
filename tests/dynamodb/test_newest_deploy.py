"""The item that says which deploy ran last."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from dynamigrate import DynamoDBTarget
from dynamigrate.errors import StateMissing
from dynamigrate.records import Deploy, Run, RunRecord
from tests.unit.fakes import FakeClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DEPLOY = Deploy(deploy_id="build-7", function_version="arn:function:7", run_id="run-1", request_id="request-1")
NEXT = Deploy(deploy_id="build-8", function_version="arn:function:8", run_id="run-2", request_id="request-2")


def target_for(client: "DynamoDBClient", **options: Any) -> DynamoDBTarget:
    return DynamoDBTarget(client, clock=FakeClock(), **options)


@pytest.fixture(params=["ID", "id"])
def target(request: pytest.FixtureRequest, moto_dynamodb: "DynamoDBClient") -> DynamoDBTarget:
    """With tables of its own, and with those that the Go driver made."""
    for name in ("_migrations", "_migrations-lock"):
        moto_dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": request.param, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": request.param, "KeyType": "HASH"}],
        )
    return target_for(moto_dynamodb)


def test_there_is_none_at_first(target: DynamoDBTarget) -> None:
    """Until a deploy asks to be undone by a rollback."""
    assert target.newest_deploy() is None


def test_it_is_the_one_that_was_recorded_last(target: DynamoDBTarget, moto_dynamodb: "DynamoDBClient") -> None:
    """Any other handle reads the same."""
    for deploy in (DEPLOY, NEXT):
        target.record_deploy(deploy)
        assert target_for(moto_dynamodb).newest_deploy() == deploy


def test_a_second_delivery_leaves_what_the_first_wrote(target: DynamoDBTarget) -> None:
    """It has a run of its own, in which nothing was pending any more."""
    target.record_deploy(DEPLOY)
    target.record_deploy(replace(DEPLOY, run_id="run-2"))
    assert target.newest_deploy() == DEPLOY


def test_the_same_build_deployed_again_is_another_deploy(target: DynamoDBTarget) -> None:
    """An id may be given twice; what the first one applied is not the second one's."""
    target.record_deploy(DEPLOY)
    again = replace(DEPLOY, run_id="run-2", request_id="request-2")
    target.record_deploy(again)
    assert target.newest_deploy() == again


def test_it_is_neither_a_lock_nor_a_run(target: DynamoDBTarget) -> None:
    """Which share the table with it."""
    target.record_deploy(DEPLOY)
    assert target.lock_status() is None
    assert target.runs() == ()
    target.record_run(RunRecord(run=Run(id="run-1"), started_at="2026", seconds=1, result="succeeded"))
    with target.lock():
        assert target.newest_deploy() == DEPLOY


def test_each_lock_has_its_own(target: DynamoDBTarget, moto_dynamodb: "DynamoDBClient") -> None:
    """Histories may share a lock table."""
    target.record_deploy(DEPLOY)
    assert target_for(moto_dynamodb, lock_id="other").newest_deploy() is None


def test_without_tables_there_is_nothing_to_ask(moto_dynamodb: "DynamoDBClient") -> None:
    """The engine makes them before it records anything."""
    with pytest.raises(StateMissing):
        target_for(moto_dynamodb).newest_deploy()
    with pytest.raises(StateMissing):
        target_for(moto_dynamodb).record_deploy(DEPLOY)
