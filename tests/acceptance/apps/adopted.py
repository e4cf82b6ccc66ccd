"""An app with a table that has data already, its migrations in a stack of their own; in stages where the context names some."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from dynamigrate_cdk import Migrations, MigrationState

app = cdk.App()


def deploy(scope: Construct, prefix: str) -> None:
    data = cdk.Stack(scope, f"{prefix}Data")
    orders = dynamodb.TableV2(
        data,
        "Orders",
        partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    state = MigrationState(data, "State", removal_policy=cdk.RemovalPolicy.DESTROY, deletion_protection=False)
    Migrations(
        cdk.Stack(scope, f"{prefix}Migrations"),
        "Migrations",
        migrations=app.node.get_context("migrations"),
        state=state,
        tables={"orders": orders},
    )
    cdk.CfnOutput(data, "OrdersTable", value=orders.table_name)


stages = app.node.try_get_context("stages")
if stages:
    for name in stages.split(","):
        deploy(cdk.Stage(app, name), "")
else:
    deploy(app, app.node.get_context("prefix"))
app.synth()
