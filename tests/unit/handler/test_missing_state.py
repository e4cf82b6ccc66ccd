"""State tables that are gone, where the role may not make them: those of a `MigrationState`."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from dynamigrate.dynamodb import DynamoDBTarget
from dynamigrate.errors import StateMissing
from dynamigrate.handler import answer
from dynamigrate.handler.clients import Clients
from dynamigrate.handler.setup import Setup
from tests.unit.handler.front import Context, Front

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DENIED = ClientError(
    {
        "Error": {
            "Code": "AccessDeniedException",
            "Message": "User: arn:aws:sts::1:assumed-role/R/F is not authorized to perform: dynamodb:CreateTable",
        }
    },
    "CreateTable",
)


@pytest.fixture
def setup(front: Front, moto_dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> Setup:
    """No tables, and a client that may not make any."""

    def refuse(**_: Any) -> None:
        raise DENIED

    clients = Clients({})
    clients.__dict__.update(state=moto_dynamodb, brief_state=moto_dynamodb)
    monkeypatch.setattr(moto_dynamodb, "create_table", refuse)
    environ = {"DYNAMIGRATE_MIGRATIONS_FOLDER": str(front.folder), "DYNAMIGRATE_LOCK_TABLE": "the-lock"}
    return Setup(environ, clients=clients, logs=front.logs, sleep=front.pauses.append)


def test_a_command_says_to_restore_them(setup: Setup) -> None:
    """To allow what was refused would be the wrong advice: with an empty history everything would run again."""
    error = answer({"action": "migrate"}, Context(), setup)
    assert error is not None
    assert error["ok"] is False
    told = error["error"]
    assert told["type"] == "StateMissing"
    assert told["message"].startswith("There is no table ")
    assert "no permission to make it (An error occurred (AccessDeniedException)" in told["message"]
    assert told["next"] == (
        "If it was deleted, restore it from a backup under its name: with an empty history every migration would run "
        "again. If there never was one, make it, or allow dynamodb:CreateTable on it."
    )


def test_a_deploy_says_to_restore_them(front: Front, setup: Setup) -> None:
    """The same in the terminal, and nothing was run."""
    answer(front.event("Create"), Context(), setup)
    assert front.server.answer["Status"] == "FAILED"
    assert "restore it from a backup under its name" in front.server.answer["Reason"]
    assert "Allow the function's role" not in front.server.answer["Reason"]


def test_a_target_says_so_too(setup: Setup, moto_dynamodb: "DynamoDBClient") -> None:
    """Whoever calls `create`."""
    with pytest.raises(StateMissing, match=r"There is no table _migrations, and no permission to make it") as caught:
        DynamoDBTarget(moto_dynamodb).create()
    assert caught.value.__cause__ is DENIED
