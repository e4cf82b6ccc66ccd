"""The stack that has the data: it waits for nothing, and nothing in it can fail because of a migration."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from dynamigrate_cdk import MigrationState

from .settings import Settings


class DataStack(Stack):
    """
    Attributes:
        orders: The application's table.
        state: The history of its migrations, beside it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id, description="Orders: tables, and the history of their migrations")
        self.orders = dynamodb.TableV2(
            self,
            "Orders",
            partition_key=dynamodb.Attribute(name="orderId", type=dynamodb.AttributeType.STRING),
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name="by-customer",
                    partition_key=dynamodb.Attribute(name="customerId", type=dynamodb.AttributeType.STRING),
                    sort_key=dynamodb.Attribute(name="placedAt", type=dynamodb.AttributeType.STRING),
                )
            ],
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=not settings.destroyable,
            removal_policy=settings.removal_policy,
        )
        self.state = MigrationState(
            self,
            "MigrationState",
            deletion_protection=not settings.destroyable,
            removal_policy=settings.removal_policy,
        )
        CfnOutput(self, "OrdersTable", value=self.orders.table_name)
        CfnOutput(self, "MigrationsTable", value=self.state.table.table_name)
        CfnOutput(self, "LockTable", value=self.state.lock_table.table_name)
