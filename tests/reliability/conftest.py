"""What the tests of faults share."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from dynamigrate import DynamoDBTarget
from tests.unit.fakes import FakeClock

from .answers import Answers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def quiet() -> Iterator[None]:
    """Hundreds of runs that fail on purpose have much to log."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="session")
def every(request: pytest.FixtureRequest) -> int:
    """One of so many requests meets a fault. What nothing else walks along, DynamoDB Local, is walked along here."""
    return 1 if request.config.getoption("--dynamodb-local") else 3


@pytest.fixture
def answers(moto_dynamodb: "DynamoDBClient") -> Answers:
    return Answers(moto_dynamodb)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def target(moto_dynamodb: "DynamoDBClient", clock: FakeClock) -> DynamoDBTarget:
    target = DynamoDBTarget(moto_dynamodb, clock=clock, run_id="run-1", remaining=lambda: 900.0)
    target.create()
    return target


@pytest.fixture
def other(moto_dynamodb: "DynamoDBClient", target: DynamoDBTarget) -> DynamoDBTarget:
    """Another process, with a clock of its own."""
    return DynamoDBTarget(moto_dynamodb, clock=FakeClock(), remaining=lambda: 900.0)
