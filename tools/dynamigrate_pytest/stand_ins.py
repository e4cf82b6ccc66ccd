"""What stands in for DynamoDB: moto in this process, a server at an endpoint, or the embedded AWS."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .addresses import is_aws, keep_from
from .moto_limits import MotoLimits
from .settings import EMBEDDED
from .snapshot import Database, Snapshot
from .traffic import Check, Traffic

if TYPE_CHECKING:
    from .client_type import DynamoDBClient

REGION: Final = "us-east-1"
# What leads a client elsewhere.
_MISLEADING: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB")
# What leads one to an address of its own, of an account that its credentials tell.
_NO_ACCOUNT: Final = {"AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled"}
_KEYS: Final[dict[str, Any]] = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


@dataclass(frozen=True)
class StandIn:
    """
    Attributes:
        client: Of DynamoDB.
        environment: With which a client that a migration makes finds the same.
        check: Looks at requests for what the stand-in can't judge; None: it judges all.
        adopt: Has a client talk to it; None: each does.
    """

    client: DynamoDBClient
    environment: Mapping[str, str] = field(default_factory=dict)
    check: Check | None = None
    adopt: Callable[[Any], None] | None = None


@contextmanager
def moto(session: boto3.Session) -> Iterator[StandIn]:
    """Moto, with nothing in it; it answers for all of AWS in this process."""
    try:
        from moto import mock_aws

        from .moto_mending import MotoMending, hurry
    except ImportError:
        pytest.fail(
            'The fixtures of dynamigrate have DynamoDB in process by moto, which is not installed: pip install "dynamigrate[testing]"; '
            "or run the tests on a stand-in of yours: --dynamigrate-endpoint http://127.0.0.1:8000.",
            pytrace=False,
        )
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        # An endpoint that somebody configured, in a profile say, is none that moto answers for.
        config = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]  # boto3's stubs don't know it
        client = session.client("dynamodb", region_name=REGION, config=config, **_KEYS)
        environment = {
            "AWS_DEFAULT_REGION": REGION,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
            **_NO_ACCOUNT,
        }
        # A client that was made before moto was imported would send to AWS.
        yield StandIn(client, environment, MotoLimits().check, MotoMending().adopt)


@contextmanager
def server(session: boto3.Session, endpoint: str) -> Iterator[StandIn]:
    """The server at *endpoint*, in an account of this test's own as far as it tells them apart."""
    account = _account()
    environment = {
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        **_NO_ACCOUNT,
    }
    client = _client(session, endpoint, account)
    # So that a backfill sends its requests on this client, where they are seen, and not past it.
    client.meta.events.register("before-send.dynamodb", _passing)
    yield StandIn(client, environment, adopt=partial(keep_from, is_aws, f"The tests run on {endpoint}"))


def require_usable(session: boto3.Session, endpoint: str) -> None:
    """Fail the test, in words, where tests can't run on *endpoint*, or not as many at a time as they do."""
    option = f"--dynamigrate-endpoint {endpoint}"
    if not urlsplit(endpoint).hostname or is_aws(endpoint):
        pytest.fail(
            f"{option}: tests make and delete tables, so they run on a stand-in, such as DynamoDB Local at "
            "http://127.0.0.1:8000, and never on AWS.",
            pytrace=False,
        )
    try:
        _client(session, endpoint, _account()).list_tables(Limit=1)
        if "PYTEST_XDIST_WORKER" in os.environ and not _tells_accounts_apart(session, endpoint):
            pytest.fail(
                f"{option}: this server has one database for all, and the processes of pytest-xdist would make each other's tables. "
                "Start DynamoDB Local without -sharedDb, or leave out -n.",
                pytrace=False,
            )
    except (BotoCoreError, ClientError) as error:
        pytest.fail(f"{option}: no DynamoDB answers there: {error}", pytrace=False)


def _tells_accounts_apart(session: boto3.Session, endpoint: str) -> bool:
    mine, other = (_client(session, endpoint, _account()) for _ in range(2))
    table = f"dynamigrate-probe-{secrets.token_hex(8)}"
    mine.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    try:
        pages = other.get_paginator("list_tables").paginate()
        return not any(table in page["TableNames"] for page in pages)
    finally:
        mine.delete_table(TableName=table)


def _account() -> str:
    """DynamoDB Local has a database of its own for each access key, others for each account of twelve digits."""
    return "".join(secrets.choice("123456789") for _ in range(12))


def _client(session: boto3.Session, endpoint: str, account: str) -> DynamoDBClient:
    keys = {**_KEYS, "aws_access_key_id": account}
    return session.client("dynamodb", endpoint_url=endpoint, region_name=REGION, **keys)


def _passing(**_: Any) -> None:
    """Changes nothing."""


@contextmanager
def embedded() -> Iterator[str]:
    """The embedded AWS, for a whole session; gives its endpoint. What it runs on is installed once, as ``dynamigrate local`` does."""
    from dynamigrate_local_aws import LocalAws
    from dynamigrate_local_aws.installation import InstallationFailed, users_python

    with ExitStack() as stack:
        try:
            running = stack.enter_context(LocalAws.start(python=users_python(say=lambda _: None)))
        except (FileNotFoundError, InstallationFailed, RuntimeError) as error:
            pytest.fail(f"--dynamigrate-endpoint {EMBEDDED}: it does not start: {error}", pytrace=False)
        yield running.endpoint_url


@contextmanager
def prepared(session: boto3.Session, endpoint: str) -> Iterator[tuple[StandIn, Traffic, Database]]:
    """One for a test: all requests are seen, clients of anybody's find it, and tables that were made are gone afterwards."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name in _MISLEADING:
            patch.delenv(name, raising=False)
        stand_in = stack.enter_context(server(session, endpoint) if endpoint else moto(session))
        for name, value in stand_in.environment.items():
            patch.setenv(name, value)
        # Whoever made one before has other credentials.
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        traffic = stack.enter_context(Traffic(stand_in.check, stand_in.adopt, hurries=not endpoint).open())
        database = Database(stand_in.client, traffic)
        yield stand_in, traffic, database
        if endpoint:
            database.others = set()
            database.put_back(Snapshot({}))
