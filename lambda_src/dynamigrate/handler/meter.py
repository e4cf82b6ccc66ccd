"""What others use of a table, asked of CloudWatch by those few runs that have a backfill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
