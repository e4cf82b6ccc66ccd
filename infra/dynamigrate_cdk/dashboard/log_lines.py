"""The last lines of the log."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch

from ..migrations_phase import MigrationsPhase
from .services import Services


def log_lines(migrations: MigrationsPhase, services: Services) -> cloudwatch.LogQueryWidget:
    """Those that are for people: metrics are written into the same log, in lines of their own."""
    return cloudwatch.LogQueryWidget(
        title="The last lines of the log",
        log_group_names=[migrations.log_group.log_group_name],
        query_lines=[
            f"{services.log_of_after()}fields @timestamp, level, migration, message",
            "filter ispresent(message) and not ispresent(_aws.Timestamp)",
            "sort @timestamp desc",
            "limit 50",
        ],
        view=cloudwatch.LogQueryVisualizationType.TABLE,
        width=24,
        height=8,
    )
