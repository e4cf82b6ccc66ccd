"""Which requests only read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from botocore import xform_name

from ..read_only import writing

# What an operation that only reads is called, of whatever service. What is called otherwise is taken to write, as is what a
# service learns to do later.
_READS: Final = re.compile(r"(?:get|list|describe|head|select|batch_get|transact_get)_\w+|query|scan")
# They are called as if they only read, and make or take something: an identity, a user, a task, a job, a file.
_WRITES: Final = frozenset(
    {
        ("cognito-identity", "GetId"),
        ("cognito-identity", "GetOpenIdToken"),
        ("cognito-identity", "GetOpenIdTokenForDeveloperIdentity"),
        ("ec2", "GetFlowLogsIntegrationTemplate"),
        ("redshift", "GetClusterCredentials"),
        ("sagemaker", "GetScalingConfigurationRecommendation"),
        ("stepfunctions", "GetActivityTask"),
        ("timestream-query", "Query"),
    }
)
# How the SDK gets the credentials that a read is sent with.
_CREDENTIALS: Final = frozenset({("s3", "CreateSession"), ("signin", "CreateOAuth2Token"), ("sso-oidc", "CreateToken")})


def only_reads(service: str, operation: str, request: Mapping[str, Any]) -> bool:
    """Whether *operation*, as the service's model calls it, changes nothing; *request* has its arguments where known."""
    if service == "sts" or (service, operation) in _CREDENTIALS:
        return True
    if (service, operation) in _WRITES:
        return False
    name = xform_name(operation)
    # PartiQL of DynamoDB's reads or writes by what its statements say.
    if service == "dynamodb":
        return writing(name, request) is None
    return _READS.fullmatch(name) is not None
