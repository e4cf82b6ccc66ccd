"""A CDK app of a user's. Each line that a type checker has to refuse ends in `wrong`."""

from typing import assert_type

import aws_cdk as cdk
import dynamigrate_cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from dynamigrate_cdk import (
    InvalidProp,
    Migrations,
    MigrationState,
    SynthError,
)

dynamigrate_cdk.Migration  # wrong


class Data(cdk.Stack):
    def __init__(self, app: cdk.App) -> None:
        super().__init__(app, "Data")
        key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        self.orders = dynamodb.TableV2(self, "Orders", partition_key=key)
        self.state = MigrationState(self, "State")
        MigrationState(self, "Other", lock_id=7)  # wrong


class Deployed(cdk.Stack):
    def __init__(self, app: cdk.App, data: Data) -> None:
        super().__init__(app, "Migrations")
        migrations = Migrations(
            self,
            "Migrations",
            migrations="migrations",
            state=data.state,
            tables={"orders": data.orders},
            params={"stage": "dev"},
            timeout=cdk.Duration.minutes(5),
            memory_size=2048,
            runtime=lambda_.Runtime.PYTHON_3_13,
            out_of_order="allow",
            on_rollback="undo",
        )
        assert_type(migrations.function, lambda_.Function)
        assert_type(migrations.role, iam.Role)
        migrations.execute_before(self)
        migrations.migrate()  # wrong
        Migrations(self, "NoFolder", state=data.state)  # wrong
        Migrations(self, "NoDuration", migrations="migrations", timeout=300)  # wrong
        Migrations(self, "NoState", migrations="migrations", state="state")  # wrong
        Migrations(self, "NoProp", migrations="migrations", tabels={})  # wrong


def synth(app: cdk.App) -> None:
    try:
        Deployed(app, Data(app))
    except InvalidProp as error:
        print(error)
    except SynthError as error:
        print(error)
