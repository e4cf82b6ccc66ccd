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
# A request of several items, whoever refuses it.
_TOO_LARGE: Final = frozenset({"RequestEntityTooLarge", "RequestEntityTooLargeException", "413"})


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def is_about_items(error: ClientError) -> bool:
    """Whether it is refused for what is in it, and would be with any other item too only by chance."""
    return code_of(error) in ITEM or code_of(error) in _TOO_LARGE
