"""The topic that is told of alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..errors import InvalidProp

_ARN_PARTS: Final = 6
# "Allow a user to publish to an encrypted topic", under key management in SNS's developer guide.
_KEY_ACTIONS: Final = ("kms:Decrypt", "kms:GenerateDataKey")


@dataclass(frozen=True)
class AlarmTopic:
    """
    A topic that can be told: whoever publishes works where its stack is.

    Of one in another account, that account has to allow it; of an imported one with a key, the key has to be granted.
    """

    topic: sns.ITopic

    @classmethod
    def check(cls, construct: Construct, topic: object) -> Self:
        """
        *topic*, for the *construct* that was given it.

        Raises:
            InvalidProp: It is none, is known to be in another Region, or is a FIFO topic.
        """
        where, stack = construct.node.path, cdk.Stack.of(construct)
        if isinstance(topic, type) or not hasattr(topic, "topic_arn"):
            raise InvalidProp(
                where,
                f"alarm_topic is {topic!r}.",
                "Give an sns.Topic, or sns.Topic.from_topic_arn(...) for one that exists.",
            )
        found = cast("sns.ITopic", topic)
        parts = str(found.topic_arn).split(":", _ARN_PARTS - 1)
        # The ARN of an imported topic says it; that of a topic of this app is only known when it is deployed.
        known = len(parts) == _ARN_PARTS and not cdk.Token.is_unresolved(parts[3])
        region = parts[3] if known else found.env.region
        if not cdk.Token.is_unresolved(region) and not cdk.Token.is_unresolved(stack.region) and region != stack.region:
            raise InvalidProp(
                where,
                f"alarm_topic is in Region {region}, and {stack.node.path} in {stack.region}: CloudWatch's alarms, and what "
                "tells of them, are of one Region.",
                f"Give a topic in {stack.region}; one in another Region can have it from there, by a subscription.",
            )
        if getattr(found, "fifo", False):
            raise InvalidProp(
                where,
                f"alarm_topic is the FIFO topic {found.node.path}, which takes no message without a group.",
                "Give a standard topic.",
            )
        return cls(found)

    @property
    def arn(self) -> str:
        return str(self.topic.topic_arn)

    def statements(self) -> list[iam.PolicyStatement]:
        """What it takes to publish to it, with its key where that is known."""
        statements = [iam.PolicyStatement(actions=["sns:Publish"], resources=[self.arn])]
        made = self.topic.node.default_child
        key = made.kms_master_key_id if isinstance(made, sns.CfnTopic) else None
        # Whoever may publish may use AWS's own key, which goes by its alias.
        if key and not key.startswith("alias/"):
            statements.append(iam.PolicyStatement(actions=list(_KEY_ACTIONS), resources=[key]))
        return statements
