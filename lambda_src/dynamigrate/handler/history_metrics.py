"""Metrics of a history, written into the log as CloudWatch's embedded metric format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..contract.metrics import HISTORY, NAMESPACE, RunMetric, WatchMetric

_COUNTS: Final = frozenset({*RunMetric, WatchMetric.HELD} - {RunMetric.RUN_SECONDS, RunMetric.LOCK_WAIT_SECONDS})


def write_metrics(
    history: str, values: Mapping[RunMetric, float] | Mapping[WatchMetric, float], sentence: str, **beside: str
) -> None:
    """
    Write *values* in one line.

    Args:
        sentence: For people who read the log as text: a terminal would show the whole line if it had no message.
        beside: What else the line has, which is no metric.
    """
    # Powertools' logger, which every call loads, has loaded this already.
    from aws_lambda_powertools.metrics import EphemeralMetrics

    metrics = EphemeralMetrics(namespace=NAMESPACE)
    # A variable of a team's own may name a service, which would be a second dimension.
    metrics.service = ""
    metrics.add_dimension(name=HISTORY, value=history)
    metrics.add_metadata(key="level", value="INFO")
    metrics.add_metadata(key="message", value=sentence)
    for name, text in beside.items():
        metrics.add_metadata(key=name, value=text)
    for metric, value in values.items():
        metrics.add_metric(name=metric.value, unit=unit_of(metric), value=value)
    metrics.flush_metrics()


def unit_of(metric: RunMetric | WatchMetric) -> str:
    """CloudWatch's word for it."""
    return "Count" if metric in _COUNTS else "Seconds"
