"""The implementations that the suites run over."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
import pytest

from dynamigrate import DynamoDBTarget, MemoryTarget
from dynamigrate.transport.connection_pool import ConnectionPool
from dynamigrate.transport.dynamodb_json import HttpTransport
from dynamigrate.transport.lambda_environment import Credentials
from dynamigrate.transport.state_client import StateClient
from dynamigrate_local_aws.environment import ACCESS_KEY, REGION, SECRET_KEY
from tests.contracts.changes import ALL_CHANGES, Change
from tests.reliability.clients import make_tables
from tests.unit.fakes import FakeClock, applied

AnyTarget = MemoryTarget | DynamoDBTarget


@dataclass
class TargetScene:
    """
    A target to test, and what is needed around it.

    Attributes:
        target: Created, empty, running by *clock*.
        another: A further handle on the same state, as another process would have it, by a clock of its own unless
            given.
        free_by_force: The lock is nobody's any more, whatever its holder thinks.
    """

    kind: str
    target: AnyTarget
    clock: FakeClock
    another: Callable[..., AnyTarget]
    free_by_force: Callable[[], None]


def _memory() -> TargetScene:
    clock = FakeClock()
    target = MemoryTarget(clock=clock)
    return TargetScene("memory", target, clock, another=lambda *_: target, free_by_force=target.break_lock)


def _dynamodb(kind: str, client: Any, make_client: Callable[[], Any], *, sdk: Any = None) -> TargetScene:
    """By *client*; the tables are made by *sdk*, a client of the SDK's, where that is none."""
    name = f"state-{uuid4().hex[:8]}"

    def handle(client: Any, clock: FakeClock) -> DynamoDBTarget:
        return DynamoDBTarget(client, table_name=name, lock_table_name=f"{name}-lock", clock=clock)

    def another(clock: FakeClock | None = None) -> DynamoDBTarget:
        # Each has a client of its own: holding a lock changes what its client does.
        return handle(make_client(), clock or FakeClock())

    def free_by_force() -> None:
        client.delete_item(TableName=f"{name}-lock", Key={"ID": {"S": "migrations"}})

    # What `create` makes, in a third of the requests.
    make_tables(sdk or client, name, f"{name}-lock")
    clock = FakeClock()
    return TargetScene(kind, handle(client, clock), clock, another, free_by_force)


_ATOMIC = (
    "memory",
    pytest.param("ministack", marks=pytest.mark.ministack),
    pytest.param("transport", marks=pytest.mark.ministack),
    pytest.param("dynamodb_local", marks=pytest.mark.dynamodb_local),
)
# For threads that contend: moto looks at a condition and writes in two steps, and lets another thread in between.
where_writes_are_atomic = pytest.mark.parametrize("scene", _ATOMIC, indirect=True)


@pytest.fixture(params=[*_ATOMIC, "moto"])
def scene(request: pytest.FixtureRequest) -> TargetScene:
    """Each target in turn."""
    match request.param:
        case "memory":
            return _memory()
        case "moto":
            client = request.getfixturevalue("moto_dynamodb")
            return _dynamodb("moto", client, lambda: boto3.client("dynamodb"))
        case "ministack":
            aws, client = request.getfixturevalue("aws"), request.getfixturevalue("ministack_dynamodb")
            return _dynamodb("ministack", client, lambda: aws.client("dynamodb"))
        case "transport":
            # The same DynamoDB, by the client that the function itself uses.
            sdk, transports = request.getfixturevalue("ministack_dynamodb"), request.getfixturevalue("transports")
            endpoint = sdk.meta.endpoint_url
            return _dynamodb("transport", transports(endpoint), lambda: transports(endpoint), sdk=sdk)
        case _:
            server = request.getfixturevalue("dynamodb_local_server")
            return _dynamodb("dynamodb_local", request.getfixturevalue("dynamodb_local"), server.client)


@pytest.fixture
def transports() -> Iterator[Callable[[str], StateClient]]:
    """Makes clients on transports of their own, which are closed after the test."""
    with ExitStack() as stack:

        def client_of(endpoint: str) -> StateClient:
            pool = ConnectionPool(
                endpoint, Credentials(access_key=ACCESS_KEY, secret_key=SECRET_KEY), region=REGION, service="dynamodb"
            )
            transport = stack.enter_context(closing(HttpTransport(pool)))
            return StateClient(transport, attempts=1)

        yield client_of


@pytest.fixture
def target(scene: TargetScene) -> Any:
    """The target alone."""
    return scene.target


@pytest.fixture
def clock(scene: TargetScene) -> FakeClock:
    """The clock by which it runs."""
    return scene.clock


@pytest.fixture(params=ALL_CHANGES)
def change(request: pytest.FixtureRequest) -> Change:
    """Each change of state in turn."""
    return ALL_CHANGES[request.param]


@pytest.fixture
def ready(request: pytest.FixtureRequest, target: Any) -> str:
    """The id of a migration to which the change at hand could be made."""
    name = request.node.callspec.params["change"]
    if name == "start_migration":
        applied(target, "1")
    elif name != "add":
        target.add("1")
    return "1"
