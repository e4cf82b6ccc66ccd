"""A client is bypassed only where that makes no difference."""

import json
import ssl
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from aws_lambda_powertools.shared.user_agent import register_feature_to_client
from botocore import UNSIGNED
from botocore.config import Config
from botocore.stub import Stubber

from dynamigrate.dynamodb.lock.expiry_guard import guarded
from dynamigrate.dynamodb.lock.lease import Lease
from dynamigrate.transport.boto import BotoTransport, open_transport
from dynamigrate.transport.dynamodb_json import HttpTransport
from tests.unit.fakes import refuse


def _client(**options: Any) -> Any:
    return boto3.client("dynamodb", **options)


def _stubbed() -> Any:
    client = _client()
    Stubber(client).activate()
    return client


def _hooked(event: str) -> Any:
    client = _client()
    client.meta.events.register(event, lambda **_: None)
    return client


def test_a_plain_client_is_bypassed() -> None:
    """With its endpoint and its credentials."""
    transport = open_transport(_client(endpoint_url="http://127.0.0.1:4566"))
    assert isinstance(transport, HttpTransport)
    assert (transport._pool.endpoint.host, transport._pool.endpoint.port, transport._pool.endpoint.context) == (
        "127.0.0.1",
        4566,
        None,
    )


def test_the_endpoint_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the SDK has it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4577")
    transport = open_transport(_client())
    assert isinstance(transport, HttpTransport)
    assert transport._pool.endpoint.url == "http://127.0.0.1:4577"


def test_the_services_own_endpoint_is_reached_by_tls() -> None:
    """With certificates verified."""
    transport = open_transport(_client(region_name="eu-north-1"))
    assert isinstance(transport, HttpTransport)
    assert (transport._pool.endpoint.host, transport._pool.endpoint.port) == ("dynamodb.eu-north-1.amazonaws.com", 443)
    assert transport._pool.endpoint.context is not None
    assert transport._pool.endpoint.context.check_hostname


def test_whom_the_sdk_trusts_is_read_once() -> None:
    """For all services and backfills of a function; whoever trusts anybody shares nothing with those that don't."""
    contexts = []
    for options in ({}, {"region_name": "eu-north-1"}, {"verify": False}):
        transport = open_transport(_client(**options))
        assert isinstance(transport, HttpTransport)
        contexts.append(transport._pool.endpoint.context)
    trusting_some, too, trusting_all = contexts
    assert trusting_some is too
    assert trusting_some is not trusting_all
    assert trusting_some is not None
    assert trusting_some.verify_mode == ssl.CERT_REQUIRED
    assert trusting_all is not None
    assert trusting_all.verify_mode == ssl.CERT_NONE


def test_a_client_that_waits_for_ever_is_bypassed_by_one_that_does_not() -> None:
    """None is no timeout to botocore."""
    transport = open_transport(_client(config=Config(connect_timeout=None, read_timeout=None)))
    assert isinstance(transport, HttpTransport)
    assert 0 < transport._pool.endpoint.read_timeout < 60


def test_the_lease_of_a_target_is_no_reason_not_to() -> None:
    """A backfill checks it by itself, before each request."""
    client = _client()
    with guarded(client, cast("Lease", SimpleNamespace(owner="me", require_time=refuse)), active=True):
        assert isinstance(open_transport(client), HttpTransport)


def test_a_client_made_beside_powertools_is_bypassed() -> None:
    """As every client in a function is: all that Powertools adds is its name."""
    client = _client()
    register_feature_to_client(client, "logger")  # type: ignore[no-untyped-call]
    hooks = client.meta.events._emitter._handlers.prefix_search("request-created.dynamodb.Scan")
    assert any(hook.__module__.startswith("aws_lambda_powertools") for hook in hooks)
    assert isinstance(open_transport(client), HttpTransport)


@pytest.mark.parametrize(
    "make",
    [
        lambda: _client(config=Config(proxies={"https": "http://proxy:3128"})),
        lambda: _client(config=Config(signature_version=UNSIGNED)),
        lambda: _client(config=Config(client_cert="/tmp/certificate.pem")),
        _stubbed,
        lambda: _hooked("before-send.dynamodb.*"),
        lambda: _hooked("request-created.dynamodb"),
        lambda: _hooked("provide-client-params.dynamodb.*"),
        lambda: _hooked("before-call.dynamodb.Scan"),
        lambda: _hooked("before-parameter-build.dynamodb.BatchWriteItem"),
        object,
    ],
    ids=[
        "proxy",
        "unsigned",
        "client certificate",
        "stub",
        "before-send",
        "request-created",
        "provide-client-params",
        "one operation's before-call",
        "one operation's before-parameter-build",
        "no client of botocore's",
    ],
)
def test_any_other_client_is_used_itself(make: Any) -> None:
    """Because it does something of its own."""
    assert isinstance(open_transport(make()), BotoTransport)


def test_a_mocked_client_is_used_itself(moto_dynamodb: Any) -> None:
    """Its requests must not get out."""
    assert isinstance(open_transport(moto_dynamodb), BotoTransport)


def test_the_slow_way_looks_the_same(moto_dynamodb: Any) -> None:
    """Binary is text in both directions, an attribute may be called B, and a request may be JSON already."""
    moto_dynamodb.create_table(
        TableName="things",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    item = {
        "id": {"S": "1"},
        "B": {"B": "AAE="},
        "BS": {"BS": ["AAE="]},
        "deep": {"M": {"B": {"L": [{"B": "eA=="}, {"M": {"B": {"S": "text"}}}]}}},
    }
    transport = open_transport(moto_dynamodb)
    request = {"TableName": "things", "Item": item}
    for given in (request, json.dumps(request).encode()):
        transport.call("PutItem", given)
        assert moto_dynamodb.get_item(TableName="things", Key={"id": {"S": "1"}})["Item"]["B"] == {"B": b"\x00\x01"}
        assert transport.call("Scan", {"TableName": "things"})["Items"] == [item]
        moto_dynamodb.delete_item(TableName="things", Key={"id": {"S": "1"}})
