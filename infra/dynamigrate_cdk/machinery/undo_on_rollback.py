"""
What `on_rollback="undo"` needs: the deploy's own code, still there and still allowed to work during the rollback.

CloudFormation first puts back what the deploy had changed in place, then tells the custom resource, and deletes what
the deploy had made new only in the end. So what the undo needs is made new by each deploy that changes it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct, IValidation

from .acknowledgments import acknowledge_versions

_RECOGNIZE_VERSION_PROPS: Final = "@aws-cdk/aws-lambda:recognizeVersionProps"
# Retained, a version would make the next deploy of the same code fail: Lambda publishes the same code once.
VERSION_OPTIONS: Final = lambda_.VersionOptions(removal_policy=cdk.RemovalPolicy.DESTROY)


class UndoOnRollback:
    """
    Makes what belongs to it as children of *scope*.

    Attributes:
        version: The function's code as this deploy has it.
        parts: All that has to be there before the function is called.
    """

    def __init__(
        self, scope: Construct, function: lambda_.Function, role: iam.Role, policies: list[iam.Policy]
    ) -> None:
        for policy in policies:
            name_by_content(policy)
        # It has later grants, and those of the log and of keys.
        if isinstance(default := role.node.try_find_child("DefaultPolicy"), iam.Policy):
            name_by_content(default)
        self.version = function.current_version
        # The function itself does not wait for it: it names the function.
        invoke = iam.Policy(
            scope,
            "VersionsPolicy",
            roles=[role],
            statements=[
                iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[f"{function.function_arn}:*"])
            ],
        )
        acknowledge_versions(invoke, f"{function.function_arn}:*")
        self.parts: tuple[IConstruct, ...] = (self.version, invoke)


def prepare(scope: Construct) -> None:
    """
    Have only what makes a new version for Lambda make one for CDK too.

    With some flags of an app's own a new tag would make one, and Lambda refuses to publish the same code again. Call
    this before *scope* has children.
    """
    scope.node.set_context(_RECOGNIZE_VERSION_PROPS, True)


def name_by_content(policy: iam.Policy) -> None:
    """Make a policy of other content another resource, so that a rollback keeps the newer one until its end."""
    resource = policy.node.default_child
    if not isinstance(resource, iam.CfnPolicy):
        raise TypeError(f"{policy.node.path} is no policy of this stack")
    stem = str(cdk.Stack.of(policy).resolve(resource.logical_id))
    resource.override_logical_id(cdk.Lazy.uncached_string(_ContentName(policy, stem)))
    policy.node.add_validation(_NamedByContent(resource))


@jsii.implements(cdk.IStringProducer)
class _ContentName:
    """Grants may be added until the end of synth, so the name is made when it is needed."""

    def __init__(self, policy: iam.Policy, stem: str) -> None:
        self._policy = policy
        self._stem = stem

    def produce(self, context: cdk.IResolveContext) -> str:
        content = cdk.Stack.of(self._policy).resolve(self._policy.document)
        mark = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
        return f"{self._stem[: 255 - len(mark)]}{mark}"


@jsii.implements(IValidation)
class _NamedByContent:
    """Looks once aspects have been at it: of two policies of one name, deleting the older takes the newer one away."""

    def __init__(self, policy: iam.CfnPolicy) -> None:
        self._policy = policy

    def validate(self) -> list[str]:
        name = self._policy.policy_name
        if cdk.Token.is_unresolved(name):  # it still comes from the logical id
            return []
        # CDK puts the policy's path before it.
        told = (
            f'its name was changed, to {name}, and with on_rollback="undo" a rollback keeps old and new policies at one '
            "time, so that each needs a name of its own. Have the aspect that names things leave policies alone."
        )
        return [told]
