"""What backfills ask CloudWatch for, where they run here: what others use of a table, and the state of alarms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynamigrate import CloudWatchAlarms, CloudWatchMeter

from ..aws import Aws


class _Lazily:
    """A client of CloudWatch that is made when it is first asked: few runs do."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._client: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._client is None:
            self._client = self._aws.client(
                "cloudwatch", connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2}
            )
        return getattr(self._client, name)


def watching(aws: Aws) -> Mapping[str, Any]:
    """What a `ProcessDoor` is given for that."""
    client = _Lazily(aws)
    return {"meter": CloudWatchMeter(client), "alarms": CloudWatchAlarms(client)}
