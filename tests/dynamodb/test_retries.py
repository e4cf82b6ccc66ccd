"""How often a request of the engine's is sent again, and for how long: one policy, whatever client there is."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamigrate import DynamoDBTarget
from dynamigrate.transport.state_client import StateClient
from tests.unit.fakes import FakeClock

THROTTLED: Any = {
    "Error": {"Code": "ThrottlingException", "Message": "slow down"},
    "ResponseMetadata": {"HTTPStatusCode": 400},
}


class Throttling:
    """A transport to a table that throttles until *clock* says *until*."""

    def __init__(self, clock: FakeClock, until: float) -> None:
        self._clock = clock
        self._until = until
        self.sent = 0

    def call(self, operation: str, request: Any) -> dict[str, Any]:
        self.sent += 1
        if self._clock.monotonic() < self._until:
            raise ClientError(THROTTLED, operation)
        return {"Items": []}

    def close(self) -> None: ...


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def _target(transport: Throttling, clock: FakeClock, **options: Any) -> DynamoDBTarget:
    return DynamoDBTarget(StateClient(transport, **{"attempts": 8, **options}), clock=clock)


def test_a_throttle_of_ten_seconds_is_survived(clock: FakeClock) -> None:
    """As while a table of little capacity is busy with something else."""
    transport = Throttling(clock, until=clock.monotonic() + 10)
    assert _target(transport, clock).records() == ()


def test_a_throttle_without_an_end_is_given_up_after_seconds(clock: FakeClock) -> None:
    """And the table that is asked for too much already is asked a few times more, not dozens: no retry within a retry."""
    transport, began = Throttling(clock, until=clock.monotonic() + 3600), clock.monotonic()
    with pytest.raises(ClientError, match="slow down"):
        _target(transport, clock).records()
    assert 20 <= clock.monotonic() - began <= 25
    # Twenty seconds of pauses, at most four seconds each and two on average; far fewer than 8 x 6.
    assert 6 <= transport.sent <= 40


def test_a_client_that_must_not_hold_up_an_answer_gives_up_sooner(clock: FakeClock) -> None:
    """It says how much patience it has."""
    transport, began = Throttling(clock, until=clock.monotonic() + 3600), clock.monotonic()
    with pytest.raises(ClientError, match="slow down"):
        _target(transport, clock, attempts=2, patience=8.0).records()
    assert 8 <= clock.monotonic() - began <= 13
