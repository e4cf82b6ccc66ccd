"""An app whose data is migrated before its application is deployed, and after it."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm

from dynamigrate_cdk import AfterMigrations, Migrations

_MAY_FAIL = Path(__file__).with_name("may_fail.py")

app = cdk.App()
name, release = app.node.get_context("stack"), app.node.try_get_context("release") or "1"
migrating, application, after_stack = (cdk.Stack(app, f"{name}{part}") for part in ("", "Application", "After"))
things = dynamodb.TableV2(
    migrating,
    "Things",
    partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    removal_policy=cdk.RemovalPolicy.DESTROY,
)
migrations = Migrations(
    migrating,
    "Migrations",
    migrations=app.node.get_context("migrations"),
    tables={"things": things},
    params={"release": f"/{name}/release"},
    app_version=release,
    timeout=cdk.Duration.seconds(9),
    run_limit=cdk.Duration.seconds(300),
)
deployed = ssm.StringParameter(application, "Release", parameter_name=f"/{name}/release", string_value=release)
migrations.execute_before(application)

after = AfterMigrations(after_stack, "After", migrations=migrations, on_rollback="undo")
after.execute_after(application)
deployed.grant_read(after)
function = lambda_.Function(
    after_stack,
    "SiblingFunction",
    code=lambda_.Code.from_inline(_MAY_FAIL.read_text(encoding="utf-8")),
    handler="index.handler",
    runtime=lambda_.Runtime.PYTHON_3_13,
)
sibling = cdk.CustomResource(
    after_stack,
    "Sibling",
    service_token=function.function_arn,
    service_timeout=cdk.Duration.seconds(30),
    properties={"Fails": app.node.try_get_context("sibling_fails") or "no"},
)
after.execute_before(sibling)
cdk.CfnOutput(migrating, "Function", value=migrations.function.function_name)
cdk.CfnOutput(migrating, "StateTable", value=migrations.table.table_name)
cdk.CfnOutput(after_stack, "AfterFunction", value=after.function.function_name)
app.synth()
