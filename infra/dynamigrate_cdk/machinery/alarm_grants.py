"""What a function may see of alarms whose names are not written out in its migrations."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from .acknowledgments import acknowledge_composite_alarms
from .permissions import alarm_statement
from .undo_on_rollback import name_by_content

_COMPOSITE: Final = "CompositeAlarmsPolicy"


def grant_alarm(
    scope: Construct, role: iam.Role, alarm: cloudwatch.IAlarm, *, composite: bool, undoes: bool
) -> IDependable:
    """
    Let *role* see in which state *alarm* is; returns what has to be there before that is needed.

    CloudWatch tells of composite alarms only to whoever may see all alarms.

    Args:
        composite: It is one, even if CDK does not know.
        undoes: A rollback is to undo what a deploy did.
    """
    if not (composite or isinstance(alarm, cloudwatch.CompositeAlarm)):
        role.add_to_principal_policy(alarm_statement(alarm.alarm_arn))
        return role
    if (known := scope.node.try_find_child(_COMPOSITE)) is not None:
        return known
    policy = iam.Policy(scope, _COMPOSITE, roles=[role], statements=[alarm_statement("*")])
    acknowledge_composite_alarms(policy)
    if undoes:
        name_by_content(policy)
    return policy
