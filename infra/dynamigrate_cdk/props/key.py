"""The prop `encryption_key`: what it has to be, and what the key itself has to allow."""

from __future__ import annotations

from typing import Final, NoReturn

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from ..errors import InvalidProp

# "Encrypt log data in CloudWatch Logs using AWS Key Management Service" in its user guide has these.
_LOGS_ACTIONS: Final = ("kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*")
_LOG_GROUP: Final = "kms:EncryptionContext:aws:logs:arn"
_SYMMETRIC: Final = (None, "SYMMETRIC_DEFAULT")


def check_key(scope: Construct, key: kms.IKey | None) -> None:
    """
    Make sure that functions, log groups and state machines of *scope*'s stack can be encrypted with *key*.

    Raises:
        InvalidProp: It is no key, one of another kind, or one of another region.
    """
    stack = cdk.Stack.of(scope)
    if key is None:
        return
    # A key that was imported is of no class that could be asked for.
    if not hasattr(key, "key_arn"):
        _fail(
            scope,
            f"is {key!r}, which is no key",
            'Give a kms.Key, or for one made elsewhere kms.Key.from_key_arn(self, "Key", "arn:aws:kms:...").',
        )
    if hasattr(key, "alias_name"):
        _fail(
            scope,
            f"is the alias {key.node.path}, and a log group takes a key alone",
            "Give the key that the alias is of: kms.Key(...), kms.Key.from_key_arn(...) or kms.Key.from_lookup(...).",
        )
    made = key.node.default_child
    if isinstance(made, kms.CfnKey) and made.key_spec not in _SYMMETRIC:
        _fail(
            scope,
            f"is {key.node.path}, of the kind {made.key_spec}",
            "Give a symmetric key, which is what a kms.Key is unless it is given a key_spec.",
        )
    region, here = key.env.region, stack.region
    if not cdk.Token.is_unresolved(region) and not cdk.Token.is_unresolved(here) and region != here:
        _fail(
            scope,
            f"is {key.node.path}, in region {region}, and {stack.node.path} is in {here}",
            f"Give a key of {here}.",
        )


def let_logs_use(scope: Construct, key: kms.IKey) -> None:
    """
    Have *key* allow CloudWatch Logs to encrypt log groups of *scope*'s account and region.

    Of which names is not said: CloudFormation makes them, and they refer to the key. The policy of a key that was imported
    can't be changed from here, so a warning says what it has to have.
    """
    stack = cdk.Stack.of(scope)
    principal = f"logs.{stack.region}.{stack.url_suffix}"
    groups = stack.format_arn(
        service="logs", resource="log-group", resource_name="*", arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
    )
    statement = iam.PolicyStatement(
        principals=[iam.ServicePrincipal(principal)],
        actions=list(_LOGS_ACTIONS),
        resources=["*"],
        conditions={"ArnLike": {_LOG_GROUP: groups}},
    )
    if not key.add_to_resource_policy(statement).statement_added:
        where = "<region>" if cdk.Token.is_unresolved(stack.region) else stack.region
        cdk.Annotations.of(scope).add_warning_v2(
            "dynamigrate:key",
            "encryption_key was not made in this app, so its policy stays as it is. Where it does not let "
            f"logs.{where}.amazonaws.com do {', '.join(_LOGS_ACTIONS)}, and delivery.logs.amazonaws.com kms:Decrypt, the log "
            "groups can't be made. Once it does, acknowledge this: "
            'cdk.Annotations.of(migrations).acknowledge_warning("dynamigrate:key").',
        )


def _fail(scope: Construct, what: str, next_step: str) -> NoReturn:
    raise InvalidProp(scope.node.path, f"encryption_key {what}.", next_step)
