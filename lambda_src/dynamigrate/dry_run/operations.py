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
# They are called as if they only read, and make an identity where there is none.
_WRITES: Final = frozenset({("cognito-identity", "GetId"), ("cognito-identity", "GetOpenIdToken")})
# How the SDK gets the credentials that a read is sent with.
_CREDENTIALS: Final = frozenset({("sso-oidc", "CreateToken"), ("signin", "CreateOAuth2Token")})


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
