"""The custom resource: what CloudFormation calls the function with, and how long it waits."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from constructs import Construct

from dynamigrate.contract import Property

from .function import MAX_EVENT_AGE, MigrationsFunction
from .options import Options
from .responder_function import RESPONDER_TIMEOUT

RESOURCE_TYPE: Final = "Custom::DynamoDBMigrations"
# For the answer's way back, after the longest wait, the longest run, and the responder's if that died.
_SPARE_SECONDS: Final = 60
_LONGEST_SECONDS: Final = 3600  # CloudFormation's limit


def migrations_resource(
    scope: Construct, made: MigrationsFunction, options: Options, *, repair: str | None, baseline: str | None
) -> cdk.CustomResource:
    """A resource that changes, and so calls the function, whenever the deploy id does."""
    properties = {
        Property.DEPLOY_ID: options.effective_deploy_id,
        Property.SOURCE_DIGEST: made.staged.digest,
        Property.LOCK_WAIT_SECONDS: str(options.lock_wait_seconds),
        Property.CONSTRUCT_PATH: scope.node.path,
    }
    if options.app_version is not None:
        properties[Property.APP_VERSION] = options.app_version
    if repair is not None:
        properties[Property.REPAIR] = repair
    if baseline is not None:
        properties[Property.BASELINE] = baseline
    if made.version is not None:
        properties[Property.FUNCTION_VERSION] = made.version.function_arn
    seconds = (
        int(MAX_EVENT_AGE.to_seconds()) + options.timeout_seconds + int(RESPONDER_TIMEOUT.to_seconds()) + _SPARE_SECONDS
    )
    resource = cdk.CustomResource(
        scope,
        "Resource",
        resource_type=RESOURCE_TYPE,
        # The function itself: the provider framework would call it again after any error, and hide the reason.
        service_token=made.function.function_arn,
        service_timeout=cdk.Duration.seconds(min(seconds, _LONGEST_SECONDS)),
        properties={name.value: value for name, value in properties.items()},
    )
    resource.node.add_dependency(*made.parts)
    return resource
