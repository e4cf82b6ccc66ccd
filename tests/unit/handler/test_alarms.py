"""The handler's alarms: CloudWatch's, when a backfill waits for some."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from dynamigrate.handler.clients import Clients
from dynamigrate.handler.meter import LazyAlarms
from tests.unit.fakes import raising, refuse


def test_no_client_is_made_before_it_is_asked() -> None:
    """Few runs have a backfill, and few of these have alarms; one for composite ones is made only where there are some."""
    with pytest.raises(AssertionError):
        LazyAlarms(refuse, refuse).states(["orders-p99"])
    answer = {"MetricAlarms": [{"AlarmName": "orders-p99", "StateValue": "OK"}]}
    client: Any = SimpleNamespace(describe_alarms=lambda **_: answer)
    assert LazyAlarms(lambda: client, refuse).states(["orders-p99"]) == {"orders-p99": "OK"}


def test_a_client_that_can_not_be_made_is_tried_again() -> None:
    """What went wrong once need not do so again."""
    alarms = LazyAlarms(raising(EndpointConnectionError(endpoint_url="https://monitoring.example")), refuse)
    for _ in range(2):
        with pytest.raises(EndpointConnectionError):
            alarms.states(["orders-p99"])


def test_its_client_gives_up_in_seconds_and_waits_for_a_grant_that_is_late() -> None:
    """A deploy must not fail because the policy that came with it is not everywhere yet."""
    clients = Clients({})
    config = clients.alarms.meta.config
    assert (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"] == 10
    assert clients.alarms.late_grants is clients.late_grants
    assert not hasattr(clients.cloudwatch, "late_grants")
