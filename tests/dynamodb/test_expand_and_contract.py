"""
A change over several deploys, on a real table: filled, looked over once the application is deployed, and contracted only
when nothing is left in the old shape. With real backfills, and the state in DynamoDB.
"""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from dynamigrate import Backfill, DynamoDBTarget, MemorySource, Migration, Outcome, Update, migrate
from dynamigrate.catch_up import NotVerified
from dynamigrate.records import Application
from dynamigrate.requirements import RequirementNotMet
from dynamigrate.runtime import Runtime
from tests.reliability.clients import drop_tables, make_tables

FILL, DROP = "20261102090000", "20261116090000"


def fill(item: Any, ctx: Any) -> Update | None:
    if "price" in item and item.get("amount") != item["price"]:
        return Update(set={"amount": item["price"]})
    return None


def drop(item: Any, ctx: Any) -> Update | None:
    return Update(remove=["price"]) if "price" in item else None


class Deploys:
    """
    Runs before and after an application's deploy, over one table of orders.

    Attributes:
        table: Of orders, each with a price.
    """

    def __init__(self, client: Any, table: str, *, verify: Any, transform: Callable[..., Any] = fill) -> None:
        self._client = client
        self.table = table
        state = f"state-{uuid4().hex[:8]}"
        self.target = DynamoDBTarget(client, table_name=state, lock_table_name=f"{state}-lock")
        self.state = (state, f"{state}-lock")
        self._filling = Migration(FILL, "fill amount", Backfill("orders", transform, verify=verify))
        self._dropping = Migration(DROP, "drop price", Backfill("orders", drop), phase="after", requires=(FILL,))
        self._deploys = 0

    def before(self) -> Outcome:
        return self._migrate("before", self._filling)

    def after(self) -> Outcome:
        self._deploys += 1
        application = Application(
            deploy_id=f"d-{self._deploys}", app_version=str(self._deploys), at=f"2026-11-0{self._deploys}T09:00:00.000Z"
        )
        return self._migrate(
            "after",
            self._filling,
            self._dropping,
            before_planning=lambda: self.target.note_application(application),
        )

    def _migrate(self, phase: Any, *migrations: Migration, **runtime: Any) -> Outcome:
        source = MemorySource()
        for one in migrations:
            source.add(one)
        return migrate(
            source,
            self.target,
            phase=phase,
            tables={"orders": self.table},
            runtime=Runtime(awaits_application=True, **runtime),
        )

    def put(self, order: str, **attributes: int) -> None:
        """As some code writes it."""
        item = {"id": {"S": order}, **{name: {"N": str(value)} for name, value in attributes.items()}}
        self._client.put_item(TableName=self.table, Item=item)

    def items(self) -> dict[str, dict[str, str]]:
        found = self._client.scan(TableName=self.table, ConsistentRead=True)["Items"]
        return {one["id"]["S"]: {name: value["N"] for name, value in one.items() if name != "id"} for one in found}


@pytest.fixture
def make(client: Any) -> Iterator[Callable[..., Deploys]]:
    """Makes deploys over a table of five orders, which was written by old code."""
    made: list[Deploys] = []

    def create(**options: Any) -> Deploys:
        table = f"orders-{uuid4().hex[:8]}"
        client.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        client.get_waiter("table_exists").wait(TableName=table)
        deploys = Deploys(client, table, **options)
        make_tables(client, *deploys.state)
        for number in range(5):
            deploys.put(f"o-{number}", price=number)
        made.append(deploys)
        return deploys

    yield create
    for deploys in made:
        drop_tables(client, deploys.table, *deploys.state)


def test_a_contract_is_refused_while_one_item_is_in_the_old_shape(make: Callable[..., Deploys]) -> None:
    """By a backfill that counts and settles nothing: the reason has the item, and nothing of it is dropped."""
    deploys = make(verify="sample")
    deploys.before()
    deploys.put("o-late", price=7)
    with pytest.raises(RequirementNotMet) as caught:
        deploys.after()
    assert (
        f"{DROP}_drop_price requires {FILL}_fill_amount, which was not found clean since the application was deployed: "
        '1 of 6 items would still change, such as {"id": "o-late"}.'
    ) in caught.value.message
    assert deploys.items()["o-late"] == {"price": "7"}
    assert deploys.items()["o-0"] == {"price": "0", "amount": "0"}
    deploys.put("o-late", price=7, amount=7)
    assert deploys.after().applied == (DROP,)
    assert deploys.items()["o-late"] == {"amount": "7"}


def test_what_old_code_wrote_before_the_deploy_is_settled_after_it(make: Callable[..., Deploys]) -> None:
    """An order that was there and is changed, and one that came in; then the contract may run at once."""
    deploys = make(verify="full")
    deploys.before()
    deploys.put("o-late", price=7)
    deploys.put("o-1", price=100, amount=1)
    assert deploys.after().applied == (DROP,)
    assert deploys.items() == {
        "o-0": {"amount": "0"},
        "o-1": {"amount": "100"},
        "o-2": {"amount": "2"},
        "o-3": {"amount": "3"},
        "o-4": {"amount": "4"},
        "o-late": {"amount": "7"},
    }
    [filled, _] = deploys.target.records()
    assert filled.verified is not None
    assert (filled.verified.settled, filled.verified.clean, filled.clean_since is not None) == (2, True, True)
    assert f"Verified: {FILL} (clean)." in deploys.target.runs()[0].note


def test_a_function_that_does_not_settle_writes_nothing_twice(make: Callable[..., Deploys]) -> None:
    """A price times a hundred: the look after the deploy says so, and leaves every item as it is."""
    deploys = make(verify="sample", transform=lambda item, ctx: Update(set={"price": item["price"] * 100}))
    deploys.before()
    before = deploys.items()
    assert before["o-3"] == {"price": "300"}
    with pytest.raises(RequirementNotMet) as caught:
        deploys.after()
    assert "would still change" in caught.value.message
    [record] = deploys.target.records()
    assert record.verified is not None
    assert record.verified.unsettled == 4, "nought times a hundred is nought"
    assert deploys.items() == before


def test_one_that_would_be_settled_and_does_not_settle_is_found_before_it_is_applied(
    make: Callable[..., Deploys],
) -> None:
    """In the second pass, of which nothing is written."""
    deploys = make(verify="full", transform=lambda item, ctx: Update(set={"price": item["price"] * 100}))
    with pytest.raises(Exception, match="calling it again on what it returned changes the item again"):
        deploys.before()
    assert deploys.items()["o-3"] == {"price": "300"}


def test_what_can_not_be_looked_over_fails_the_run_after_the_deploy(make: Callable[..., Deploys], client: Any) -> None:
    """With the reason, and nothing is dirty."""
    deploys = make(verify="full")
    deploys.before()
    drop_tables(client, deploys.table)
    with pytest.raises(NotVerified, match=f"What {FILL}_fill_amount did could not be verified"):
        deploys.after()
    assert [record.dirty for record in deploys.target.records()] == [False]
