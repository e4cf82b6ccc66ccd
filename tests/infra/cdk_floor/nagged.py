"""An app with all that the construct makes, judged by cdk-nag 2, whose errors are printed, one a line."""

import os
import sys

import aws_cdk as cdk
import cdk_nag
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from dynamigrate_cdk import AfterMigrations, Migrations, MigrationState

folder = sys.argv[1]
app = cdk.App(outdir=os.environ["CDK_OUTDIR"])
data, stack, broken = cdk.Stack(app, "Data"), cdk.Stack(app, "Shop"), cdk.Stack(app, "Broken")
key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
tables = {
    "orders": dynamodb.TableV2(data, "Orders", partition_key=key),
    "imported": dynamodb.TableV2.from_table_name(stack, "Imported", "imported"),
}
migrations = Migrations(
    stack,
    "Migrations",
    migrations=folder,
    state=MigrationState(data, "State"),
    tables=tables,
    on_rollback="undo",
    dashboard=True,
    test_events=True,
    alarm_topic=sns.Topic(data, "Operators", master_key=kms.Key(data, "Key")),
    events=True,
    tracing=True,
)
AfterMigrations(cdk.Stack(app, "After"), "After", migrations=migrations)
second = Migrations(stack, "Second", migrations=folder, call="on-change")
second.add_to(cloudwatch.Dashboard(cdk.Stack(app, "Operations"), "Dashboard"), beside={"first": migrations})
iam.ManagedPolicy(broken, "Wide", statements=[iam.PolicyStatement(actions=["s3:*"], resources=["*"])])
# The later ones of version 2 have the second pack.
for name in ("AwsSolutionsChecks", "ServerlessChecks"):
    if hasattr(cdk_nag, name):
        cdk.Aspects.of(app).add(getattr(cdk_nag, name)())
for synthesized in app.synth().stacks:
    for message in synthesized.messages:
        # Of the tables, which are the application's, it is for the application to say.
        if (
            message.id.startswith(("/Shop/", "/After/", "/Operations/", "/Broken/"))
            and "[" in str(message.entry.data)[:80]
        ):
            text = str(message.entry.data)
            if text.startswith(("AwsSolutions-", "Serverless-")):
                sys.stdout.write(f"{message.id} {text[:90]}\n")
