"""The stack that migrates once the application is deployed: what no code reads any more can go."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_logs as logs
from constructs import Construct

from dynamigrate_cdk import AfterMigrations

from .migrations_stack import MigrationsStack
from .settings import Settings


class AfterStack(Stack):
    """
    Attributes:
        migrations: What has ``phase = "after"``, of the same folder and in the same history.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, migrations: MigrationsStack) -> None:
        super().__init__(scope, construct_id, description="Orders: migrations for which the application comes first")
        log_group = None
        if settings.destroyable:
            log_group = logs.LogGroup(
                self, "Log", retention=logs.RetentionDays.ONE_DAY, removal_policy=settings.removal_policy
            )
        self.migrations = AfterMigrations(self, "After", migrations=migrations.migrations, log_group=log_group)
        CfnOutput(self, "AfterFunction", value=self.migrations.function.function_name)
