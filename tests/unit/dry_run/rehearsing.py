"""Functions, called in a dry run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dynamigrate import Context, MemorySource, MemoryTarget, Migration
from dynamigrate.context import Environment
from dynamigrate.dry_run import Rehearser
from dynamigrate.plan import Action, Direction, Plan
from dynamigrate.records import Run
from dynamigrate.rehearsal import RehearsalOrder, RehearsedAction
from dynamigrate.runtime import Runtime

Function = Callable[[Context], object]
View = Mapping[str, Any]


def migrations(*functions: Function) -> list[Migration]:
    """One of each, in this order: ``1``, ``2`` and so on."""
    source = MemorySource()
    for number, function in enumerate(functions, start=1):
        source.add(Migration(str(number), f"step {number}", do=function))
    return list(source.load())


def rehearsed(
    *functions: Function,
    client: Any,
    sample: int = 20,
    salt: str = "",
    prices: Mapping[str, float] | None = None,
    runtime: Runtime | None = None,
    **options: Any,
) -> Sequence[RehearsedAction]:
    """What came of each."""
    environment = Environment(
        connect=lambda: client, tables={"orders": "orders"}, prices=prices, runtime=runtime or Runtime()
    )
    rehearser = Rehearser(
        environment,
        MemoryTarget().records(),
        run=Run(id="run-1"),
        order=RehearsalOrder(sample=sample, salt=salt),
        **options,
    )
    return rehearser.rehearse(Plan(tuple(Action(Direction.DO, one) for one in migrations(*functions))))


def views(*functions: Function, client: Any, **options: Any) -> list[View]:
    """As answers have them."""
    return [one.view for one in rehearsed(*functions, client=client, **options)]


def view(function: Function, client: Any, **options: Any) -> View:
    (one,) = views(function, client=client, **options)
    return one


def table(client: Any, name: str = "orders", *, items: int = 0, **more: Any) -> None:
    """A table with the key ``id``, and that many items in it: ``o0``, ``o1`` and so on."""
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        **{"BillingMode": "PAY_PER_REQUEST", **more},
    )
    for number in range(items):
        client.put_item(TableName=name, Item={"id": {"S": f"o{number}"}, "price": {"N": str(number)}})


def put(client: Any) -> Any:
    """A write that a dry run must not let through."""
    return client.put_item(TableName="orders", Item={"id": {"S": "new"}})


def everything(client: Any) -> dict[str, Any]:
    """All that there is: each table with its description and its items."""
    found = {}
    for name in client.list_tables()["TableNames"]:
        described = client.describe_table(TableName=name)["Table"]
        items = client.scan(TableName=name, ConsistentRead=True)["Items"]
        found[name] = {
            "keys": described["KeySchema"],
            "status": described["TableStatus"],
            "indexes": described.get("GlobalSecondaryIndexes"),
            "time to live": client.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
            "items": sorted(items, key=lambda item: str(item["id"])),
        }
    return found


@contextmanager
def unchanged(client: Any) -> Iterator[None]:
    """After the block all is as it was before it."""
    before = everything(client)
    yield
    assert everything(client) == before
