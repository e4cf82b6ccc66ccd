"""What the service's refusals are about, by their codes."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import ClientError

# "Error Handling with DynamoDB" in the developer guide; without the suffix, as a batch has them for each statement.
THROTTLED: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "ThrottlingException",
        "ThrottlingError",
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
CONFLICT: Final = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException"})
# Of one item, whatever its table.
ITEM: Final = frozenset(
    {
        "ValidationError",
        "ValidationException",
        "ItemCollectionSizeLimitExceededException",
        "ItemCollectionSizeLimitExceeded",
    }
)


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def is_about_items(error: ClientError) -> bool:
    """Whether it is refused for what is in it, and would be with any other item too only by chance."""
    code = code_of(error)
    return code in ITEM or code == "RequestEntityTooLarge"
