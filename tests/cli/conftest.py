"""A project as an author has it, on an AWS of this machine, and the command line in it."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dynamigrate_local_aws import LocalAws
from tests.cli.command_line import CommandLine, Project

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests, and a folder with nothing in it."""
    for name in ("NO_COLOR", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_PROFILE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line in this process, with its stdout and stderr in pipes."""
    return CommandLine(monkeypatch, capsys)


@pytest.fixture
def project(aws: LocalAws, ministack_dynamodb: "DynamoDBClient", tmp_path: Path) -> Project:
    """A folder of migrations, and a ``pyproject.toml`` that names state tables of its own."""
    return Project(tmp_path, aws.endpoint_url, f"Test-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def cli_in(cli: CommandLine) -> Callable[..., CommandLine]:
    """The same with environment variables: ``cli_in(NO_COLOR="1")``."""

    def with_variables(**variables: str) -> CommandLine:
        for name, value in variables.items():
            cli.monkeypatch.setenv(name, value)
        return cli

    return with_variables
