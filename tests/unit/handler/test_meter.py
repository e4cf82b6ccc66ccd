"""The handler's meter: CloudWatch, when a backfill asks."""

import pytest
from botocore.exceptions import EndpointConnectionError

from dynamigrate.consumption import CapacityKey
from dynamigrate.handler.clients import Clients
from dynamigrate.handler.meter import LazyMeter
from tests.unit.fakes import raising, refuse


def test_no_client_is_made_before_it_is_asked() -> None:
    """Few runs have a backfill."""
    meter = LazyMeter(refuse)
    with pytest.raises(AssertionError):
        meter.consumed("orders", [CapacityKey("write")], since=0, until=60)


def test_a_client_that_can_not_be_made_is_tried_again() -> None:
    """What went wrong once need not do so again."""
    error = EndpointConnectionError(endpoint_url="https://monitoring.example")
    meter = LazyMeter(raising(error))
    for _ in range(2):
        with pytest.raises(EndpointConnectionError):
            meter.consumed("orders", [CapacityKey("write")], since=0, until=60)


def test_its_client_gives_up_in_seconds() -> None:
    """In a VPC there may be no way to CloudWatch."""
    config = Clients({}).cloudwatch.meta.config
    assert (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"] == 10
