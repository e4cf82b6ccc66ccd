"""Clients of a DynamoDB on this machine."""

from typing import Any

import boto3
from botocore.config import Config

from dynamigrate.transport.connection_pool import ConnectionPool
from dynamigrate.transport.dynamodb_json import HttpTransport
from dynamigrate.transport.lambda_environment import Credentials
from dynamigrate.transport.state_client import StateClient
from dynamigrate_local_aws.environment import ACCESS_KEY, REGION, SECRET_KEY


def client_of(endpoint: str, *, attempts: int = 1) -> Any:
    """One that sends a request *attempts* times at most; with 1, what the SDK would hide is to be seen."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(
            proxies={},
            connect_timeout=5,
            read_timeout=5,
            retries={"mode": "standard", "total_max_attempts": attempts},
        ),
    )


def own_client_of(endpoint: str, *, attempts: int = 1) -> StateClient:
    """The one that a function has for its own requests."""
    credentials = Credentials(access_key=ACCESS_KEY, secret_key=SECRET_KEY)
    pool = ConnectionPool(endpoint, credentials, region=REGION, service="dynamodb", connect_timeout=5, read_timeout=5)
    return StateClient(HttpTransport(pool), attempts=attempts)


def make_tables(client: Any, *names: str) -> None:
    """Tables with the key ``ID``."""
    for name in names:
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        )
    for name in names:
        client.get_waiter("table_exists").wait(TableName=name)


def drop_tables(client: Any, *names: str) -> None:
    """Those of *names* that are there."""
    for name in set(names) & set(client.list_tables()["TableNames"]):
        client.delete_table(TableName=name)
