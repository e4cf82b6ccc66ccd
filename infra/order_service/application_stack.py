"""The stack with the application, which is only updated once the data has the shape that its code expects."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aws_cdk import Acknowledgment, CfnOutput, Duration, Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from .data_stack import DataStack
from .migrations_stack import MigrationsStack
from .settings import Settings

_CODE: Final = Path(__file__).parent / "functions" / "order_summary"
_SYNCHRONOUS: Final = "It is called synchronously: whoever calls it sees the error."


class ApplicationStack(Stack):
    """
    Attributes:
        summary: A function that answers ``{"orderId": ...}`` with the order, its status spelled out.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        data: DataStack,
        migrations: MigrationsStack,
    ) -> None:
        super().__init__(scope, construct_id, description="Orders: the application")
        log_group = logs.LogGroup(
            self, "SummaryLog", retention=logs.RetentionDays.ONE_MONTH, removal_policy=settings.removal_policy
        )
        role = iam.Role(self, "SummaryRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        self.summary = lambda_.Function(
            self,
            "Summary",
            description="Tells an order's total and status",
            code=lambda_.Code.from_asset(str(_CODE), exclude=["__pycache__"]),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            role=role,
            log_group=log_group,
            memory_size=256,
            timeout=Duration.seconds(10),
            environment={
                "ORDERS_TABLE": data.orders.table_name,
                "STATUSES_TABLE": migrations.statuses.table_name,
            },
        )
        for table in (data.orders, migrations.statuses):
            role.add_to_policy(iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=[table.table_arn]))
        Validations.of(self.summary).acknowledge(
            Acknowledgment(id="Serverless-LambdaDLQ", reason=_SYNCHRONOUS),
            Acknowledgment(id="Serverless-LambdaAsyncFailureDestination", reason=_SYNCHRONOUS),
            Acknowledgment(
                id="Serverless-LambdaTracing", reason="Two reads and no further service: its log says it all."
            ),
        )
        CfnOutput(self, "SummaryFunction", value=self.summary.function_name)
