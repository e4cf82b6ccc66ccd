"""State tables whose first answers come late, and such as take no transactions."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamigrate import DynamoDBTarget
from dynamigrate.errors import MigrationsError
from dynamigrate.transport.state_client import StateClient
from tests.unit.fakes import FakeClock


class Transport:
    """Answers by operation."""

    def __init__(self, **answers: Callable[[Any], dict[str, Any]]) -> None:
        self.requests: list[str] = []
        self._answers = answers

    def call(self, operation: str, request: Any) -> dict[str, Any]:
        self.requests.append(operation)
        return self._answers.get(operation, lambda _request: {})(request)

    def close(self) -> None:
        """There is nothing to close."""


def target(transport: Transport, clock: FakeClock) -> DynamoDBTarget:
    """On tables that *transport* leads to."""
    return DynamoDBTarget(StateClient(transport, attempts=1), clock=clock, remaining=lambda: 900, run_id="run")


def test_a_lock_that_took_longer_to_get_than_its_lease_is_held(clock: FakeClock) -> None:
    """As when a grant came late: it is measured anew from a beat, since nobody can have taken it over."""
    items: list[dict[str, Any]] = []

    def put(request: Any) -> dict[str, Any]:
        clock.turn(45)
        items.append(request["Item"])
        return {}

    transport = Transport(PutItem=put, UpdateItem=lambda _request: {"Attributes": {**items[-1], "Beat": {"N": "1"}}})
    with target(transport, clock).lock() as lock:
        assert not lock.lost
    assert transport.requests == ["PutItem", "UpdateItem", "DeleteItem"]


def test_a_lock_that_was_got_at_once_costs_no_beat(clock: FakeClock) -> None:
    """Nothing to do is three requests."""
    transport = Transport()
    with target(transport, clock).lock():
        pass
    assert transport.requests == ["PutItem", "DeleteItem"]


def test_state_in_a_strongly_consistent_global_table_is_refused_with_the_reason(clock: FakeClock) -> None:
    """The service refuses the transaction; the table says why."""

    def refuse(_request: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "ValidationException", "Message": "unsupported"}}, "TransactWriteItems")

    described = {"Table": {"KeySchema": [{"AttributeName": "ID"}], "MultiRegionConsistency": "STRONG"}}
    transport = Transport(
        TransactWriteItems=refuse, DescribeTable=lambda _request: described, Scan=lambda _request: {"Items": []}
    )
    state = target(transport, clock)
    with state.lock(), pytest.raises(MigrationsError, match=r"\(MRSC\), which takes no transactions") as caught:
        state.add("1")
    assert "MigrationState" in caught.value.next_step
