"""Which failures of a request are passing ones."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own

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
        metadata: dict[str, Any] = dict(error.response.get("ResponseMetadata", {}))
        # Not all who answer in the service's place know its codes: a proxy says 502 in words of its own.
        return code in THROTTLED or code in PASSING or int(metadata.get("HTTPStatusCode", 0)) >= 500
    return isinstance(error, (HTTPClientError, ConnectionError))
