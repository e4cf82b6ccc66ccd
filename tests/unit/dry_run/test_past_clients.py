"""What sends requests that no client of botocore's knows of: it is ended where it would write, or else named."""

import os
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dynamigrate import Context
from tests.unit.dry_run.rehearsing import table, unchanged, view

pytestmark = pytest.mark.usefixtures("own_heap")


@pytest.fixture
def client(moto_dynamodb: Any) -> Any:
    table(moto_dynamodb, items=3)
    return moto_dynamodb


def _sign(method: str) -> None:
    request = AWSRequest(method, "https://user@search.example.com/orders/_doc/o-9?routing=o-9", data=b"{}")
    SigV4Auth(Credentials("a", "b"), "es", "us-east-1").add_auth(request)


def test_a_signature_for_what_writes_ends_it(client: Any) -> None:
    """As for OpenSearch, whatever sends it then. The path is not told, as it may have a key in it."""
    found = view(lambda ctx: _sign("PUT"), client)
    assert found["others"] == [{"service": "unknown", "operation": "PUT search.example.com", "count": 1}]
    assert "past boto3's clients" in found["unknown"][0]


def test_a_signature_for_what_reads_is_made(client: Any) -> None:
    """It changes nothing."""
    assert view(lambda ctx: _sign("GET"), client)["note"] == "It would write nothing."


@pytest.mark.parametrize("operation", ["put_object", "get_object"])
def test_a_presigned_url_is_named_where_it_writes(client: Any, operation: str) -> None:
    """Nobody sees who sends what with it."""

    def do(ctx: Context) -> None:
        s3 = boto3.client("s3", region_name="us-east-1")
        assert "Signature" in s3.generate_presigned_url(operation, Params={"Bucket": "papers", "Key": "o-9"})

    unknown = view(do, client).get("unknown", [])
    said = "It makes a presigned URL for PutObject of s3, and what is sent with it is not seen here: it is sent."
    assert unknown == ([said] if operation == "put_object" else [])


def test_a_presigned_form_is_named(client: Any) -> None:
    """A browser's form writes as well."""
    s3 = boto3.client("s3", region_name="us-east-1")
    (said,) = view(lambda ctx: s3.generate_presigned_post("papers", "o-9"), client)["unknown"]
    assert said == "It makes a presigned URL for POST of s3, and what is sent with it is not seen here: it is sent."


def test_a_message_of_the_clients_own_endpoint_ends_it(client: Any) -> None:
    """Below the clients there is one more way in."""

    def do(ctx: Context) -> None:
        db: Any = ctx.dynamodb
        model = db.meta.service_model.operation_model("PutItem")
        db._endpoint.make_request(model, {"headers": {}, "body": b"{}", "context": {}})

    with unchanged(client):
        assert view(do, client)["others"] == [{"service": "unknown", "operation": "PutItem of dynamodb", "count": 1}]


def _fork(client: Any) -> None:
    child = os.fork()
    if not child:
        try:
            client.put_item(TableName="orders", Item={"id": {"S": "of a copy"}})
        finally:
            os._exit(0)
    os.waitpid(child, 0)


_SYSTEM = "It starts the program true, and what that sends is not seen here: it is sent."


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (_fork, "It makes a copy of this process: what that would write is neither sent nor counted."),
        (lambda _: os.system("/bin/true --quietly"), _SYSTEM),
        (lambda _: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0), _SYSTEM),
    ],
    ids=["fork", "system", "posix_spawn"],
)
def test_what_is_started_past_subprocess_is_named(client: Any, start: Callable[[Any], object], said: str) -> None:
    """Once, and it is as before afterwards."""
    before = (os.fork, os.system, os.posix_spawn)
    with unchanged(client):
        assert view(lambda ctx: start(ctx.dynamodb), client)["unknown"] == [said]
    assert (os.fork, os.system, os.posix_spawn) == before
