"""An app of one stack: migrations that keep their own state, and a resource beside them that may be made to fail."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_

from dynamigrate_cdk import Migrations

_MAY_FAIL = Path(__file__).with_name("may_fail.py")

app = cdk.App()
stack = cdk.Stack(app, app.node.get_context("stack"))
table = dynamodb.TableV2(
    stack,
    "Things",
    partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    removal_policy=cdk.RemovalPolicy.DESTROY,
)
tables = {"things": table}
if app.node.try_get_context("others"):
    tables["others"] = dynamodb.TableV2(
        stack,
        "Others",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
migrations = Migrations(
    stack,
    "Migrations",
    migrations=app.node.get_context("migrations"),
    tables=tables,
    call=app.node.try_get_context("call") or "every-deploy",
    deploy_id=app.node.try_get_context("deploy_id"),
    timeout=cdk.Duration.seconds(int(app.node.try_get_context("timeout") or 900)),
    # Without one a run ends with its function.
    run_limit=cdk.Duration.seconds(int(limit)) if (limit := app.node.try_get_context("run_limit")) else None,
    on_rollback=app.node.try_get_context("on_rollback") or "nothing",
)
function = lambda_.Function(
    stack,
    "SiblingFunction",
    code=lambda_.Code.from_inline(_MAY_FAIL.read_text(encoding="utf-8")),
    handler="index.handler",
    runtime=lambda_.Runtime.PYTHON_3_13,
)
sibling = cdk.CustomResource(
    stack,
    "Sibling",
    service_token=function.function_arn,
    service_timeout=cdk.Duration.seconds(30),
    properties={"Fails": app.node.try_get_context("sibling_fails") or "no"},
)
migrations.execute_before(sibling)
if composite := app.node.try_get_context("composite"):
    migrations.grant_throttle_on(
        cloudwatch.CompositeAlarm.from_composite_alarm_name(stack, "Composite", composite), composite=True
    )
cdk.CfnOutput(stack, "Function", value=migrations.function.function_name)
cdk.CfnOutput(stack, "StateTable", value=migrations.table.table_name)
cdk.CfnOutput(stack, "ThingsTable", value=table.table_name)
app.synth()
