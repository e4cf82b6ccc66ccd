"""What ``plan`` and ``status`` say of the cost of backfills."""

from typing import TYPE_CHECKING, Any

import pytest

import dynamigrate.handler
from dynamigrate.clock import SystemClock
from dynamigrate.contract import Env
from dynamigrate.handler.clients import Clients
from dynamigrate.handler.setup import Setup
from tests.unit.handler.front import FIRST, GOOD, SECOND, Context, Front

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BACKFILL = (
    "from dynamigrate import Backfill, Update\n"
    "def add_status(item, ctx):\n"
    "    return Update(set={'status': 'NEW'})\n"
    "do = Backfill('users', add_status%s)\n"
)


class Moto(Clients):
    """DynamoDB in this process."""

    def __init__(self, client: Any) -> None:
        super().__init__({})
        self.__dict__.update(_dynamodb=client, state=client, brief_state=client)


@pytest.fixture
def real(front: Front, moto_dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> Setup:
    """The function, and a table with ten users."""
    monkeypatch.setattr(SystemClock, "sleep", lambda self, seconds: None)
    for name in ("Users-1", "copies"):
        moto_dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
    for number in range(10):
        moto_dynamodb.put_item(TableName="Users-1", Item={"id": {"S": f"u{number}"}})
    environ: dict[str, str] = {
        Env.MIGRATIONS_FOLDER: str(front.folder),
        Env.TABLES: '{"users": "Users-1"}',
        Env.PRICES: '{"read": 0, "write": 100000}',
    }
    return Setup(environ, clients=Moto(moto_dynamodb), logs=front.logs, sleep=front.pauses.append)


def send(setup: Setup, **event: Any) -> Any:
    return dynamigrate.handler.answer(event, Context(), setup)


def planned(setup: Setup) -> list[Any]:
    """The cost of each action; None: nothing is said of it."""
    return [one.get("cost") for one in send(setup, action="plan")["actions"]]


def test_plan_says_what_a_backfill_would_cost(front: Front, real: Setup, moto_dynamodb: "DynamoDBClient") -> None:
    """Of others nothing; no lock is taken and nothing is written."""
    front.write(GOOD, BACKFILL % "")
    nothing, cost = planned(real)
    assert nothing is None
    assert (cost["items"], cost["would_change"], cost["write_units"]) == (10, 10, {"table": 10})
    assert (cost["dollars"], cost["sampled"], cost["regions"]) == (1, "all", 1)
    assert "costs about $1.00 (prices as given): 10 items" in cost["note"]
    assert moto_dynamodb.list_tables()["TableNames"] == ["Users-1", "copies"]
    assert all("status" not in item for item in moto_dynamodb.scan(TableName="Users-1")["Items"])


@pytest.mark.parametrize(("ceiling", "refused"), [(0.5, True), (2, False)])
def test_plan_says_what_would_be_refused(front: Front, real: Setup, ceiling: float, refused: bool) -> None:
    """With the ceiling."""
    front.write(BACKFILL % f", max_cost={ceiling}")
    [cost] = planned(real)
    assert cost["max_cost"] == ceiling
    assert cost["note"].endswith("It would not begin: max_cost is $0.50.") == refused


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (BACKFILL.replace("'users'", "'orders'") % "", "There is no table orders"),
        (BACKFILL.replace("{'status': 'NEW'}", "{item['none']: 1}") % "", "raised KeyError: 'none'"),
        (BACKFILL.replace("dynamigrate", "no_such_module") % "", "No module named 'no_such_module'"),
    ],
)
def test_plan_says_why_that_cannot_be_told(front: Front, real: Setup, source: str, why: str) -> None:
    """And is the plan all the same: an earlier migration may put it right."""
    front.write(GOOD, source)
    nothing, cost = planned(real)
    assert nothing is None
    assert cost["note"].startswith("What it costs can't be estimated: ")
    assert why in cost["note"]


def test_what_goes_on_was_estimated_when_it_began(front: Front, real: Setup) -> None:
    """It is no more what it was."""
    from dynamigrate.dynamodb import DynamoDBTarget

    front.write(BACKFILL % "")
    target = DynamoDBTarget(real.clients.state)
    target.create()
    target.add(FIRST)
    target.save_checkpoint(FIRST, {"backfill": 1, "begun": False})
    assert planned(real) == [None]


def test_status_says_what_it_came_to(front: Front, real: Setup) -> None:
    """Beside what had been estimated."""
    # Of moto's writes only the plain ones can be relied on.
    copying = "Put({'id': item['id']}, table='copies')"
    front.write(GOOD, BACKFILL.replace("Update(set={'status': 'NEW'})", copying).replace("Update", "Put") % "")
    assert send(real, action="migrate")["ok"] is True
    rows = {one["id"]: one for one in send(real, action="status")["migrations"]}
    assert "cost" not in rows[FIRST]
    cost = rows[SECOND]["cost"]
    assert (cost["estimated_items"], cost["items"], cost["written"], cost["estimated_dollars"]) == (10, 10, 10, 1)
    assert cost["dollars"] == cost["write_units"] / 10
