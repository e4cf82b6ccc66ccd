"""The function that watches over a history."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from dynamigrate.contract import WATCH_HANDLER, Env

from ..machinery.acknowledgments import acknowledge_schedule
from ..machinery.function import MigrationsFunction
from ..machinery.reading_function import ReadingFunction
from ..machinery.shared_props import SharedProps
from .alarm_topic import AlarmTopic

# An alarm of an hour goes off five minutes later at most. More rarely would save a cent a month.
_EVERY: Final = cdk.Duration.minutes(5)
_TIMEOUT: Final = cdk.Duration.minutes(1)


class Watch(Construct):
    """
    It writes metrics of what is wrong every five minutes, and as the action of an alarm it tells the topic.

    It may read the two tables of the state and its own log, and publish to that topic.

    Attributes:
        function: The function itself.
        role: Its role: what an imported topic's key is granted to.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002  # what every construct calls it
        *,
        made: MigrationsFunction,
        shared: SharedProps,
        topic: AlarmTopic | None,
    ) -> None:
        super().__init__(scope, id)
        reader = ReadingFunction(
            self,
            "Reader",
            made=made,
            shared=shared,
            handler=WATCH_HANDLER,
            description="Watches over the migrations",
            timeout=_TIMEOUT,
            environment={
                Env.LOG_GROUP: made.log_group.log_group_name,
                **({} if topic is None else {Env.TOPIC_ARN: topic.arn}),
            },
        )
        self.function, self.role = reader.function, reader.role
        own_log = iam.PolicyStatement(
            actions=["logs:FilterLogEvents"], resources=[reader.function.log_group.log_group_arn]
        )
        policy = iam.Policy(
            self,
            "Policy",
            roles=[reader.role],
            statements=[own_log, *([] if topic is None else topic.statements())],
        )
        self.function.node.add_dependency(policy)
        rule = events.Rule(
            self,
            "Schedule",
            description=f"Has the migrations of {shared.path} looked at"[:512],
            schedule=events.Schedule.rate(_EVERY),
            targets=[targets.LambdaFunction(self.function, retry_attempts=0, max_event_age=_EVERY)],
        )
        acknowledge_schedule(rule)

    def tells_of(self, alarm: cloudwatch.Alarm, *, when_over: bool = False) -> None:
        """
        Have the topic told of *alarm*.

        Args:
            when_over: Of its end, too.
        """
        # CDK's own action for this gives all alarms' permissions one id, unless a feature flag says otherwise.
        lambda_.CfnPermission(
            self,
            f"Of{alarm.node.id}",
            action="lambda:InvokeFunction",
            function_name=self.function.function_arn,
            principal="lambda.alarms.cloudwatch.amazonaws.com",
            source_account=cdk.Stack.of(self).account,
            source_arn=alarm.alarm_arn,
        )
        action = _Calls(self.function)
        alarm.add_alarm_action(action)
        if when_over:
            alarm.add_ok_action(action)


@jsii.implements(cloudwatch.IAlarmAction)
class _Calls:
    """An alarm's action: it calls a function."""

    def __init__(self, function: lambda_.IFunction) -> None:
        self._function = function

    def bind(self, scope: Construct, alarm: cloudwatch.IAlarm) -> cloudwatch.AlarmActionConfig:
        return cloudwatch.AlarmActionConfig(alarm_action_arn=self._function.function_arn)
