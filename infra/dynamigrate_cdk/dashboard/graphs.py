"""Graphs of a history: its runs, and the progress of what they run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from dynamigrate.contract.metrics import HISTORY, NAMESPACE, RunMetric

from ..machinery.shared_props import SharedProps
from .services import Services

_RED: Final = cloudwatch.Color.RED
# Progress is reported every few seconds; runs are counted as they end.
_OF_PROGRESS: Final = cdk.Duration.minutes(1)
_OF_RUNS: Final = cdk.Duration.minutes(5)
_HEIGHT: Final = 6
_THIRD: Final = 8
_HALF: Final = 12
# More would make a graph that nobody can read.
_MOST_TABLES: Final = 10


class Graphs:
    """Three in a row, so that each can be read at half the width of a screen."""

    def __init__(self, shared: SharedProps, services: Services) -> None:
        self._shared = shared
        self._services = services

    def rows(self) -> list[list[cloudwatch.IWidget]]:
        return [
            [
                self._of_runs("Runs", {RunMetric.RUNS: "runs", RunMetric.FAILED_RUNS: "failed"}),
                self._of_runs(
                    "Migrations",
                    {RunMetric.APPLIED: "applied", RunMetric.UNDONE: "undone", RunMetric.FAILED: "failed"},
                ),
                self._of_runs(
                    "Seconds",
                    {RunMetric.RUN_SECONDS: "longest run", RunMetric.LOCK_WAIT_SECONDS: "longest wait for the lock"},
                    statistic="Maximum",
                ),
            ],
            [
                self._of_progress("Progress, in percent", {"Percent": ""}, most=100),
                self._of_progress("Items a second", {"PerSecond": ""}),
                self._throttles(),
            ],
            [
                self._of_progress(
                    "Write units a second, against the ceiling",
                    {"WriteRate": "rate", "WriteCeiling": "ceiling", "OthersWrite": "others"},
                    width=_HALF,
                ),
                self._of_progress(
                    "Read units a second, against the ceiling",
                    {"ReadRate": "rate", "ReadCeiling": "ceiling", "OthersRead": "others"},
                    width=_HALF,
                ),
            ],
        ]

    def _of_runs(
        self, title: str, metrics: Mapping[RunMetric, str], *, statistic: str = "Sum"
    ) -> cloudwatch.GraphWidget:
        return _graph(
            title,
            [
                cloudwatch.Metric(
                    namespace=NAMESPACE,
                    metric_name=name.value,
                    dimensions_map={HISTORY: self._shared.history},
                    statistic=statistic,
                    period=_OF_RUNS,
                    label=label,
                    color=_RED if label == "failed" else None,
                )
                for name, label in metrics.items()
            ],
            period=_OF_RUNS,
        )

    def _of_progress(
        self, title: str, metrics: Mapping[str, str], *, most: int | None = None, width: int = _THIRD
    ) -> cloudwatch.GraphWidget:
        return _graph(
            title,
            [self._search(name, label) for name, label in metrics.items()],
            period=_OF_PROGRESS,
            most=most,
            width=width,
        )

    def _search(self, name: str, label: str, statistic: str = "Maximum") -> cloudwatch.IMetric:
        """One line for each migration that reported within the last two weeks: a search looks no further back."""
        whose = "${PROP('Dim.migration')}"
        return cloudwatch.MathExpression(
            expression=f"SEARCH('{self._services.search(name)}', '{statistic}')",
            using_metrics={},
            label=f"{whose} {label}" if label else whose,
            period=_OF_PROGRESS,
        )

    def _throttles(self) -> cloudwatch.GraphWidget:
        """Of backfills so far; and of the tables, the application's requests among them."""
        return _graph(
            "Throttles: of backfills, so far (left); of tables (right)",
            [self._search("Throttles", "")],
            period=_OF_PROGRESS,
            right=[
                cloudwatch.Metric(
                    namespace="AWS/DynamoDB",
                    metric_name=f"{kind}ThrottleEvents",
                    dimensions_map={"TableName": table.table_name},
                    statistic="Sum",
                    period=_OF_PROGRESS,
                    label=f"{name}, {kind.lower()}",
                )
                for name, table in list(self._shared.tables.items())[:_MOST_TABLES]
                for kind in ("Read", "Write")
            ],
        )


def _graph(
    title: str,
    left: list[cloudwatch.IMetric],
    *,
    period: cdk.Duration,
    right: list[cloudwatch.IMetric] | None = None,
    most: int | None = None,
    width: int = _THIRD,
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title,
        left=left,
        right=right or [],
        left_y_axis=cloudwatch.YAxisProps(min=0, max=most, show_units=False),
        right_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        legend_position=cloudwatch.LegendPosition.BOTTOM,
        period=period,
        width=width,
        height=_HEIGHT,
    )
