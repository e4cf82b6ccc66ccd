"""A front door for each test."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from dynamigrate.handler.logs import Logs
from tests.unit.handler.detached_front import PAGED, DetachedFront
from tests.unit.handler.front import FIRST, GOOD, SECOND, AnswerServer, Front
from tests.unit.handler.long_run_front import LONG, LongRunFront

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def clean_logging() -> Iterator[None]:
    """Loggers are the process's: those that `Logs` sets up are as before afterwards."""
    root, own = logging.getLogger(), logging.getLogger("dynamigrate")
    before = list(root.handlers), own.level, dict(vars(own))
    yield
    root.handlers[:], _, attributes = before
    own.handlers.clear()
    vars(own).clear()
    vars(own).update(attributes)
    own.setLevel(before[1])


@pytest.fixture
def stream(clean_logging: None) -> io.StringIO:
    """What is logged ends up here."""
    return io.StringIO()


@pytest.fixture
def logs(stream: io.StringIO) -> Logs:
    return Logs(stream=stream)


@pytest.fixture
def server() -> Iterator[AnswerServer]:
    """Where CloudFormation's answers go."""
    with AnswerServer() as running:
        yield running


@pytest.fixture
def front(tmp_path: Path, server: AnswerServer, logs: Logs, stream: io.StringIO) -> Front:
    """The front door, with two good migrations behind it."""
    front = Front(folder=tmp_path / "migrations", server=server, logs=logs, stream=stream)
    front.write("def do(ctx): pass\ndef undo(ctx): pass\n", "def do(ctx): pass\ndef undo(ctx): pass\n")
    return front


@pytest.fixture
def silence() -> Iterator[None]:
    """No log at all: thousands of lines are slow, and pytest can't keep one that is no Unicode."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def long(front: Front, moto_dynamodb: "DynamoDBClient", boto3_session: boto3.Session) -> LongRunFront:
    """The front door of a function with a state machine; each of its three migrations takes all the time there is."""
    long = LongRunFront.behind(front, moto_dynamodb, boto3_session)
    long.write(LONG, LONG, LONG)
    return long


@pytest.fixture
def detached(front: Front, moto_dynamodb: "DynamoDBClient", boto3_session: boto3.Session) -> DetachedFront:
    """The front door of a function with both state machines; the first of its two migrations is detached."""
    detached = DetachedFront.behind(front, moto_dynamodb, boto3_session)
    detached.add(f"{FIRST}_fill_in", PAGED)
    detached.add(f"{SECOND}_add_status", GOOD)
    return detached
