"""Grants that are not everywhere yet: what is tried again, for how long, and what is told at once."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from dynamigrate.transport.boto import open_transport, transport_name
from dynamigrate.transport.client_witness import ClientWitness
from dynamigrate.transport.denial import Denial
from dynamigrate.transport.dynamodb_json import HttpTransport
from dynamigrate.transport.late_grants import LateGrants
from dynamigrate.transport.patient_client import make_patient
from dynamigrate.transport.state_client import StateClient
from tests.unit.fakes import FakeClock
from tests.unit.transport.conftest import OpenPool
from tests.unit.transport.server import answer, serving

WHO = "User: arn:aws:sts::123456789012:assumed-role/Migrations/f is not authorized to perform: "
WHAT = "dynamodb:Scan on resource: arn:aws:dynamodb:us-east-1:123456789012:table/orders "
LATE = f"{WHO}{WHAT}because no identity-based policy allows the dynamodb:Scan action"
OK = answer('{"Items":[]}')


def denied(message: str = LATE, code: str = "AccessDeniedException") -> ClientError:
    """IAM's refusal."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Scan")


def refused(message: str = LATE) -> bytes:
    """The same, as it comes over the wire."""
    return answer(f'{{"__type":"x#AccessDeniedException","message":"{message}"}}', 400)


class Service:
    """Refuses with *error* until some time has passed on *clock*."""

    def __init__(self, clock: FakeClock, seconds: float, error: Exception | None = None) -> None:
        self.asked = 0
        self._clock = clock
        self._from = clock.monotonic() + seconds
        self._error = error or denied()

    def __call__(self) -> str:
        self.asked += 1
        if self._clock.monotonic() < self._from:
            raise self._error
        return "done"


Awaiting = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def clock() -> FakeClock:
    """Turned by hand."""
    return FakeClock()


@pytest.fixture
def grants(clock: FakeClock) -> LateGrants:
    """On that clock."""
    return LateGrants(clock)


@pytest.fixture
def told() -> list[tuple[str, float]]:
    """What was said, once."""
    return []


@pytest.fixture
def awaiting(grants: LateGrants, clock: FakeClock, told: list[tuple[str, float]]) -> Awaiting:
    """The first minute of a deploy, in which the table orders is granted."""

    def awaiting(
        granted: Callable[[Denial], bool] = lambda denial: denial.tables == ("orders",),
        seconds: float = 60,
        remaining: Callable[[], float] = lambda: 600,
    ) -> AbstractContextManager[None]:
        return grants.awaited(
            granted,
            until=clock.monotonic() + seconds,
            remaining=remaining,
            tell=lambda denial, left: told.append((denial.action, left)),
        )

    return awaiting


def scan(grants: LateGrants, service: Service, table: str = "orders") -> str:
    """One request."""
    return grants.call(service, "dynamodb", "Scan", {"TableName": table})


@pytest.mark.parametrize("seconds", [0.1, 5, 30, 59])
def test_a_grant_that_comes_late_is_waited_for(
    grants: LateGrants, clock: FakeClock, awaiting: Awaiting, told: list[tuple[str, float]], seconds: float
) -> None:
    """Whenever in the minute it comes; said once, and with no more than some twenty requests."""
    service = Service(clock, seconds)
    with awaiting():
        assert scan(grants, service) == "done"
    assert told == [("dynamodb:Scan", 60)]
    assert sum(clock.slept) < seconds + 4.1
    assert service.asked < 30


def test_what_is_allowed_at_once_costs_one_request(grants: LateGrants, clock: FakeClock, awaiting: Awaiting) -> None:
    """And no pause."""
    service = Service(clock, 0)
    with awaiting():
        scan(grants, service)
    assert (service.asked, clock.slept) == (1, [])


def test_after_the_minute_it_is_told_as_it_is(grants: LateGrants, clock: FakeClock, awaiting: Awaiting) -> None:
    """The whole minute was tried, and no longer."""
    began, service = clock.monotonic(), Service(clock, 1000)
    with awaiting(), pytest.raises(ClientError, match="not authorized"):
        scan(grants, service)
    assert clock.monotonic() - began == pytest.approx(60)
    with awaiting(seconds=0), pytest.raises(ClientError):
        scan(grants, service)
    assert clock.monotonic() - began == pytest.approx(60)


def test_it_waits_no_longer_than_there_is_time(grants: LateGrants, clock: FakeClock, awaiting: Awaiting) -> None:
    """What the answer takes is left."""
    end = clock.monotonic() + 7
    with awaiting(remaining=lambda: end - clock.monotonic()), pytest.raises(ClientError):
        scan(grants, Service(clock, 1000))
    assert sum(clock.slept) == pytest.approx(7)


@pytest.mark.parametrize(
    "message",
    [
        f"{WHO}{WHAT}with an explicit deny in an identity-based policy",
        f"{WHO}{WHAT}with an explicit deny in a service control policy",
        f"{WHO}{WHAT}because no service control policy allows the dynamodb:Scan action",
        f"{WHO}{WHAT}because no permissions boundary allows the dynamodb:Scan action",
        f"{WHO}{WHAT}because no VPC endpoint policy allows the dynamodb:Scan action",
        f"{WHO}{WHAT}because no session policy allows the dynamodb:Scan action",
    ],
)
def test_what_no_grant_would_change_is_told_at_once(
    grants: LateGrants, clock: FakeClock, awaiting: Awaiting, message: str
) -> None:
    """IAM says which kind of policy it was."""
    service = Service(clock, 5, denied(message))
    with awaiting(), pytest.raises(ClientError):
        scan(grants, service)
    assert (service.asked, clock.slept) == (1, [])


def test_what_is_not_granted_is_told_at_once(grants: LateGrants, clock: FakeClock, awaiting: Awaiting) -> None:
    """It could be waited for in vain only; neither is any other error, nor a denial outside a deploy."""
    strange = Service(clock, 5, denied(LATE.replace("table/orders", "table/ledger")))
    other = Service(clock, 5, denied(code="ValidationException"))
    outside = Service(clock, 5)
    with awaiting():
        for service in (strange, other):
            with pytest.raises(ClientError):
                scan(grants, service)
    with pytest.raises(ClientError):
        scan(grants, outside)
    assert (strange.asked, other.asked, outside.asked, clock.slept) == (1, 1, 1, [])


def test_what_worked_before_is_late_no_more(grants: LateGrants, clock: FakeClock, awaiting: Awaiting) -> None:
    """A denial after a success is another kind: a key condition, or a grant that was taken away."""
    with awaiting():
        scan(grants, Service(clock, 0))
        with pytest.raises(ClientError):
            scan(grants, Service(clock, 5))
    assert clock.slept == []


@pytest.mark.parametrize(
    ("request_", "tables"),
    [
        ({"TableName": "orders"}, ("orders",)),
        ({"TableName": "arn:aws:dynamodb:us-east-1:123456789012:table/orders"}, ("orders",)),
        ({"RequestItems": {"orders": [], "users": []}}, ("orders", "users")),
        ({"TransactItems": [{"Put": {"TableName": "orders"}}, {"Get": {"TableName": "users"}}]}, ("orders", "users")),
        ({"Statements": [{"Statement": 'UPDATE "orders" SET a=1'}]}, ("orders",)),
        ({"TransactStatements": [{"Statement": 'INSERT INTO "orders" VALUE {}'}]}, ("orders",)),
        (b'{"Statements":[{"Statement":"SELECT * FROM \\"orders\\".\\"by-day\\""}]}', ("orders",)),
        (None, ()),
    ],
)
def test_where_the_service_names_no_resource_the_request_does(request_: Any, tables: tuple[str, ...]) -> None:
    """Emulators leave it out, and say the action alone, or not even that."""
    found = Denial.read(denied("no"), "dynamodb", "Scan", request_)
    assert found is not None
    assert (found.action, found.tables, found.for_good) == ("dynamodb:Scan", tables, False)


def test_an_index_counts_for_its_table() -> None:
    """As a policy for the table has the index too."""
    found = Denial.read(denied(LATE.replace("table/orders", "table/orders/index/by-day")), "dynamodb", "Query", None)
    assert found is not None
    assert found.tables == ("orders",)


def test_the_engine_s_own_client_waits(
    grants: LateGrants, awaiting: Awaiting, pool_to: OpenPool, clock: FakeClock
) -> None:
    """With the same policy."""
    with serving([[refused(), refused(), OK]]) as server, awaiting():
        client = StateClient(HttpTransport(pool_to(server.endpoint)), attempts=1, grants=grants)
        assert client.scan(TableName="orders") == {"Items": []}
    assert len(clock.slept) == 2


@pytest.fixture
def made() -> Iterator[Callable[[str, LateGrants, ClientWitness], Any]]:
    """Makes a client of botocore's."""

    def make(endpoint: str, grants: LateGrants, witness: ClientWitness) -> Any:
        session = boto3.Session(aws_access_key_id="id", aws_secret_access_key="secret", region_name="us-east-1")
        make_patient(session, "dynamodb", grants, witness)
        return session.client("dynamodb", endpoint_url=endpoint)

    return make  # type: ignore[return-value]


def test_the_migrations_client_and_its_backfills_wire_wait(
    grants: LateGrants,
    awaiting: Awaiting,
    clock: FakeClock,
    made: Callable[[str, LateGrants, ClientWitness], Any],
) -> None:
    """The client with its paginators, and the transport that a backfill opens beside it; a witness sees them all."""
    witness = ClientWitness()
    with serving([[refused(), OK], [refused(), OK]]) as server, awaiting():
        client = made(server.endpoint, grants, witness)
        assert list(client.get_paginator("scan").paginate(TableName="orders").search("Items")) == []
        transport = open_transport(client)
        assert type(transport).__name__ == "PatientTransport"
        assert transport_name(transport) == "HttpTransport", "the log has the fast one, which carries the requests"
        transport.close()
    assert len(clock.slept) == 1
    assert not witness.nothing_done(denied())


def test_a_witness_knows_when_all_was_denied(made: Callable[[str, LateGrants, ClientWitness], Any]) -> None:
    """One request that got through is one too many; and the error has to have come of a denial."""
    witness = ClientWitness()
    with serving([[refused(), refused(), OK]]) as server:
        client = made(server.endpoint, LateGrants(), witness)
        assert not witness.nothing_done(denied())
        with pytest.raises(ClientError):
            client.scan(TableName="orders")
        with pytest.raises(ClientError) as caught:
            client.scan(TableName="orders")
        otherwise = RuntimeError("told otherwise")
        otherwise.__cause__ = caught.value
        assert witness.nothing_done(otherwise)
        assert not witness.nothing_done(ValueError("of its own"))
        client.scan(TableName="orders")
        assert not witness.nothing_done(caught.value)
        witness.begin()
        assert not witness.nothing_done(caught.value)
