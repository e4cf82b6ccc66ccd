"""The guard in conftest.py that keeps the tests on this machine."""

import socket
from collections.abc import Callable

import boto3
import pytest
from botocore.config import Config

from tests import conftest


@pytest.mark.parametrize(
    ("reach", "address"),
    [
        (lambda: socket.create_connection(("192.0.2.1", 443), timeout=1), "192.0.2.1:443"),
        (lambda: socket.getaddrinfo("dynamodb.us-east-1.amazonaws.com", 443), "dynamodb.us-east-1.amazonaws.com:443"),
        (
            lambda: boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1})).list_tables(),
            "dynamodb.us-east-1.amazonaws.com:443",
        ),
    ],
    ids=["an address", "a name", "a forgotten mock"],
)
def test_what_lies_beyond_the_loopback_can_not_be_reached(reach: Callable[[], object], address: str) -> None:
    """The test that tries fails at once, whatever would catch an exception on the way, and is told where it went."""
    with pytest.raises(pytest.fail.Exception, match=f"the loopback only, not to {address}"):
        reach()
    assert conftest._refused == [address]
    conftest._refused.clear()


def test_the_loopback_can_be_reached() -> None:
    """By number and by name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, port), timeout=5).close()
