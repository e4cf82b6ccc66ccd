"""Processes that contend for the lock, and are frozen and killed; and that the audit would see what goes wrong."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamigrate import DynamoDBTarget
from dynamigrate_local_aws import LocalAws
from tests.unit.fakes import FakeClock

from .chaos import COUNTER, LEDGER, LOCK_TABLE, TABLE, Chaos, audit, commit
from .clients import client_of, drop_tables, make_tables

pytestmark = [pytest.mark.ministack, pytest.mark.slow]


@pytest.fixture
def ledger(aws: LocalAws) -> Iterator[Any]:
    """A client, an empty ledger, and the counter at 0."""
    client = client_of(aws.endpoint_url)
    make_tables(client, TABLE, LOCK_TABLE, LEDGER)
    client.put_item(TableName=LEDGER, Item={**COUNTER, "Number": {"N": "0"}})
    yield client
    drop_tables(client, TABLE, LOCK_TABLE, LEDGER)


def _target(client: Any, clock: FakeClock) -> DynamoDBTarget:
    return DynamoDBTarget(client, table_name=TABLE, lock_table_name=LOCK_TABLE, clock=clock)


def test_no_update_is_lost_however_often_holders_are_frozen_and_killed(aws: LocalAws) -> None:
    """Every commit stands, each with a number of its own, and no holder commits after its successor."""
    report = Chaos(aws.endpoint_url, commits=100, troubles=10, seconds=20).run()
    assert report.errors == []
    assert (report.lost_updates, report.intruders) == (0, 0)
    assert report.commits == report.counter > 0
    assert report.freezes + report.kills > 0


def test_the_fence_stops_a_holder_that_slept_through_its_lease(aws: LocalAws, ledger: Any) -> None:
    """It read before it slept; its successor has committed since."""
    sleeper, successor = FakeClock(), FakeClock()
    with _target(client_of(aws.endpoint_url), sleeper).lock() as lost:
        successor.turn(60)
        with _target(client_of(aws.endpoint_url), successor).lock() as lease:
            commit(ledger, 1, lease.owner, lease.condition())
            with pytest.raises(ClientError, match="TransactionCanceledException"):
                commit(ledger, 1, lost.owner, lost.condition())
    report = audit(ledger)
    assert (report.commits, report.lost_updates, report.intruders) == (1, 0, 0)


def test_the_audit_sees_a_lost_update(ledger: Any) -> None:
    """Without the fence the sleeper's commit overwrites the other's."""
    commit(ledger, 1, "sleeper")
    commit(ledger, 2, "successor")
    commit(ledger, 2, "sleeper")
    report = audit(ledger)
    assert (report.commits, report.counter, report.lost_updates) == (3, 2, 1)
    assert report.violations > 0


def test_the_audit_sees_two_holders_that_both_record(ledger: Any) -> None:
    """No number is lost where they happen to take turns, and yet both thought that the lock was theirs."""
    for number, owner in enumerate(["sleeper", "successor", "sleeper"], start=1):
        commit(ledger, number, owner)
    report = audit(ledger)
    assert (report.lost_updates, report.intruders) == (0, 1)
    assert report.violations > 0
