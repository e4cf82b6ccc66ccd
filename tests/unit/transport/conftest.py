"""Pools that are closed after the test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from dynamigrate.transport.connection_pool import ConnectionPool
from dynamigrate.transport.lambda_environment import Credentials

OpenPool = Callable[..., ConnectionPool]


@pytest.fixture
def pool_to() -> Iterator[OpenPool]:
    """Opens them; options are `ConnectionPool`'s."""
    with ExitStack() as stack:

        def open_pool(endpoint: str, service: str = "dynamodb", **options: Any) -> ConnectionPool:
            credentials = Credentials(access_key="key", secret_key="secret")
            return stack.enter_context(
                closing(ConnectionPool(endpoint, credentials, region="us-east-1", service=service, **options))
            )

        yield open_pool
