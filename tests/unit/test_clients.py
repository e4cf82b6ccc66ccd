"""What looks like a client of DynamoDB's and is none is told where it is given."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from dynamigrate import DynamoDBTarget, InvalidSetting, MemorySource, MemoryTarget, Migration, migrate


def _migrate_with(client: Any) -> None:
    source = MemorySource()
    source.add(Migration("1", "nothing", do=lambda ctx: None))
    migrate(source, MemoryTarget(), dynamodb=client)


GIVEN: list[Callable[[Any], object]] = [DynamoDBTarget, _migrate_with]


@pytest.mark.parametrize("give", GIVEN)
@pytest.mark.parametrize(
    "make",
    [
        lambda: boto3.resource("dynamodb"),
        lambda: boto3.resource("dynamodb").Table("orders"),
        lambda: boto3.resource("dynamodb").meta.client,
        lambda: boto3.resource("dynamodb").Table("orders").meta.client,
        lambda: boto3.client("s3"),
    ],
    ids=["resource", "table", "resource's client", "table's client", "another service's client"],
)
def test_refuses_what_is_no_client_of_dynamodb(give: Any, make: Any) -> None:
    """A resource's client too, which takes and gives Python's types; nothing is sent to find that out."""
    with pytest.raises(InvalidSetting) as caught:
        give(make())
    assert 'Give boto3.client("dynamodb"); a resource, its meta.client or a Table won\'t do.' in str(caught.value)


@pytest.mark.parametrize("give", GIVEN)
def test_takes_a_client_of_dynamodb(give: Any) -> None:
    """With whatever hooks it has."""
    give(boto3.client("dynamodb"))
    client = boto3.client("dynamodb")
    with Stubber(client):
        give(client)
    hooked = boto3.client("dynamodb")
    hooked.meta.events.register("before-parameter-build.dynamodb.PutItem", _complain)
    give(hooked)


def _complain(**arguments: Any) -> None:
    raise ValueError(arguments)
