"""An app whose migrations have alarms and events, and a queue that hears of both."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from dynamigrate_cdk import Migrations, MigrationState

app = cdk.App()
stack = cdk.Stack(app, app.node.get_context("stack"))
told, happened = sqs.Queue(stack, "Told"), sqs.Queue(stack, "Happened")
topic = sns.Topic(stack, "Operators")
topic.add_subscription(subscriptions.SqsSubscription(told))
events.Rule(
    stack, "All", event_pattern=events.EventPattern(source=["dynamigrate"]), targets=[targets.SqsQueue(happened)]
)
state = MigrationState(stack, "State", deletion_protection=False, removal_policy=cdk.RemovalPolicy.DESTROY)
migrations = Migrations(
    stack,
    "Migrations",
    migrations=app.node.get_context("migrations"),
    state=state,
    alarm_topic=topic,
    events=True,
    tracing=True,
    run_limit=None,
)
assert migrations.alarms is not None
for name, value in {
    "Function": migrations.function.function_name,
    "Watch": migrations.alarms.watch.function.function_name,
    "WatchRole": migrations.alarms.watch.role.role_name,
    "Told": told.queue_url,
    "Happened": happened.queue_url,
    "History": migrations.table.table_name,
    "Lock": migrations.lock_table.table_name,
}.items():
    cdk.CfnOutput(stack, f"The{name}", value=value)
app.synth()
