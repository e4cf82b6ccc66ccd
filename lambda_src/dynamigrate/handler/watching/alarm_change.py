"""What CloudWatch calls a function with as an alarm's action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from ...contract.metrics import RunMetric, WatchMetric
from .look import seconds_of

Watched = Literal[
    RunMetric.FAILED_RUNS, WatchMetric.DIRTY_SECONDS, WatchMetric.LOCK_OVERDUE_SECONDS, WatchMetric.STALLED_SECONDS
]
WATCHED: tuple[Watched, ...] = (
    RunMetric.FAILED_RUNS,
    WatchMetric.DIRTY_SECONDS,
    WatchMetric.LOCK_OVERDUE_SECONDS,
    WatchMetric.STALLED_SECONDS,
)


@dataclass(frozen=True, kw_only=True)
class AlarmChange:
    """
    One alarm's new state.

    "Invoke a Lambda function from an alarm" in CloudWatch's user guide has the event.

    Attributes:
        alarm: Its name.
        state: ``ALARM``, ``OK`` or ``INSUFFICIENT_DATA``.
        reason: Why, in CloudWatch's words.
        at: When, in seconds since the epoch; 0: it does not say.
        metric: What it is about; None: it is none of ours.
    """

    alarm: str
    state: str
    reason: str
    at: float
    metric: Watched | None

    @classmethod
    def read(cls, event: object) -> Self | None:
        """The one in *event*; None: it is no such event."""
        data = _mapping(event).get("alarmData")
        if not isinstance(data, Mapping):
            return None
        state = _mapping(data.get("state"))
        return cls(
            alarm=str(data.get("alarmName", "")),
            state=str(state.get("value", "")),
            reason=str(state.get("reason", "")),
            # CloudWatch writes ``+0000``.
            at=seconds_of(str(state.get("timestamp", ""))),
            metric=_metric(_mapping(data.get("configuration")).get("metrics")),
        )


def _metric(metrics: Any) -> Watched | None:
    for one in metrics if isinstance(metrics, list) else ():
        name = _mapping(_mapping(_mapping(one).get("metricStat")).get("metric")).get("name")
        for known in WATCHED:
            if name == known.value:
                return known
    return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
