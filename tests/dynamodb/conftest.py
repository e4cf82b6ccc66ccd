"""Clients of each service that the tests run on."""

from typing import Any

import pytest


@pytest.fixture(
    params=[
        pytest.param("ministack_dynamodb", marks=pytest.mark.ministack),
        pytest.param("dynamodb_local", marks=pytest.mark.dynamodb_local),
    ]
)
def client(request: pytest.FixtureRequest) -> Any:
    """A client of each service in turn; moto's conditions in PartiQL can't be relied on."""
    return request.getfixturevalue(request.param)


@pytest.fixture(
    params=[
        "moto_dynamodb",
        pytest.param("ministack_dynamodb", marks=pytest.mark.ministack),
        pytest.param("dynamodb_local", marks=pytest.mark.dynamodb_local),
    ]
)
def any_client(request: pytest.FixtureRequest) -> Any:
    """A client of each service in turn, moto included."""
    return request.getfixturevalue(request.param)
