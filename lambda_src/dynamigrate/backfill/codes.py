"""What the service refuses for good, by its codes."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import ClientError

CONFLICT: Final = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException"})
# Of one item, whatever its table.
ITEM: Final = frozenset(
    {
        "ValidationError",
        "ValidationException",
        "ItemCollectionSizeLimitExceededException",
        "ItemCollectionSizeLimitExceeded",
        # Text that is no Unicode.
        "SerializationException",
    }
)


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def is_about_items(error: ClientError) -> bool:
    """Whether it is refused for what is in it, and would be with any other item too only by chance."""
    code = code_of(error)
    return code in ITEM or code == "RequestEntityTooLarge"
