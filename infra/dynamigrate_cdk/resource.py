"""The custom resource: what CloudFormation calls the function with, and how long it waits."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from constructs import Construct

from dynamigrate.contract import Property

from .machinery.function import MigrationsFunction
from .machinery.responder_function import RESPONDER_TIMEOUT
from .machinery.shared_props import SharedProps
from .props.options import Options
from .props.settings_digest import SettingsDigest

RESOURCE_TYPE: Final = "Custom::DynamoDBMigrations"
# Seconds for the answer to arrive, after the longest wait, the longest run, and the responder's work if the run died.
_SPARE_SECONDS: Final = 60
_LONGEST_SECONDS: Final = 3600  # CloudFormation's limit


def migrations_resource(
    scope: Construct,
    made: MigrationsFunction,
    options: Options,
    shared: SharedProps,
    *,
    repair: str | None,
    baseline: str | None,
) -> cdk.CustomResource:
    """A resource that changes, and so calls the function, whenever the deploy id does."""
    properties: dict[Property, str] = {
        Property.SOURCE_DIGEST: made.staged.digest,
        Property.LOCK_WAIT_SECONDS: str(options.lock_wait_seconds),
        Property.CONSTRUCT_PATH: shared.path,
    }
    if options.app_version is not None:
        properties[Property.APP_VERSION] = options.app_version
    if repair is not None:
        properties[Property.REPAIR] = repair
    if baseline is not None:
        properties[Property.BASELINE] = baseline
    if made.version is not None:
        properties[Property.FUNCTION_VERSION] = made.version.function_arn
    if options.call == "on-change":
        properties[Property.DEPLOY_ID] = cdk.Lazy.uncached_string(
            SettingsDigest(made.function, made.environment, dict(properties))
        )
    else:
        properties[Property.DEPLOY_ID] = shared.deploy_id
    longest_run = options.timeout_seconds if made.long_runs is None else made.long_runs.wait_seconds
    seconds = int(made.max_event_age.to_seconds()) + longest_run + int(RESPONDER_TIMEOUT.to_seconds()) + _SPARE_SECONDS
    resource = cdk.CustomResource(
        scope,
        "Resource",
        resource_type=RESOURCE_TYPE,
        # The function itself: the provider framework would call it again after any error, and hide the reason.
        service_token=made.function.function_arn,
        properties={name.value: value for name, value in properties.items()},
    )
    # This is what the prop service_timeout does, which CDK has from 2.173 on.
    _resource_of(resource).add_property_override("ServiceTimeout", str(min(seconds, _LONGEST_SECONDS)))
    resource.node.add_dependency(*made.parts)
    return resource


def _resource_of(resource: cdk.CustomResource) -> cdk.CfnResource:
    made = resource.node.default_child
    if not isinstance(made, cdk.CfnResource):
        raise TypeError(f"{resource.node.path} has no resource of its own")
    return made
