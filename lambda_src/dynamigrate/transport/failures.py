"""Which failures of a request are passing ones."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own

# "Error Handling with DynamoDB" in the developer guide; without the suffix, as a batch has them for each statement.
THROTTLED: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "ThrottlingException",
        "ThrottlingError",
        "Throttling",  # CloudFormation's word
        "RequestLimitExceeded",
    }
)
PASSING: Final = frozenset(
    {
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "TransactionConflictException",
        "TransactionConflict",
        "TransactionInProgressException",
        "LimitExceededException",
        "500",
        "502",
        "503",
        "504",
    }
)


def is_transient(error: BaseException) -> bool:
    """Whether sending the same request again may succeed; it may also have been carried out already."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        # Not all who answer in the service's place know its codes: a proxy says 502 in words of its own.
        return code in THROTTLED or code in PASSING or _status(error) >= 500
    return isinstance(error, (HTTPClientError, ConnectionError))


def may_have_happened(error: BaseException) -> bool:
    """Whether the request may have been carried out although it failed."""
    if isinstance(error, ClientError):
        return _status(error) >= 500
    # What else the SDK raises, it raises before it sends.
    return isinstance(error, HTTPClientError) or not isinstance(error, BotoCoreError)


def _status(error: ClientError) -> int:
    metadata: dict[str, Any] = dict(error.response.get("ResponseMetadata", {}))
    return int(metadata.get("HTTPStatusCode", 0))
