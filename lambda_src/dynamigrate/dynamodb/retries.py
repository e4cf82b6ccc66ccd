"""How requests to DynamoDB fail, and when one is sent again."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from ..clock import Clock
from ..error_text import error_message
from ..errors import StateMissing
from ..transport.failures import is_transient

T = TypeVar("T")

CONDITION_FAILED: Final = "ConditionalCheckFailedException"
NOT_FOUND: Final = "ResourceNotFoundException"
IN_USE: Final = "ResourceInUseException"
VALIDATION: Final = "ValidationException"
CANCELED: Final = "TransactionCanceledException"
DENIED: Final = "AccessDeniedException"

_ATTEMPTS: Final = 6
# After it a client that waits long for an answer is asked once more, and then no more.
_PATIENCE_SECONDS: Final = 20.0
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0


def code(error: BaseException) -> str:
    """The service's code for *error*; empty where the service did not answer."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def item_of(error: ClientError) -> dict[str, Any] | None:
    """The item that a failed condition met, where ``ALL_OLD`` asked for it; None: there was none."""
    response: dict[str, Any] = dict(error.response)
    return response.get("Item") or None


def retries(error: ClientError) -> int:
    """How often the SDK had sent the request again by itself."""
    return _metadata(error, "RetryAttempts")


def conflicted(error: BaseException) -> bool:
    """Whether a transaction was refused only because it met another one, or was throttled: nothing of it was done."""
    reasons = {reason.get("Code") for reason in cancellation_reasons(error)} - {"None", None}
    return bool(reasons) and reasons <= {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


def cancellation_reasons(error: BaseException) -> list[dict[str, Any]]:
    """For each action of a canceled transaction why; empty for any other error."""
    if code(error) != CANCELED or not isinstance(error, ClientError):
        return []
    response: dict[str, Any] = dict(error.response)
    return list(response.get("CancellationReasons", []))


def pause(clock: Clock, attempt: int) -> None:
    """Full jitter: up to twice as long after each attempt, counted from 0."""
    clock.sleep(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)))  # noqa: S311 - no secret


def persist(clock: Clock, call: Callable[[], T]) -> T:
    """
    Make *call*, again where its error is a passing one; *call* must be safe to repeat.

    Raises:
        StateMissing: The table is not there.
    """
    give_up = clock.monotonic() + _PATIENCE_SECONDS
    for attempt in range(_ATTEMPTS):
        try:
            return call()
        except (ClientError, HTTPClientError, NoConnectionError) as error:
            if code(error) == NOT_FOUND:
                raise StateMissing(
                    f"A state table does not exist ({error_message(error)}).",
                    next_step="Call create(), or deploy the stack that has the tables.",
                ) from error
            last = attempt + 1 == _ATTEMPTS or (attempt > 0 and clock.monotonic() > give_up)
            if last or not (is_transient(error) or conflicted(error)):
                raise
            pause(clock, attempt)
    raise AssertionError


def _metadata(error: ClientError, name: str) -> int:
    metadata: dict[str, Any] = dict(error.response.get("ResponseMetadata", {}))
    return int(metadata.get(name, 0))
