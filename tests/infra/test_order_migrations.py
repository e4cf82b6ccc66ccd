"""The worked example does what it says, to data as an application leaves it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dynamigrate import FolderSource, MemoryTarget, Outcome, RewindPlanner, RunUnfinished, StepPlanner, migrate
from dynamigrate.runtime import Runtime

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A backfill's conditions are PartiQL's, which moto does not look at.
pytestmark = pytest.mark.ministack

FOLDER = Path(__file__).resolve().parents[2] / "lambda_src" / "migrations"
STATUSES = "example-order-statuses"
ORDERS = "example-orders"

Run = Callable[..., Outcome]


@pytest.fixture
def run(ministack_dynamodb: "DynamoDBClient") -> Run:
    """Runs the example's migrations against a table of orders."""
    ministack_dynamodb.create_table(
        TableName=ORDERS,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "orderId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "orderId", "KeyType": "HASH"}],
    )
    target = MemoryTarget()

    def migrated(**options: Any) -> Outcome:
        return migrate(
            FolderSource(FOLDER),
            target,
            dynamodb=ministack_dynamodb,
            tables={"orders": ORDERS},
            params={"statuses_table": STATUSES},
            **options,
        )

    return migrated


@pytest.fixture
def orders(run: Run, ministack_dynamodb: "DynamoDBClient") -> Callable[[], dict[str, dict[str, Any]]]:
    """Seven orders as the old application stored them; reads them as they are now."""
    for number, letter in enumerate("NPSCSPX"):
        ministack_dynamodb.put_item(
            TableName=ORDERS,
            Item={"orderId": {"S": f"o-{number}"}, "status": {"S": letter}, "total": {"S": f"{number}9.9{number}"}},
        )

    def read() -> dict[str, dict[str, Any]]:
        items = ministack_dynamodb.scan(TableName=ORDERS)["Items"]
        return {item["orderId"]["S"]: dict(item) for item in items}

    return read


def small_pages() -> None:
    """As the migrations find their helper, once they are imported."""
    for name, module in list(sys.modules.items()):
        if name.startswith("_dynamigrate_") and name.endswith("._items"):
            vars(module)["_PAGE"] = 2


def test_all_of_it_applies_and_leaves_the_old_total(run: Run, orders: Callable[[], Any]) -> None:
    """The running application still reads the text; a status that nobody knows stays as it is."""
    outcome = run()
    assert outcome.applied == ("20261102090000", "20261109143000", "20261116101500")
    assert orders()["o-2"] == {
        "orderId": {"S": "o-2"},
        "status": {"S": "SHIPPED"},
        "total": {"S": "29.92"},
        "totalCents": {"N": "2992"},
    }
    assert orders()["o-6"]["status"] == {"S": "X"}


def test_the_lookup_table_is_there_for_the_application(run: Run, ministack_dynamodb: "DynamoDBClient") -> None:
    """By code, and even where an earlier try had made the table."""
    run()
    item = ministack_dynamodb.get_item(TableName=STATUSES, Key={"code": {"S": "SHIPPED"}})["Item"]
    assert item == {"code": {"S": "SHIPPED"}, "label": {"S": "On its way"}}
    run(planner=RewindPlanner())
    ministack_dynamodb.create_table(
        TableName=STATUSES,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "code", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "code", "KeyType": "HASH"}],
    )
    assert len(run().applied) == 3


def test_all_of_it_can_be_undone(run: Run, orders: Callable[[], Any], ministack_dynamodb: "DynamoDBClient") -> None:
    """The data is as it was; only what the new application wrote alone stays in its new shape."""
    before = orders()
    run()
    ministack_dynamodb.put_item(
        TableName=ORDERS,
        Item={"orderId": {"S": "new"}, "status": {"S": "NEW"}, "totalCents": {"N": "5"}},
    )
    assert run(planner=RewindPlanner()).undone == ("20261116101500", "20261109143000", "20261102090000")
    after = orders()
    assert after.pop("new") == {"orderId": {"S": "new"}, "status": {"S": "N"}, "totalCents": {"N": "5"}}
    assert after == before
    assert STATUSES not in ministack_dynamodb.list_tables()["TableNames"]


def test_a_run_that_must_stop_goes_on_where_it_was(run: Run, orders: Callable[[], Any]) -> None:
    """At the end of a page; no order is left out."""
    run()
    run(planner=StepPlanner(-2))
    small_pages()

    def converted() -> list[str]:
        return [item["totalCents"]["N"] for item in orders().values() if "totalCents" in item]

    with pytest.raises(RunUnfinished):
        run(runtime=Runtime(remaining=lambda: 0.0 if converted() else 600.0, reserve=10))
    assert 0 < len(converted()) <= 2, "it stopped after the first page"
    assert run().applied == ("20261109143000", "20261116101500")
    assert len(converted()) == 7
    assert {item["status"]["S"] for item in orders().values()} == {"NEW", "PAID", "SHIPPED", "CANCELLED", "X"}
