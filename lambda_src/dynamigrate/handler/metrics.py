"""A migration's progress as CloudWatch metrics, written into the log as CloudWatch's embedded metric format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..reporters import AfterAction, AfterPlan, BeforeAction, BeforePlan

_NAMESPACE: Final = "dynamigrate"
# "MetricDatum" in CloudWatch's reference.
_UNITS: Final = {"percent": "Percent", "seconds_left": "Seconds"}


class ProgressMetrics:
    """
    A reporter that knows which migration runs, and takes the figures of its progress.

    Each figure becomes a metric of that name (``Done``, ``PerSecond``, ``WriteUnits``) in the namespace
    ``dynamigrate``, with the dimensions ``service``, the stack's name, and ``migration``, its id. Nothing is loaded
    until a migration reports figures.
    """

    def __init__(self, service: str, *, migration: str = "") -> None:
        self._service = service or _NAMESPACE
        self._migration = migration

    def measure(self, figures: Mapping[str, float]) -> None:
        """Write *figures*, in one line."""
        from aws_lambda_powertools.metrics import EphemeralMetrics

        metrics = EphemeralMetrics(namespace=_NAMESPACE, service=self._service)
        metrics.add_dimension(name="migration", value=self._migration)
        # For people who read the log as text: a terminal would show the whole line if it had no message.
        metrics.add_metadata(key="level", value="INFO")
        metrics.add_metadata(key="message", value=f"Figures of {self._migration}, as metrics.")
        for name, value in figures.items():
            per_second = name.endswith(("per_second", "_rate", "_ceiling")) or name.startswith("others_")
            unit = "Count/Second" if per_second else _UNITS.get(name, "Count")
            metrics.add_metric(name=name.title().replace("_", ""), unit=unit, value=value)
        metrics.flush_metrics()

    def before_plan(self, event: BeforePlan) -> None: ...

    def after_plan(self, event: AfterPlan) -> None: ...

    def before_action(self, event: BeforeAction) -> None:
        self._migration = event.action.migration.id

    def after_action(self, event: AfterAction) -> None: ...
