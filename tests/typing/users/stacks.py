"""A CDK app of a user's. Each line that a type checker has to refuse ends in `wrong`."""

from typing import assert_type

import aws_cdk as cdk
import dynamigrate_cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from dynamigrate_cdk import (
    AfterMigrations,
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
        MigrationState(self, "Named", lock_id="shop", deletion_protection=False)
        MigrationState(self, "Number", lock_id=7)  # wrong
        MigrationState(self, "NoProp", table_name="history")  # wrong
        MigrationState.from_table_names(self, "Old", migrations_table_name="history", lock_table_name="lock")
        MigrationState.from_table_names(self, "Half", migrations_table_name="history")  # wrong


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
            missing="ignore",
            changed="ignore",
            on_failure="undo",
            on_rollback="undo",
            restore_point="required",
            call="on-change",
            log_level="DEBUG",
            prices={"read": 0.125, "write": 0.625},
        )
        assert_type(migrations.function, lambda_.Function)
        assert_type(migrations.role, iam.Role)
        migrations.execute_before(self)
        migrations.migrate()  # wrong
        Migrations(self, "NoFolder", state=data.state)  # wrong
        Migrations(self, "NoDuration", migrations="migrations", timeout=300)  # wrong
        Migrations(self, "NoState", migrations="migrations", state="state")  # wrong
        Migrations(self, "NoProp", migrations="migrations", tabels={})  # wrong
        Migrations(self, "NoTable", migrations="migrations", tables={"orders": "Data-Orders-1"})  # wrong
        Migrations(self, "NoTables", migrations="migrations", tables=[data.orders])  # wrong
        Migrations(self, "NoText", migrations="migrations", params={"days": 7})  # wrong
        Migrations(self, "Late", migrations="migrations", out_of_order="never")  # wrong
        Migrations(self, "Gone", migrations="migrations", missing="warn")  # wrong
        Migrations(self, "Changed", migrations="migrations", changed=True)  # wrong
        Migrations(self, "Failed", migrations="migrations", on_failure="rollback")  # wrong
        Migrations(self, "Back", migrations="migrations", on_rollback="do")  # wrong
        Migrations(self, "Point", migrations="migrations", restore_point="require")  # wrong
        Migrations(self, "Call", migrations="migrations", call="on_change")  # wrong
        Migrations(self, "Level", migrations="migrations", log_level="debug")  # wrong
        AfterMigrations(self, "After", migrations=migrations, run_limit=None, on_rollback="nothing").execute_after(self)
        AfterMigrations(self, "NoMigrations")  # wrong
        AfterMigrations(self, "Folder", migrations="migrations")  # wrong
        AfterMigrations(self, "Limit", migrations=migrations, run_limit="none")  # wrong
        AfterMigrations(self, "Word", migrations=migrations, call="never")  # wrong


def synth(app: cdk.App) -> None:
    try:
        Deployed(app, Data(app))
    except InvalidProp as error:
        print(error)
    except SynthError as error:
        print(error)
