"""The stack that migrates: it uses the data stack, and the application stack waits for it."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_logs as logs
from constructs import Construct

from dynamigrate_cdk import Migrations

from .data_stack import DataStack
from .settings import Settings


class MigrationsStack(Stack):
    """
    Attributes:
        statuses: The lookup table that a migration makes, by name: CloudFormation does not know it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, data: DataStack) -> None:
        super().__init__(scope, construct_id, description="Orders: migrations of the data, run by every deploy")
        statuses_name = f"{self.stack_name}-statuses"
        self.statuses = dynamodb.TableV2.from_table_name(self, "Statuses", statuses_name)
        log_group = None
        if settings.destroyable:
            log_group = logs.LogGroup(
                self, "Log", retention=logs.RetentionDays.ONE_DAY, removal_policy=settings.removal_policy
            )

        self.migrations = Migrations(
            self,
            "Migrations",
            migrations=settings.migrations,
            state=data.state,
            tables={"orders": data.orders},
            params={"statuses_table": statuses_name},
            deploy_id=settings.deploy_id,
            app_version=settings.app_version,
            log_group=log_group,
            timeout=None if settings.timeout is None else Duration.seconds(settings.timeout),
            dashboard=True,
        )
        # What the first migration needs beyond the items of the orders' table.
        self.statuses.grant(
            self.migrations,
            "dynamodb:CreateTable",
            "dynamodb:DeleteTable",
            "dynamodb:DescribeTable",
            "dynamodb:PutItem",
        )
        CfnOutput(self, "MigrationsFunction", value=self.migrations.function.function_name)
        CfnOutput(self, "MigrationsLogGroup", value=self.migrations.log_group.log_group_name)
        CfnOutput(self, "StatusesTable", value=statuses_name)
