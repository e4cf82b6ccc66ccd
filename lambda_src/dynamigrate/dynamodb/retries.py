"""How requests to DynamoDB fail, and when one is sent again."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from ..clock import Clock
from ..error_text import error_message
from ..errors import StateMissing
from ..transport.failures import is_transient
from ..transport.state_client import PATIENCE_SECONDS

T = TypeVar("T")

CONDITION_FAILED: Final = "ConditionalCheckFailedException"
NOT_FOUND: Final = "ResourceNotFoundException"
IN_USE: Final = "ResourceInUseException"
VALIDATION: Final = "ValidationException"
CANCELED: Final = "TransactionCanceledException"
DENIED: Final = "AccessDeniedException"

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 4.0


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


def is_passing(error: BaseException) -> bool:
    """Whether *error* is a passing one: the same request, or the same transaction, may succeed later."""
    return is_transient(error) or conflicted(error)


def cancellation_reasons(error: BaseException) -> list[dict[str, Any]]:
    """Why a transaction was canceled, for each of its actions; empty for any other error."""
    if code(error) != CANCELED or not isinstance(error, ClientError):
        return []
    response: dict[str, Any] = dict(error.response)
    return list(response.get("CancellationReasons", []))


def pause(clock: Clock, attempt: int) -> None:
    """Full jitter: up to twice as long after each attempt, counted from 0."""
    clock.sleep(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)))  # noqa: S311 - no secret


def once(client: Any) -> Any:
    """
    *client*, for requests that are made with `retrying`: one of ours then sends each of them once, as retries within
    retries would multiply. A client of the SDK keeps its own.
    """
    return getattr(client, "once", client)


def retrying(client: Any, clock: Clock, call: Callable[[], T]) -> T:
    """
    Make *call*, a request of *client*'s, again where its error is a passing one; *call* must be safe to repeat.

    It goes on for as long as the client says (``patience``, 20 seconds where it does not), and is made twice at least.
    Of a client that does not retry by itself that is some fifteen requests.

    Raises:
        StateMissing: The table is not there.
    """
    give_up = clock.monotonic() + getattr(client, "patience", PATIENCE_SECONDS)
    for attempt in count():
        try:
            return call()
        except (ClientError, HTTPClientError, NoConnectionError) as error:
            if code(error) == NOT_FOUND:
                raise StateMissing(
                    f"A state table does not exist ({error_message(error)}).",
                    next_step="Call create(), or deploy the stack that has the tables.",
                ) from error
            last = attempt > 0 and clock.monotonic() > give_up
            if last or not is_passing(error):
                raise
            pause(clock, attempt)
    raise AssertionError


def _metadata(error: ClientError, name: str) -> int:
    metadata: dict[str, Any] = dict(error.response.get("ResponseMetadata", {}))
    return int(metadata.get(name, 0))
