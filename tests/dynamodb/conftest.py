"""Clients of each service that the tests run on."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from dynamigrate import Backfill
from tests.acting import acting

from .fleets import ITEMS, Begin, FleetRun


@pytest.fixture(
    params=[
        pytest.param("ministack_dynamodb", marks=pytest.mark.ministack),
        pytest.param("dynamodb_local", marks=pytest.mark.dynamodb_local),
    ]
)
def client(request: pytest.FixtureRequest) -> Any:
    """A client of each service in turn; moto's conditions in PartiQL can't be relied on."""
    return request.getfixturevalue(request.param)


@pytest.fixture(
    params=[
        "moto_dynamodb",
        pytest.param("ministack_dynamodb", marks=pytest.mark.ministack),
        pytest.param("dynamodb_local", marks=pytest.mark.dynamodb_local),
    ]
)
def any_client(request: pytest.FixtureRequest) -> Any:
    """A client of each service in turn, moto included."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def begin(client: Any) -> Iterator[Begin]:
    """Makes a run on a table of its own, with items that have a price."""
    made: list[FleetRun] = []

    def begin(transform: Callable[..., Any], *, items: int = ITEMS, **options: Any) -> FleetRun:
        name = f"fleet-{uuid4().hex[:8]}"
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        for start in range(0, items, 25):
            puts = [
                {"PutRequest": {"Item": {"id": {"S": f"i{n}"}, "price": {"N": str(n)}}}}
                for n in range(start, min(start + 25, items))
            ]
            client.batch_write_item(RequestItems={name: puts})
        settings = {"workers": 4, "segments": 12, **options}
        run = FleetRun(client, Backfill(table=name, transform=acting(transform), **settings), name)
        made.append(run)
        return run

    yield begin
    for run in made:
        run.target.destroy()
        client.delete_table(TableName=run.name)
