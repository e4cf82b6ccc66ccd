"""The client of the engine's own requests: it looks like botocore's to whoever uses it."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from dynamigrate import DynamoDBTarget
from dynamigrate.dynamodb.options import check_client
from dynamigrate.errors import LockLost
from dynamigrate.transport import Request
from dynamigrate.transport.dynamodb_json import HttpTransport
from dynamigrate.transport.state_client import StateClient
from tests.unit.fakes import raising
from tests.unit.transport.conftest import OpenPool
from tests.unit.transport.server import answer, serving

BUSY = answer('{"__type":"x#ThrottlingException","message":"slower"}', 400)
BROKEN = answer('{"__type":"x#InternalServerError"}', 500)


Open = Callable[..., StateClient]


@pytest.fixture
def client_to(pool_to: OpenPool) -> Open:
    """Opens clients, which pause for no time."""

    def open_client(endpoint: str, *, attempts: int = 3, pauses: list[float] | None = None) -> StateClient:
        slept: list[float] = [] if pauses is None else pauses
        return StateClient(HttpTransport(pool_to(endpoint)), attempts=attempts, sleep=slept.append)

    return open_client


def _bodies(requests: list[tuple[int, str]]) -> list[Any]:
    return [json.loads(body) for _, body in requests]


def test_it_is_a_client_to_a_target(client_to: Open) -> None:
    """Whose check lets it through, and which needs no more of it."""
    check_client(client_to("http://127.0.0.1:1"))


def test_it_sends_what_it_is_given(client_to: Open) -> None:
    """Under the operation's own name."""
    with serving([[answer('{"Item":{"ID":{"S":"1"}}}')]]) as server:
        found = client_to(server.endpoint).get_item(TableName="t", Key={"ID": {"S": "1"}})
    assert found == {"Item": {"ID": {"S": "1"}}}
    assert _bodies(server.requests) == [{"TableName": "t", "Key": {"ID": {"S": "1"}}}]
    assert "X-Amz-Target: DynamoDB_20120810.GetItem\r\n" in server.heads[0]


def test_what_it_has_not_says_what_it_is_for(client_to: Open) -> None:
    """It is no client for migrations."""
    with pytest.raises(AttributeError, match=r"StateClient has no query: it is for the engine's own requests\."):
        _ = client_to("http://127.0.0.1:1").query


def test_a_passing_failure_is_tried_again(client_to: Open) -> None:
    """After a pause that may be longer each time."""
    pauses: list[float] = []
    with serving([[BUSY, BROKEN, answer('{"Items":[]}')]]) as server:
        assert client_to(server.endpoint, pauses=pauses).scan(TableName="t") == {"Items": []}
    assert len(server.requests) == 3
    assert [0 <= pause <= longest for pause, longest in zip(pauses, (0.1, 0.2), strict=True)] == [True, True]


def test_a_refusal_is_final(client_to: Open) -> None:
    """However often it might try."""
    with (
        serving([[answer('{"__type":"x#AccessDeniedException","message":"no"}', 400)]]) as server,
        pytest.raises(ClientError) as caught,
    ):
        client_to(server.endpoint).scan(TableName="t")
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert len(server.requests) == 1


def test_an_error_says_how_often_its_request_had_been_sent_before(client_to: Open) -> None:
    """By which a condition that failed on one's own earlier write is told from one that failed on another's."""
    refused = answer('{"__type":"x#ConditionalCheckFailedException","message":"no"}', 400)
    with serving([[BROKEN, refused]]) as server, pytest.raises(ClientError) as caught:
        client_to(server.endpoint).put_item(TableName="t", Item={})
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_request_that_met_a_closed_connection_counts_as_sent_before(client_to: Open) -> None:
    """A function that was frozen finds its connections closed, and nobody knows what the server had read."""
    refused = answer('{"__type":"x#ConditionalCheckFailedException","message":"no"}', 400)
    with serving([[answer(), b""], [refused]]) as server:
        client = client_to(server.endpoint)
        client.put_item(TableName="t", Item={})
        with pytest.raises(ClientError) as caught:
            client.put_item(TableName="t", Item={})
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 1


def test_it_gives_up_after_its_last_attempt(client_to: Open) -> None:
    """With the failure as it was."""
    with serving([[b""], [b""]]) as server, pytest.raises(ConnectionClosedError):
        client_to(server.endpoint, attempts=2).scan(TableName="t")
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (ConnectionClosedError(endpoint_url="http://127.0.0.1"), ConnectionClosedError),
        (ClientError({"Error": {"Code": "502"}, "ResponseMetadata": {"HTTPStatusCode": 502}}, "PutItem"), ClientError),  # type: ignore[typeddict-item]
        (EndpointConnectionError(endpoint_url="http://127.0.0.1"), EndpointConnectionError),
    ],
    ids=["the connection broke", "a proxy's error", "no connection"],
)
def test_that_a_request_may_have_been_carried_out_is_not_forgotten(first: Exception, told: type[Exception]) -> None:
    """Whatever the tries after it met: nobody may take it for one that was never sent."""
    errors = iter([first, EndpointConnectionError(endpoint_url="http://127.0.0.1")])

    class Broken:
        def call(self, operation: str, request: Request) -> dict[str, Any]:
            raise next(errors)

        def close(self) -> None: ...

    with pytest.raises(told):
        StateClient(Broken(), attempts=2, sleep=lambda _: None).put_item(TableName="t", Item={})


def test_nothing_is_sent_while_it_is_to_refuse(client_to: Open) -> None:
    """As after a lease that is over; once the block is left, it sends again."""
    with serving([[answer()]]) as server:
        client = client_to(server.endpoint)
        with client.refusing(raising(LockLost("over"))), pytest.raises(LockLost):
            client.scan(TableName="t")
        assert server.requests == []
        client.scan(TableName="t")
    assert len(server.requests) == 1


@pytest.mark.parametrize("lost", [b"", BROKEN], ids=["the connection broke", "an error came instead"])
def test_a_lock_whose_answer_was_lost_is_ours(pool_to: OpenPool, lost: bytes) -> None:
    """The request is sent again, is refused, and the item that refused it has our own token."""

    def refusal(owner: str) -> bytes:
        item = {"ID": {"S": "migrations"}, "Owner": {"S": owner}, "LeaseMs": {"N": "20000"}}
        return answer(json.dumps({"__type": "x#ConditionalCheckFailedException", "message": "no", "Item": item}), 400)

    script = _Script([lost, refusal, answer()], pool_to)
    client = StateClient(script, attempts=3, sleep=lambda _: None)
    with DynamoDBTarget(client, remaining=lambda: 900.0).lock():
        pass
    assert script.operations == ["PutItem", "PutItem", "DeleteItem"]


class _Script:
    """A transport whose server answers by a script; an entry that is a function is given the token of the first put."""

    def __init__(self, answers: list[bytes | Callable[[str], bytes]], pool_to: OpenPool) -> None:
        self.operations: list[str] = []
        self._answers = answers
        self._pool_to = pool_to
        self._owner = ""

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        self.operations.append(operation)
        self._owner = cast("dict[str, Any]", request).get("Item", {}).get("Owner", {}).get("S", self._owner)
        said = self._answers.pop(0)
        with serving([[said if isinstance(said, bytes) else said(self._owner)]]) as server:
            return HttpTransport(self._pool_to(server.endpoint)).call(operation, request)

    def close(self) -> None: ...
