"""What backfills ask CloudWatch for: what others use of a table, and in which state alarms are. Few runs have one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..alarms import Alarms
    from ..consumption import CapacityKey, Counted, Meter


class LazyMeter:
    """
    A `Meter` that costs nothing until it is asked.

    Args:
        client: Makes CloudWatch's client, or returns it.
    """

    def __init__(self, client: Callable[[], Any]) -> None:
        self._client = client

    def consumed(self, table: str, capacity_keys: Sequence[CapacityKey], *, since: float, until: float) -> Counted:
        """What `CloudWatchMeter.consumed` returns."""
        return self._meter.consumed(table, capacity_keys, since=since, until=until)

    @cached_property
    def _meter(self) -> Meter:
        from ..backfill.capacity.cloudwatch import CloudWatchMeter

        return CloudWatchMeter(self._client())


class LazyAlarms:
    """
    `Alarms` that cost nothing until they are asked for.

    Args:
        client: Makes CloudWatch's client, or returns it.
        composite_client: The same for requests about composite alarms.
    """

    def __init__(self, client: Callable[[], Any], composite_client: Callable[[], Any]) -> None:
        self._client = client
        self._composite_client = composite_client

    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        """What `CloudWatchAlarms.states` returns."""
        return self._alarms.states(names)

    @cached_property
    def _alarms(self) -> Alarms:
        from ..backfill.capacity.cloudwatch_alarms import CloudWatchAlarms

        return CloudWatchAlarms(self._client(), composite_client=self._composite_client)
