"""A bookmark service in one stack, to which dynamigrate was added: what is new is marked."""

from pathlib import Path  # new

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from dynamigrate_cdk import Migrations  # new

app = cdk.App()
stack = cdk.Stack(app, "Bookmarks")

bookmarks = dynamodb.TableV2(
    stack, "Table", partition_key=dynamodb.Attribute(name="url", type=dynamodb.AttributeType.STRING)
)

api = lambda_.Function(
    stack,
    "Api",
    code=lambda_.Code.from_asset("service"),
    handler="index.handler",
    runtime=lambda_.Runtime.PYTHON_3_13,
    environment={"TABLE": bookmarks.table_name},
    log_group=logs.LogGroup(stack, "ApiLog", retention=logs.RetentionDays.ONE_MONTH),
)
bookmarks.grant_read_write_data(api)

folder = Path(__file__).parent / "migrations"  # new
migrations = Migrations(stack, "Migrations", migrations=folder, tables={"bookmarks": bookmarks})  # new
migrations.execute_before(api)  # new

app.synth()
