"""A dead function for each test."""

from collections.abc import Iterator

import pytest

from tests.unit.handler.front import AnswerServer
from tests.unit.responder.scene import Scene


@pytest.fixture
def scene(capsys: pytest.CaptureFixture[str]) -> Iterator[Scene]:
    """It died of exit status 3, holds no lock, and CloudFormation waits."""
    with AnswerServer() as server:
        yield Scene(server, lambda: capsys.readouterr().out)
